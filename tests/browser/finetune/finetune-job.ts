import type { FinetuneOptions } from '../../../src/bridge/finetune-client';
import {
  DEFAULT_SETTINGS,
  type FinetuneItem,
  type FinetuneJob,
  type FinetuneReport,
  type KeptPart,
} from '../../../src/finetune/run';
import { encodePng } from '../../../src/image/png';

/** The fixture package, small enough to train in seconds. */
export const manifestUrl = new URL('../../fixtures/tiny-model/model-manifest.json', import.meta.url)
  .href;

/** Eight steps, with a checkpoint every other one and one sample at the end. */
export const SETTINGS = {
  ...DEFAULT_SETTINGS,
  ...{ numSteps: 8, checkpointEvery: 2, evaluateEvery: 4, sampleEvery: 8, numSamples: 1 },
  ...{ sampleSteps: 2, rank: 2, batch: 2, heldOutShare: 0.25, warmUpSteps: 2 },
};

/** A bright disc on black, another one for each index. */
export function disc(index: number): Blob {
  const [width, height] = [64, 64];
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const inside = Math.hypot(x - 20 - 3 * index, y - 32) < 6 + index;
    rgba.fill(inside ? 220 : 10, i * 4, i * 4 + 3);
  }
  return encodePng({ width, height, rgba }, {});
}

/** A run on so many discs; with `change` in place of what is usual. */
export function jobOf(numImages: number, change: Partial<FinetuneJob> = {}): FinetuneJob {
  const items: FinetuneItem[] = Array.from({ length: numImages }, () => ({
    ...{ caption: 'chest x-ray', covariates: {} },
  }));
  return {
    ...{ modelId: 'tiny', choice: 'wasm', settings: SETTINGS, items, prior: [], checkpoint: null },
    ...change,
  };
}

/** Options that note all that is kept and reported. */
export function watch(change: Partial<FinetuneOptions> = {}) {
  const parts: KeptPart[] = [];
  const reports: FinetuneReport[] = [];
  const options: FinetuneOptions = {
    signal: new AbortController().signal,
    onReport: (report) => void reports.push(report),
    read: async (index) => disc(index),
    keep: async (part) => void parts.push(part),
    manifestUrl,
    ...change,
  };
  return { parts, reports, options };
}

/** The fixture's only model. */
export async function modelId(): Promise<string> {
  const manifest = (await (await fetch(manifestUrl)).json()) as { models: { id: string }[] };
  return manifest.models[0].id;
}
