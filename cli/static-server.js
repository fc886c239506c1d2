import { createReadStream, readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/**
 * A folder seen below `prefix` ("/", "/models/tiny/"). The first mount that has the file wins.
 *
 * @typedef {{ prefix: string, folder: string }} Mount
 */

/**
 * What a test or a benchmark may watch. `bytes` is what the socket sent, headers included.
 *
 * @typedef {{ method: string, path: string, status: number, bytes: number, encoding: string }} Served
 */

/**
 * @typedef {object} StaticServer
 * @property {string} url     Ends with a slash.
 * @property {number} port
 * @property {Served[]} log   Every request answered so far, oldest first.
 * @property {() => Promise<void>} close
 */

/** The headers that make a page cross-origin isolated and keep it from reaching anyone else. */
export const RESPONSE_HEADERS = /** @type {Record<string, string>} */ (
  JSON.parse(
    readFileSync(new URL('../workers/shell/response-headers.json', import.meta.url), 'utf8'),
  )
);

const MODEL_PAGES = /** @type {{ paths: string, policy: string }} */ (
  JSON.parse(readFileSync(new URL('../workers/shell/model-pages.json', import.meta.url), 'utf8'))
);

/**
 * The headers that go with a URL path: those of the studio, but for the page and the worker that may fetch models
 * from other hosts.
 *
 * @param {string} path
 */
export function headersFor(path) {
  if (!new RegExp(MODEL_PAGES.paths).test(path)) return RESPONSE_HEADERS;
  return { ...RESPONSE_HEADERS, 'Content-Security-Policy': MODEL_PAGES.policy };
}

const MIME = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.wasm': 'application/wasm',
  '.gz': 'application/gzip',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  // Browsers show plain text; of text/markdown some make a download.
  '.md': 'text/plain; charset=utf-8',
});

const COMPRESSED = new Set([
  '.html',
  '.js',
  '.mjs',
  '.css',
  '.json',
  '.wasm',
  '.svg',
  '.txt',
  '.md',
]);

/**
 * Serves folders over HTTP on this machine with the headers the app needs: right MIME types, byte ranges,
 * gzip for text and wasm. Port 0, or a port that is taken, means any free one.
 *
 * @param {{ mounts: Mount[], port?: number, host?: string, extraHeaders?: Record<string, string> }} options
 *   `extraHeaders` go with every answer: those of the app, unless a test plays a static host that sends none.
 * @returns {Promise<StaticServer>}
 */
export async function startStaticServer({ mounts, port = 0, host = '127.0.0.1', extraHeaders }) {
  const gzipped = new Map();
  /** @type {Served[]} */
  const log = [];
  const server = createServer((request, response) => {
    const before = request.socket.bytesWritten;
    const record = { method: request.method ?? '', path: '', status: 0, bytes: 0, encoding: '' };
    response.on('close', () => {
      record.status = response.statusCode;
      record.encoding = String(response.getHeader('Content-Encoding') ?? '');
      record.bytes = request.socket.bytesWritten - before;
      log.push(record);
    });
    record.path = pathOf(request);
    answer({ mounts, gzipped, extraHeaders }, request, response).catch(() => refuse(response, 500));
  });

  await listen(server, port, host).catch((error) => {
    if (port === 0 || error.code !== 'EADDRINUSE') throw error;
    return listen(server, 0, host);
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://${host}:${address.port}/`,
    port: address.port,
    log,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @param {string} host
 */
function listen(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve(undefined);
    });
  });
}

/** @param {import('node:http').IncomingMessage} request */
function pathOf(request) {
  return new URL(request.url ?? '/', 'http://localhost').pathname;
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 */
function refuse(response, status) {
  if (response.headersSent) return response.destroy();
  response.writeHead(status, { 'Content-Type': 'text/plain' });
  response.end(`${status}\n`);
}

/**
 * The file behind a URL path: the first mount that has it, a folder standing for its index.html.
 *
 * @param {Mount[]} mounts
 * @param {string} urlPath
 */
async function findFile(mounts, urlPath) {
  const path = decodeURIComponent(urlPath);
  if (path.includes('\0') || path.split(/[/\\]/).includes('..')) return undefined;
  for (const { prefix, folder } of mounts) {
    if (!path.startsWith(prefix)) continue;
    const rest = path.slice(prefix.length);
    const file = join(folder, rest === '' || rest.endsWith('/') ? `${rest}index.html` : rest);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile()) return { file, size: found.size, mtimeMs: found.mtimeMs };
  }
  return undefined;
}

/**
 * @param {{
 *   mounts: Mount[],
 *   gzipped: Map<string, Promise<Buffer>>,
 *   extraHeaders: Record<string, string> | undefined,
 * }} site
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function answer({ mounts, gzipped, extraHeaders }, request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405);
  const found = await findFile(mounts, pathOf(request)).catch(() => undefined);
  if (!found) return refuse(response, 404);

  const extension = extname(found.file);
  const etag = `"${found.size.toString(16)}-${Math.round(found.mtimeMs).toString(16)}"`;
  const headers = /** @type {Record<string, string | number>} */ ({
    ...(extraHeaders ?? headersFor(pathOf(request))),
    'Content-Type': MIME[extension] ?? 'application/octet-stream',
    'Cache-Control': 'no-cache',
    ETag: etag,
  });
  if (request.headers['if-none-match'] === etag) return response.writeHead(304, headers).end();

  const range = parseRange(request.headers.range, found.size);
  if (range === 'unsatisfiable') return refuse(response, 416);
  if (!range && COMPRESSED.has(extension) && acceptsGzip(request)) {
    const body = await gzipOnce(gzipped, found.file, etag);
    response.writeHead(200, {
      ...headers,
      'Content-Encoding': 'gzip',
      Vary: 'Accept-Encoding',
      'Content-Length': body.length,
    });
    return response.end(request.method === 'HEAD' ? undefined : body);
  }

  const { start, end } = range ?? { start: 0, end: found.size - 1 };
  headers['Accept-Ranges'] = 'bytes';
  headers['Content-Length'] = end - start + 1;
  if (range) headers['Content-Range'] = `bytes ${start}-${end}/${found.size}`;
  response.writeHead(range ? 206 : 200, headers);
  if (request.method === 'HEAD' || found.size === 0) return response.end();
  // A reader that goes away is no failure of the server.
  pipeline(createReadStream(found.file, { start, end }), response, () => {});
}

/** @param {import('node:http').IncomingMessage} request */
function acceptsGzip(request) {
  return /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
}

/**
 * @param {Map<string, Promise<Buffer>>} gzipped
 * @param {string} file
 * @param {string} etag
 */
function gzipOnce(gzipped, file, etag) {
  const key = file + etag;
  const body = gzipped.get(key) ?? readFile(file).then((bytes) => promisify(gzip)(bytes));
  gzipped.set(key, body);
  return body;
}

/**
 * One range of a `Range` header; several at once are answered with the whole file, as HTTP allows.
 *
 * @param {string | undefined} header
 * @param {number} size
 * @returns {{ start: number, end: number } | 'unsatisfiable' | undefined}
 */
export function parseRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return start > end || start >= size ? 'unsatisfiable' : { start, end };
}
