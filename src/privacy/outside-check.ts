/** Tries to reach an outside host, and believes a failure only where the browser says that the policy caused it. */

/** What became of one try. */
export interface TryResult {
  /** "fetch", "WebSocket in a worker" … */
  way: string;
  /**
   * 'refused': the browser reported a breach of the Content-Security-Policy; 'absent': the interface is not there;
   * 'open': neither, whether or not anybody answered.
   */
  outcome: 'refused' | 'absent' | 'open';
}

/** Starts one request to a URL; what it resolves or rejects with does not matter. */
export type Way = (url: string) => unknown;

/** How long the report of a refusal may take; it comes within a few milliseconds. */
const REPORT_MS = 2000;

/** Tries each way, one after the other, for the report of a refusal names the host and not the way. */
export async function tryOutside(origin: string, ways: Record<string, Way>): Promise<TryResult[]> {
  const results: TryResult[] = [];
  for (const [way, start] of Object.entries(ways)) {
    const url = `${origin}/phantoscope-check/${encodeURIComponent(way)}`;
    results.push({ way, outcome: await tryOne(url, start) });
  }
  return results;
}

async function tryOne(url: string, start: Way): Promise<TryResult['outcome']> {
  const report = new AbortController();
  const refused = new Promise<true>((resolve) => {
    globalThis.addEventListener(
      'securitypolicyviolation',
      (event) => {
        const { blockedURI } = event as SecurityPolicyViolationEvent;
        if (sameHost(blockedURI, url)) resolve(true);
      },
      { signal: report.signal },
    );
  });
  try {
    await start(url);
  } catch (error) {
    if ((error as Error).name === 'ReferenceError') return 'absent';
  }
  const told = await Promise.race([refused, wait(REPORT_MS)]);
  report.abort();
  return told ? 'refused' : 'open';
}

/** A violation names the URL, or of a frame only its origin; of a WebSocket with the scheme ws: or wss:. */
function sameHost(blockedUri: string, url: string): boolean {
  return URL.canParse(blockedUri) && new URL(blockedUri).host === new URL(url).host;
}

function wait(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}

/** The ways that page and workers share. */
export const ANY_THREAD: Record<string, Way> = {
  // Not awaited: against a host that never answers it would take minutes.
  fetch: (url) => void fetch(url, { mode: 'no-cors' }).catch(() => undefined),
  WebSocket: (url) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'));
    setTimeout(() => socket.close(), REPORT_MS);
  },
  EventSource: (url) => {
    const source = new EventSource(url);
    setTimeout(() => source.close(), REPORT_MS);
  },
};
