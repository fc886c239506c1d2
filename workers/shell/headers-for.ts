import modelPages from './model-pages.json' with { type: 'json' };
import responseHeaders from './response-headers.json' with { type: 'json' };

/**
 * The headers that go with a path below the app: those of the studio, but for the page and the worker that may fetch
 * models from other hosts.
 */
export function headersFor(path: string): Record<string, string> {
  if (!new RegExp(modelPages.paths).test(path)) return responseHeaders;
  return { ...responseHeaders, 'Content-Security-Policy': modelPages.policy };
}
