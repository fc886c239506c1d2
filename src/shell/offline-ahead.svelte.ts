import type { StudioParts } from './studio-parts';
import type { StudioState } from './studio.svelte';
import type { OfflineReady } from '../views/storage/state/offline-ready.svelte';

/** How often it is asked whether an update is over. */
const MS_BETWEEN_LOOKS = 200;

/** Once the first picture is there, for nothing may come before it: fetches the rest of the app in the background. */
export class OfflineAhead {
  /** How far the app is ready to work offline; null before the first picture, and where it cannot be. */
  ready = $state.raw<OfflineReady | null>(null);
  error = $state.raw<Error | null>(null);

  #studio: StudioState;
  #ahead: StudioParts['ahead'] | null;

  constructor(studio: StudioState, ahead: StudioParts['ahead'] | null) {
    this.#studio = studio;
    this.#ahead = ahead;
  }

  /** Does nothing after the first time, unless that failed. */
  async start() {
    const ahead = this.#ahead;
    this.#ahead = null;
    if (!ahead) return;
    const { generation, settings, entry, update, footprint } = this.#studio;
    // A newer version cannot take over while the old service worker still answers.
    const leaving = () => update.phase === 'asked';
    try {
      const { openOffline } = await import('../views/storage/state/open-offline');
      this.ready = await openOffline(ahead.manifest, entry, {
        choices: () => settings.offline,
        remember: (offline) => settings.change({ offline }),
        drawing: () => generation.running || leaving(),
        idle: async () => {
          await generation.idle();
          while (leaving()) await new Promise((resolve) => setTimeout(resolve, MS_BETWEEN_LOOKS));
        },
        installNetwork: ahead.installNetwork,
        installModel: ahead.installTunable,
      });
      this.error = null;
      await this.ready?.start();
    } catch (error) {
      this.error = error as Error;
      this.#ahead = ahead; // the next picture tries again
    }
    await footprint.measureStorage();
  }
}
