import {
  addCounts,
  NO_REQUESTS,
  REQUEST_CHANNEL,
  watchRequests,
  type RequestCounts,
} from '../privacy/request-count';

/** What the page leaves behind: requests that went over the network, bytes it has stored. */
export class FootprintState {
  /** Of this page, and of the workers and the service worker of every open page of this app, since this one loaded. */
  requests = $state.raw<RequestCounts>(NO_REQUESTS);
  storedBytes = $state<number | null>(null);

  /** Starts counting; this page's own from before are included. Returns a function that stops. */
  watch(): () => void {
    const add = (counts: RequestCounts) => (this.requests = addCounts(this.requests, counts));
    const channel = new BroadcastChannel(REQUEST_CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<RequestCounts>) => add(data);
    const stopWatching = watchRequests(add);
    return () => {
      channel.close();
      stopWatching();
    };
  }

  async measureStorage() {
    const estimate = await navigator.storage?.estimate?.().catch(() => null);
    this.storedBytes = estimate?.usage ?? null;
  }
}
