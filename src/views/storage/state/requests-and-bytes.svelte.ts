import {
  addCounts,
  NO_REQUESTS,
  REQUEST_CHANNEL,
  watchRequests,
  type RequestCounts,
  type RequestKind,
} from '../../../privacy/request-count';
import { texts } from '../texts';

/** How often the browser is asked how much it holds, while somebody may look. */
const MEASURE_EVERY_MS = 5000;

/** What the browser calls its stores, and what this app keeps there; Chromium alone tells them apart. */
const STORES: Record<string, () => string> = {
  indexedDB: () => texts.databasesWeightsImagesData,
  caches: () => texts.appsOwnFiles,
  fileSystem: () => texts.privateFilesDownloadsUnder,
  serviceWorkerRegistrations: () => texts.theServiceWorker,
};

/** What a kind of request fetched, in words. */
const KINDS: Record<RequestKind, () => string> = {
  page: () => texts.pagesAndWhatThey,
  code: () => texts.codeAndStyles,
  workers: () => texts.workers,
  runtime: () => texts.runtime,
  models: () => texts.models,
};

/** What the page leaves behind: requests that went over the network, bytes it has stored. */
export class FootprintState {
  /** Of this page, and of the workers and the service worker of every open page of this app, since this one loaded. */
  requests = $state.raw<RequestCounts>(NO_REQUESTS);
  /** All that the browser holds for this site, as it counts. */
  storedBytes = $state<number | null>(null);
  /** The same by store, in words; empty where the browser does not say. */
  storedParts = $state.raw<{ title: string; bytes: number }[]>([]);

  /** "12 code and styles, 3 models". */
  get kindsInWords(): string {
    const { kinds } = this.requests;
    const asked = (Object.keys(KINDS) as RequestKind[]).filter((kind) => kinds[kind]);
    return asked.map((kind) => texts.requestsFor(kinds[kind] ?? 0, KINDS[kind]())).join(', ');
  }

  /** Starts counting; this page's own from before are included. Returns a function that stops. */
  watch(): () => void {
    const add = (counts: RequestCounts) => (this.requests = addCounts(this.requests, counts));
    const channel = new BroadcastChannel(REQUEST_CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<RequestCounts>) => add(data);
    const stopWatching = watchRequests(add);
    // No store tells when it grows: workers, other tabs and the browser's own housekeeping change it.
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void this.measureStorage();
    }, MEASURE_EVERY_MS);
    return () => {
      clearInterval(timer);
      channel.close();
      stopWatching();
    };
  }

  async measureStorage() {
    const estimate:
      (StorageEstimate & { usageDetails?: Record<string, number> }) | null | undefined =
      await navigator.storage?.estimate?.().catch(() => null);
    this.storedBytes = estimate?.usage ?? null;
    this.storedParts = Object.entries(estimate?.usageDetails ?? {})
      .filter(([, bytes]) => bytes > 0)
      .map(([store, bytes]) => ({ title: STORES[store]?.() ?? store, bytes }));
  }
}
