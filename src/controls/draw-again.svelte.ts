import type { BackendChoice, GenerationRequest, RecordedBackend } from '../contract/request';
import type { Picture, StoredMask } from '../dataset/dataset-store';
import { readStoredMask } from '../dataset/stored-mask';
import { comparePixels, type PixelDifference } from '../image/compare-pixels';
import { rgbOf } from '../image/png';
import { asSource } from '../pictures/made-here';
import type { ImageMaker } from '../views/datasets/state/dataset-run';

/** What making an image again has shown. */
export interface RerunResult extends PixelDifference {
  /** Where it ran then, and now. */
  then: RecordedBackend;
  now: RecordedBackend;
  /** The weights were the same, too. */
  sameModel: boolean;
}

type FillIn = (request: GenerationRequest) => Promise<GenerationRequest>;

/** Makes an image again from its own request, and says whether the pixels are the same. */
export class RerunState {
  running = $state(false);
  result = $state.raw<RerunResult | null>(null);
  error = $state.raw<Error | null>(null);
  /** The image that the result is about. */
  imageId = $state<string | null>(null);

  #maker: ImageMaker;
  #choice: () => BackendChoice;

  #fillIn: FillIn;

  /** `fillIn` puts the factors of a tuned model in place of their hash. */
  constructor(
    maker: ImageMaker,
    choice: () => BackendChoice,
    fillIn: FillIn = (request) => Promise.resolve(request),
  ) {
    this.#fillIn = fillIn;
    this.#maker = maker;
    this.#choice = choice;
  }

  /** `source`: the picture that it was made from, where it was. */
  async start(imageId: string, reading: Promise<Picture | null>, source?: Promise<Picture | null>) {
    if (this.running) return;
    this.running = true;
    this.imageId = imageId;
    this.result = null;
    this.error = null;
    try {
      const picture = await reading;
      if (!picture?.made) return;
      const { backend, modelHash } = picture.made;
      const filled = await this.#fillIn(picture.made.request);
      const request = await withSource(await withStoredMask(filled, picture.mask), source);
      const { signal } = new AbortController();
      const onProgress = () => undefined;
      const again = await this.#maker.generate(request, this.#choice(), { signal, onProgress });
      const [before, after] = await Promise.all([readPixels(picture.png), readPixels(again.png)]);
      this.result = {
        ...comparePixels(before, after),
        then: backend,
        now: again.backend,
        sameModel: modelHash === again.modelHash,
      };
    } catch (error) {
      this.error = error as Error;
    } finally {
      this.running = false;
    }
  }
}

/** A saved request knows its mask by hash only; the mask itself is kept beside the image. */
async function withStoredMask(request: GenerationRequest, stored?: StoredMask) {
  if (!request.mask || !stored) return request;
  const { values } = await readStoredMask(stored);
  return { ...request, mask: { labels: Uint16Array.from(values) } };
}

/** A saved request knows the image that it starts from by hash only. */
async function withSource(request: GenerationRequest, source?: Promise<Picture | null>) {
  const picture = await source;
  if (!request.init || !picture) return request;
  const { width, height, data } = await readPixels(picture.png);
  const { strength } = request.init;
  const from = picture.made ? asSource(picture.made.provenance) : undefined;
  return { ...request, init: { strength, rgb: rgbOf({ width, height, rgba: data }), from } };
}

/** As the browser decodes it, without any conversion of colours. */
async function readPixels(png: Blob): Promise<ImageData> {
  const bitmap = await createImageBitmap(png, {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  });
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}
