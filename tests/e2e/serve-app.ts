import type { IncomingMessage, ServerResponse } from 'node:http';
import { DIST } from '../../cli/install.js';
import { startStaticServer } from '../../cli/static-server.js';
import { startHostileServer } from '../hostile-server';

/**
 * The built app, and the files served as badly as one likes. `beforeDownload` is put before the download worker's
 * own code.
 */
export async function serveApp(files: Map<string, Buffer>, { beforeDownload = '' } = {}) {
  const dist = await startStaticServer({ mounts: [{ prefix: '/', folder: DIST }] });
  const passOn = async (request: IncomingMessage, response: ServerResponse) => {
    const answer = await fetch(new URL(request.url!, dist.url));
    const body = Buffer.from(await answer.arrayBuffer());
    const headers = Object.fromEntries(answer.headers);
    delete headers['content-encoding'];
    delete headers['content-length'];
    const isWorker = /\/download\.worker-[^/]*\.js$/.test(request.url!);
    response.writeHead(answer.status, headers);
    response.end(isWorker ? beforeDownload + body.toString() : body);
  };
  const server = await startHostileServer(files, (request, response) => {
    passOn(request, response).catch(() => response.destroy());
  });
  const close = async () => {
    await server.close();
    await dist.close();
  };
  return { server, close };
}
