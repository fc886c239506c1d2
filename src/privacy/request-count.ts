/**
 * Counts what goes over the network: the page, its workers and the service worker each see their own part, and the
 * service worker sees what the other two ask it for. Thread-neutral.
 */

/** What a request to the app's own origin was for. */
export type RequestKind = 'page' | 'code' | 'workers' | 'runtime' | 'models';

/** Requests, by where they went or would have gone. */
export interface RequestCounts {
  /** To the app's own origin. */
  own: number;
  /** The same, by what they were for; a kind without any is absent. */
  kinds: Partial<Record<RequestKind, number>>;
  /** To any other. */
  other: number;
  /** To any other, but stopped by the Content-Security-Policy before they left. */
  refused: number;
}

/** Carries increments of the counts from workers and service worker to every open page. */
export const REQUEST_CHANNEL = 'request-counts';

/** Nothing yet. */
export const NO_REQUESTS: RequestCounts = { own: 0, kinds: {}, other: 0, refused: 0 };

/** One request as a count; blob: and data: addresses make none. */
export function countUrl(url: string, origin: string): RequestCounts {
  if (!/^(https?|wss?):/.test(url)) return NO_REQUESTS;
  const { origin: asked, pathname } = new URL(url);
  if (asked !== origin) return { ...NO_REQUESTS, other: 1 };
  return { ...NO_REQUESTS, own: 1, kinds: { [kindOf(pathname)]: 1 } };
}

/** By the names that the build gives its files; what is none of them is what a page shows. */
function kindOf(pathname: string): RequestKind {
  if (/\/models\/|\/(model|hub)-manifest\.json$/.test(pathname)) return 'models';
  if (/\/service-worker\.js$|\.worker[-.][^/]*js$/.test(pathname)) return 'workers';
  if (/\.(wasm|mjs)(\.gz)?$/.test(pathname)) return 'runtime';
  return /\.(js|css)$/.test(pathname) ? 'code' : 'page';
}

/** Both together. */
export function addCounts(a: RequestCounts, b: RequestCounts): RequestCounts {
  const kinds = { ...a.kinds };
  for (const [kind, count = 0] of Object.entries(b.kinds) as [RequestKind, number?][]) {
    kinds[kind] = (kinds[kind] ?? 0) + count;
  }
  return { own: a.own + b.own, kinds, other: a.other + b.other, refused: a.refused + b.refused };
}

/**
 * Reports this thread's requests from its start on, and returns a function that stops. What the service worker
 * answered or passed on is left out: it counts that itself, and only where it needed the network.
 */
export function watchRequests(onCounts: (counts: RequestCounts) => void): () => void {
  const { origin } = globalThis.location;
  const refusals = createRefusals();
  const observer = new PerformanceObserver((list) => {
    const entries = list.getEntries() as PerformanceResourceTiming[];
    const counts = entries
      .filter((entry) => entry.workerStart === 0 && !fromCache(entry) && !refusals.covers(entry))
      .map(({ name }) => countUrl(name, origin))
      .reduce(addCounts, NO_REQUESTS);
    if (counts.own + counts.other > 0) onCounts(counts);
  });
  for (const type of ['navigation', 'resource']) observer.observe({ type, buffered: true });
  const onViolation = (event: Event) => {
    const violation = event as SecurityPolicyViolationEvent;
    // 'inline' and 'eval' are refusals too, but of no request.
    if (!countUrl(violation.blockedURI, origin).other) return;
    const { isNew, takeBack } = refusals.add(violation);
    if (isNew) onCounts({ ...NO_REQUESTS, other: -takeBack, refused: 1 });
  };
  globalThis.addEventListener('securitypolicyviolation', onViolation);
  return () => {
    observer.disconnect();
    globalThis.removeEventListener('securitypolicyviolation', onViolation);
  };
}

/** The browser had it: there is a body, and none of its bytes came over the network. */
function fromCache({ transferSize, decodedBodySize }: PerformanceResourceTiming): boolean {
  return transferSize === 0 && decodedBodySize > 0;
}

/** A page has its policy twice, in a header and in itself, and reports a refusal for each, on a busy machine late. */
const SAME_REFUSAL_MS = 1000;

/**
 * Tells requests from refusals: of some kinds of refused request the browser keeps a record as if it had been made,
 * before or after it reports the refusal.
 */
function createRefusals() {
  const refused = new Map<string, number>(); // what → when, ms
  const recorded = new Map<string, number>(); // what → how many records were counted

  return {
    /** Whether this record is of a refused request. */
    covers({ name, initiatorType }: PerformanceResourceTiming): boolean {
      // The refusal of a frame names its origin only.
      const what = initiatorType === 'iframe' ? new URL(name).origin : name;
      if (refused.has(what)) return true;
      recorded.set(what, (recorded.get(what) ?? 0) + 1);
      return false;
    },
    /** `takeBack`: how many records were counted that were of this. */
    add({ blockedURI, timeStamp }: SecurityPolicyViolationEvent) {
      const before = refused.get(blockedURI) ?? -Infinity;
      refused.set(blockedURI, timeStamp);
      const takeBack = recorded.get(blockedURI) ?? 0;
      recorded.delete(blockedURI);
      return { isNew: timeStamp - before > SAME_REFUSAL_MS, takeBack };
    },
  };
}

/** For a worker's entry: tells every open page what this worker asks for. */
export function reportRequests(): void {
  const channel = new BroadcastChannel(REQUEST_CHANNEL);
  watchRequests((counts) => channel.postMessage(counts));
}
