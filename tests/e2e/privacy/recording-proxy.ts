import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

/** A request as it left the browser. `bodyBytes`: what it carried. `step`: what was being done. */
export interface Recorded {
  step: string;
  method: string;
  url: string;
  bodyBytes: number;
}

/** A proxy that all of a browser's requests go through, whatever thread made them. */
export interface RecordingProxy {
  /** For Playwright's `proxy` option: loopback addresses go through it too. */
  settings: { server: string; bypass: string };
  log: Recorded[];
  /** Names what is done from now on. */
  begin(step: string): void;
  /** From now on nobody is answered, the app's own server included. */
  cut(): void;
  close(): Promise<void>;
}

/** Passes on what goes to `allowed` (an origin); records and refuses the rest. */
export async function startRecordingProxy(allowed: string): Promise<RecordingProxy> {
  const log: Recorded[] = [];
  let step = 'before';
  let isCut = false;
  const server: Server = createServer((request, response) => {
    const url = request.url ?? '';
    const body: Buffer[] = [];
    request.on('data', (chunk: Buffer) => body.push(chunk));
    request.on('end', () => {
      const bodyBytes = body.reduce((sum, { length }) => sum + length, 0);
      log.push({ step, method: request.method ?? '', url, bodyBytes });
      if (isCut || !URL.canParse(url) || new URL(url).origin !== allowed) {
        response.writeHead(502).end();
        return;
      }
      passOn(request, response);
    });
  });
  // https and WebSockets; what goes inside cannot be seen, that it was tried can.
  server.on('connect', (request: IncomingMessage, socket) => {
    log.push({ step, method: 'CONNECT', url: request.url ?? '', bodyBytes: 0 });
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    settings: { server: `http://127.0.0.1:${port}`, bypass: '<-loopback>' },
    log,
    begin: (name) => (step = name),
    cut: () => (isCut = true),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function passOn(request: IncomingMessage, response: import('node:http').ServerResponse) {
  const { method, headers } = request;
  const onward = httpRequest(request.url ?? '', { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  onward.end();
}
