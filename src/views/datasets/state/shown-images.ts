import type { DatasetStore, ImageFacts } from '../../../dataset/dataset-store';

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
