import type { DroppedFile } from '../../../contract/download';
import type { OwnNetwork } from '../../../evaluation/own-network/own-network';

/** The user's own feature network of the next comparisons, for as long as the page is open. */
export class OwnNetworkChoice {
  network = $state.raw<OwnNetwork | null>(null);
  reading = $state(false);
  error = $state.raw<Error | null>(null);
  /** It is the first network of a report: of the head line, the copy check and the linear head. */
  leads = $state(true);
  /** Names of those that models.html has fetched. */
  kept = $state.raw<string[]>([]);
  /** Counts choices, so that only the last one that was made counts. */
  #turn = 0;

  /** Looks for what was fetched; without storage there is nothing. */
  async findKept() {
    const { keptNetworks } = await import('../../../models/store/kept-networks');
    this.kept = await keptNetworks().catch(() => []);
  }

  /** Reads one that was fetched. */
  chooseKept(name: string): Promise<void> {
    return this.#choose(async () => {
      const { readNetwork } = await import('../../../models/store/kept-networks');
      return readNetwork(name);
    });
  }

  /** Reads a folder and keeps what was found in it; what was chosen before is let go. */
  choose(files: DroppedFile[]): Promise<void> {
    return this.#choose(() => Promise.resolve(files));
  }

  async #choose(list: () => Promise<DroppedFile[]>) {
    const turn = ++this.#turn;
    [this.network, this.error, this.reading] = [null, null, true];
    try {
      const files = await list();
      const { readNetworkPackage } = await import('../../../evaluation/own-network/read-package');
      const network = await readNetworkPackage(files);
      if (turn === this.#turn) this.network = network;
    } catch (error) {
      if (turn === this.#turn) this.error = error as Error;
    } finally {
      if (turn === this.#turn) this.reading = false;
    }
  }

  remove() {
    this.#turn++;
    [this.network, this.error, this.reading] = [null, null, false];
  }

  /** What a request says of the networks that it uses, beside those of the manifest. */
  among(ids: string[]): { networks: string[]; own?: OwnNetwork } {
    const { network: own, leads } = this;
    if (!own) return { networks: ids };
    return { networks: leads ? [own.id, ...ids] : [...ids, own.id], own };
  }
}
