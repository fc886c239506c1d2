import { ANSWERED_BY } from '../../src/common/answered-by';
import { headersFor } from './headers-for';

/** The same response with our headers; opaque answers and redirects, which a browser follows itself, stay as they are. */
export function withHeaders(response: Response, path: string): Response {
  if (response.status === 0 || response.status === 304) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(headersFor(path))) headers.set(name, value);
  headers.set(ANSWERED_BY, 'service-worker');
  // They speak of the bytes on the wire.
  headers.delete('Content-Encoding');
  headers.delete('Content-Length');
  return new Response(response.body, { status: response.status, headers });
}

/** `https://host/app/assets/a.js?x` → `assets/a.js`; undefined outside the scope. */
export function pathInScope(url: string, scopeUrl: string): string | undefined {
  const { origin, pathname } = new URL(url);
  const root = new URL(scopeUrl);
  if (origin !== root.origin || !pathname.startsWith(root.pathname)) return undefined;
  return pathname.slice(root.pathname.length);
}
