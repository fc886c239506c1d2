import { fetchNetwork, networkName } from '../../models/download/fetch-network';
import { keepNetwork, keptNetworks, removeNetwork } from '../../models/store/kept-networks';

/** Feature networks for the evaluation that come from an address, and those that are here. */
export class RemoteNetworksState {
  names = $state.raw<string[]>([]);
  /** The file that is being fetched. */
  fetching = $state<string | null>(null);
  error = $state.raw<Error | null>(null);

  #controller = new AbortController();

  async load() {
    await this.#attempt(async () => void (this.names = await keptNetworks()));
  }

  /** Fetches what a folder of transformers.js has for pictures, and keeps it. */
  async fetch(address: string) {
    if (this.fetching !== null) return;
    this.fetching = '';
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    const onFile = (path: string) => (this.fetching = path);
    await this.#attempt(async () => {
      const name = networkName(address);
      await keepNetwork(name, await fetchNetwork(address, { signal, onFile }));
      this.names = await keptNetworks();
    });
    this.fetching = null;
  }

  cancel() {
    this.#controller.abort();
  }

  async remove(name: string) {
    await this.#attempt(async () => {
      await removeNetwork(name);
      this.names = await keptNetworks();
    });
  }

  async #attempt(work: () => Promise<void>) {
    this.error = null;
    try {
      await work();
    } catch (error) {
      if (!this.#controller.signal.aborted) this.error = error as Error; // a cancel is not an error
    }
  }
}
