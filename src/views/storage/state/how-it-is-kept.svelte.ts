import type { GalleryItem } from '../../../gallery/gallery-store';
import type { DatasetsState } from '../../datasets/state/datasets.svelte';
import type { ErasureState } from './erasure.svelte';
import type { FormMemory } from './form-memory';
import type { FormState } from '../../../controls/form.svelte';
import type { GalleryState } from '../../gallery/gallery.svelte';
import type { GenerationState } from '../../studio/state/generation.svelte';
import { IdleClock } from '../../../browser/idle-clock.svelte';
import type { SessionState } from './session.svelte';
import type { SettingsState } from '../../../browser/settings.svelte';
import { removeOldExports } from '../../../browser/zip-target';
import { VaultState, type VaultPort } from './vault.svelte';

/** How this page keeps what is made on it. Without a part, that choice is not offered. */
export interface KeepingParts {
  vault?: VaultPort;
  /** Turning encryption on was interrupted and has been undone. */
  undone?: boolean;
  session?: SessionState;
  erasure?: ErasureState;
  /** Brings what was typed over a reload; absent: a reload begins anew. */
  memory?: FormMemory;
}

/** What of the studio holds prompts or images, or shows them. */
interface Holders {
  form: FormState;
  gallery: GalleryState;
  generation: GenerationState;
  settings: SettingsState;
  dialog: string | null;
  readonly words: { forget(): void };
  readonly workbench: { clear(): void };
  readonly evaluating: { close(): void };
  readonly finetuning: { close(): void; wake(): Promise<void>; readonly running: boolean };
  readonly datasets: DatasetsState | null;
}

/** What the page holds in memory and a locked one must not. */
interface Held {
  form: FormState['contents'];
  unsaved: GalleryItem[];
}

/** Whether images are kept, and how: encrypted, for this session only, erased; and what an idle page does. */
export class KeepingState {
  readonly vault: VaultState | null;
  readonly session: SessionState | null;
  readonly erasure: ErasureState | null;
  readonly idle: IdleClock;

  #holders: Holders;
  #memory: FormMemory | null;

  constructor({ vault, undone, session, erasure, memory }: KeepingParts, holders: Holders) {
    this.#holders = holders;
    this.#memory = memory ?? null;
    this.vault = vault ? new VaultState(vault, { undone }) : null;
    this.session = session ?? null;
    this.erasure = erasure ?? null;
    if (this.keepsPlain) memory?.restore(holders.form);
    else memory?.remove();
    vault?.carry({ take: () => this.#take(), giveBack: (held) => this.#giveBack(held as Held) });
    vault?.onChange(() => this.#followVault());
    this.idle = new IdleClock({
      minutes: () => this.#idleMinutes,
      busy: () =>
        holders.generation.running ||
        holders.finetuning.running ||
        Boolean(holders.datasets?.busy || this.vault?.work),
      onIdle: () => this.#onIdle(),
    });
  }

  /** Stored images are there, and the key to them is not. */
  get locked(): boolean {
    return this.vault?.status === 'locked';
  }

  get sessionOnly(): boolean {
    return this.session?.active ?? false;
  }

  /** Images of this page may lie on the disk in clear. */
  get keepsPlain(): boolean {
    return !this.sessionOnly && (this.vault?.status ?? 'off') === 'off';
  }

  /** Starts to look after the page; returns a function that stops. */
  watch(): () => void {
    const stopIdle = this.idle.watch();
    // "Back" may bring a whole page back, as it was.
    const restored = ({ persisted }: PageTransitionEvent) => {
      if (persisted && this.session?.active) this.session.reset();
    };
    const leaving = () => {
      if (this.keepsPlain) this.#memory?.keep(this.#holders.form);
    };
    addEventListener('pageshow', restored);
    addEventListener('pagehide', leaving);
    return () => {
      stopIdle();
      removeEventListener('pageshow', restored);
      removeEventListener('pagehide', leaving);
    };
  }

  get #idleMinutes(): number | null {
    if (this.session?.active) return this.session.minutes;
    return this.vault?.status === 'unlocked' ? this.#holders.settings.lockAfterMinutes : null;
  }

  #onIdle() {
    if (this.session?.active) this.session.reset();
    else this.vault?.lock('this tab');
  }

  #followVault() {
    // Written while there was no encryption.
    if (!this.keepsPlain) {
      void removeOldExports('every tab').catch(() => undefined);
      this.#memory?.remove();
    }
    if (!this.locked) {
      void this.#holders.gallery.load();
      void this.#holders.datasets?.load();
      void this.#holders.finetuning.wake();
      return;
    }
    const { form, gallery, generation, words } = this.#holders;
    this.#holders.dialog = null;
    generation.forget();
    gallery.close();
    void this.#holders.datasets?.close();
    this.#holders.workbench.clear();
    this.#holders.evaluating.close();
    this.#holders.finetuning.close();
    form.clear();
    words.forget();
  }

  #take(): Held {
    const { form, gallery } = this.#holders;
    return { form: form.contents, unsaved: gallery.takeUnsaved() };
  }

  #giveBack({ form, unsaved }: Held) {
    this.#holders.form.contents = form;
    this.#holders.gallery.giveBackUnsaved(unsaved);
  }
}
