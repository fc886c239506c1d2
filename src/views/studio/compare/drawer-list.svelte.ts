import type { ModelEntry } from '../../../models/manifest/manifest';
import type { WorkbenchHost } from '../state/beside-the-picture.svelte';
import { listDrawers, type Drawer } from './drawers';

/** All that can draw here, as it is stored now. */
export class DrawerList {
  #host: Pick<WorkbenchHost, 'entry' | 'relatives' | 'finetuning'>;
  /** Models that are stored whole. */
  #stored = $state.raw<readonly ModelEntry[]>([]);

  constructor(host: Pick<WorkbenchHost, 'entry' | 'relatives' | 'finetuning'>) {
    this.#host = host;
  }

  get all(): Drawer[] {
    const { entry: own, relatives, finetuning } = this.#host;
    const tuned = finetuning.tuned?.offered ?? [];
    return listDrawers({ own, relatives, stored: this.#stored, tuned });
  }

  /** Takes what the store has. */
  update(stored: readonly ModelEntry[]) {
    this.#stored = stored;
  }

  /** What was fetched for its first picture is here from now on. */
  noteHere(entries: readonly ModelEntry[]) {
    const fetched = entries.filter(({ id }) => !this.#stored.some((one) => one.id === id));
    if (fetched.length) this.#stored = [...this.#stored, ...fetched];
  }
}
