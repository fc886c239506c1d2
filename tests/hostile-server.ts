import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseRange } from '../cli/static-server.js';

/** How one answer is ill-treated; nothing given: an honest one. */
export interface Malice {
  /** Before the first byte; shards then come in another order than they were asked for. */
  delayMs?: number;
  bytesPerSecond?: number;
  /** The connection dies after this many bytes of the body. */
  cutAfter?: number;
  ignoresRange?: boolean;
  /** The file has a new ETag from this answer on, and the same bytes. */
  changesEtag?: boolean;
  /** This byte of the file is wrong. */
  corruptAt?: number;
  status?: number;
  withoutEtag?: boolean;
}

/** One request for a file, and what became of it. */
export interface Answered {
  path: string;
  range: string | undefined;
  ifRange: string | undefined;
  status: number;
  /** Of the body; the client may have read less. */
  sent: number;
  malice: Malice;
}

export interface HostileServer {
  /** Ends with a slash. */
  url: string;
  log: Answered[];
  /** Decides how a request for a file is treated; `start` is the first byte it asks for. */
  treat: (path: string, start: number) => Malice;
  close(): Promise<void>;
}

const CHUNK = 32 * 2 ** 10;

/** Serves files from memory, with byte ranges and ETags, as badly as `treat` says; other paths go to `otherwise`. */
export async function startHostileServer(
  files: Map<string, Buffer>,
  otherwise: (request: IncomingMessage, response: ServerResponse) => void = notFound,
  port = 0,
): Promise<HostileServer> {
  const versions = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://host').pathname.slice(1));
    const bytes = files.get(path);
    if (bytes === undefined) return otherwise(request, response);
    const { range, 'if-range': ifRange } = request.headers as Record<string, string | undefined>;
    const malice = hostile.treat(path, Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0));
    if (malice.changesEtag) versions.set(path, (versions.get(path) ?? 0) + 1);
    const record: Answered = { path, range, ifRange, status: 0, sent: 0, malice };
    hostile.log.push(record);
    const etag = `"${path}-${versions.get(path) ?? 0}"`;
    answer(bytes, etag, record, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const hostile: HostileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    log: [],
    treat: () => ({}),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return hostile;
}

async function answer(bytes: Buffer, etag: string, record: Answered, response: ServerResponse) {
  const { malice } = record;
  if (malice.delayMs) await sleep(malice.delayMs);
  if (malice.status) {
    record.status = malice.status;
    return response.writeHead(malice.status).end();
  }
  const changed = record.ifRange !== undefined && record.ifRange !== etag;
  const asked = malice.ignoresRange || changed ? undefined : parseRange(record.range, bytes.length);
  if (asked === 'unsatisfiable') {
    record.status = 416;
    return response.writeHead(416).end();
  }
  const { start, end } = asked ?? { start: 0, end: bytes.length - 1 };
  record.status = asked ? 206 : 200;
  response.writeHead(record.status, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': end - start + 1,
    ...(malice.withoutEtag ? {} : { ETag: etag }),
    ...(asked ? { 'Content-Range': `bytes ${start}-${end}/${bytes.length}` } : {}),
  });
  await sendBody(bytes, start, end + 1, record, response);
}

async function sendBody(
  bytes: Buffer,
  start: number,
  end: number,
  record: Answered,
  response: ServerResponse,
) {
  const { cutAfter = Infinity, bytesPerSecond, corruptAt = -1 } = record.malice;
  for (let at = start; at < end;) {
    const size = Math.min(CHUNK, end - at, cutAfter - record.sent);
    if (size <= 0) return response.destroy();
    let chunk = bytes.subarray(at, at + size);
    if (corruptAt >= at && corruptAt < at + size) {
      chunk = Buffer.from(chunk);
      chunk[corruptAt - at] ^= 1;
    }
    if (!response.write(chunk)) await drained(response);
    if (response.destroyed) return;
    at += size;
    record.sent += size;
    if (bytesPerSecond) await sleep((size / bytesPerSecond) * 1000);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

function notFound(_request: IncomingMessage, response: ServerResponse) {
  response.writeHead(404).end();
}
