/** Counts of resource requests, by where they went. */
export interface RequestCounts {
  own: number;
  other: number;
}

/** What the page leaves behind: requests it has seen, bytes it has stored. */
export class FootprintState {
  requests = $state.raw<RequestCounts>({ own: 0, other: 0 });
  storedBytes = $state<number | null>(null);

  /** Starts counting; entries from before are included. Returns a function that stops. */
  watch(): () => void {
    const observer = new PerformanceObserver((list) => {
      const urls = list.getEntries().map(({ name }) => name);
      const counts = countByOrigin(urls, location.origin);
      this.requests = {
        own: this.requests.own + counts.own,
        other: this.requests.other + counts.other,
      };
    });
    observer.observe({ type: 'resource', buffered: true });
    return () => observer.disconnect();
  }

  async measureStorage() {
    const estimate = await navigator.storage?.estimate?.().catch(() => null);
    this.storedBytes = estimate?.usage ?? null;
  }
}

/** blob: and data: addresses make no request and are not counted. */
export function countByOrigin(urls: string[], origin: string): RequestCounts {
  const requested = urls.filter((url) => /^https?:/.test(url));
  const own = requested.filter((url) => url.startsWith(`${origin}/`)).length;
  return { own, other: requested.length - own };
}
