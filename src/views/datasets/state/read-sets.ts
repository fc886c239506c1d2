import type { Timing } from '../../../contract/picture';
import type { Dataset, DatasetStore, ImageFacts } from '../../../dataset/dataset-store';
import { estimate } from '../../../dataset/recipe';
import type { DatasetQueue } from './dataset-queue.svelte';

/** How much all data sets hold, and how many projects there are. */
export async function measureSets(store: DatasetStore, sets: readonly Dataset[], projects: number) {
  const all = await Promise.all(sets.map(({ id }) => store.facts(id)));
  const kept = all.flat().filter(({ emptied }) => !emptied);
  return { images: kept.length, bytes: kept.reduce((sum, { bytes }) => sum + bytes, 0), projects };
}

/** Whether these pixels are those of an image that a recipe made; imported ones prove nothing. */
export async function hasMade(store: DatasetStore, sets: readonly Dataset[], pixelHash: string) {
  for (const { id, recipe } of sets) {
    if (!recipe) continue;
    const facts = await store.facts(id);
    if (facts.some((one) => one.pixelHash === pixelHash && !one.emptied)) return true;
  }
  return false;
}

/** What is asked for, and what the newest image of the page took. */
interface Asked {
  numImages: number;
  numInferenceSteps: number;
  last: { timing: Timing; bytes: number } | null;
}

/** How long so many images of so many steps will take and what they need; null before any was made. */
export function estimateImages(
  { msPerImage, bytesPerImage }: DatasetQueue,
  { numImages, numInferenceSteps, last }: Asked,
): { ms: number; bytes: number } | null {
  if (msPerImage !== null && bytesPerImage !== null) {
    return estimate(numImages, { msPerImage, bytesPerImage });
  }
  if (!last) return null;
  const { msEncode, msPerStep, msDecode } = last.timing;
  const ms = msEncode + msPerStep * numInferenceSteps + msDecode;
  return estimate(numImages, { msPerImage: ms, bytesPerImage: last.bytes });
}

/** All images of a data set but the discarded ones; each picture is read when it is asked for. */
export async function shownImages(store: DatasetStore, setId: string) {
  const shown = (await store.facts(setId)).filter(({ discarded }) => !discarded);
  const pictureOf = async ({ id, index }: ImageFacts) => {
    const picture = await store.picture(id);
    if (!picture) throw new Error(`The picture of image ${index} is gone.`);
    return picture;
  };
  return shown.map((facts) => ({
    facts,
    read: async () => (await pictureOf(facts)).png,
    readMask: async () => {
      const { mask } = await pictureOf(facts);
      if (!mask) throw new Error(`Image ${facts.index} has no mask.`);
      return mask.png;
    },
  }));
}
