import { fromRows, type FeatureMatrix } from './feature-matrix';
import { hashOf } from './hash';
import type { OpenNetwork } from './network-features';
import { readSquare, thumbOf, type Square } from './read-square';
import type {
  EvaluationImage,
  ImageFeatures,
  ImageSource,
  SetName,
  Skipped,
} from '../report/report';

/** Images of one set that could be read, in order, and those that could not. */
export interface ReadSet {
  images: EvaluationImage[];
  /** Of each image, its place in the request. */
  indices: number[];
  features: ImageFeatures[];
  skipped: Skipped[];
}

/** One network's features of a set, [images, features]. */
export function featuresOf({ features }: ReadSet, networkId: string): FeatureMatrix {
  return fromRows(features.map((one) => one.features[networkId]));
}

/** Of each image; '' is none. */
export function labelsOf({ images }: ReadSet): string[] {
  return images.map(({ label }) => label);
}

/** Of each image its patient, else the file's own hash: the same file twice must not lie on both sides of a test either. */
export function groupsOf({ images, features }: ReadSet): string[] {
  return images.map(({ group }, i) => group ?? features[i].id);
}

/** What reading needs from outside. */
export interface FeatureReader {
  networks: readonly OpenNetwork[];
  read: (set: SetName, index: number) => Promise<ImageSource>;
  /** Keeps what was computed for the next run. */
  keep: (computed: ImageFeatures[]) => Promise<void>;
  onImage: () => void;
}

const BATCH = 8;

/** Features of every image of a set, computed where no earlier run has; a file that cannot be read is named and left out. */
export async function readFeatures(
  set: SetName,
  images: readonly EvaluationImage[],
  reader: FeatureReader,
): Promise<ReadSet> {
  const result: ReadSet = { images: [], indices: [], features: [], skipped: [] };
  for (let start = 0; start < images.length; start += BATCH) {
    const batch = images.slice(start, start + BATCH);
    const read = await Promise.all(batch.map((_, i) => readOne(reader, set, start + i)));
    await compute(read, reader);
    const fresh: ImageFeatures[] = [];
    read.forEach((one, i) => {
      reader.onImage();
      if ('error' in one) {
        result.skipped.push({ set, name: batch[i].name, message: one.error.message });
        return;
      }
      result.images.push(batch[i]);
      result.indices.push(start + i);
      result.features.push(one.features);
      if (one.square) fresh.push(one.features);
    });
    if (fresh.length > 0) await reader.keep(fresh);
  }
  return result;
}

type Read = { features: ImageFeatures; square: Square | null } | { error: Error };

async function readOne(reader: FeatureReader, set: SetName, index: number): Promise<Read> {
  try {
    const { blob, known, id: hash } = await reader.read(set, index);
    const complete = known && reader.networks.every(({ network }) => known.features[network.id]);
    if (complete) return { features: known, square: null };
    const square = await readSquare(blob);
    const { width, height, bits, mark } = square;
    const marks = { marked: mark !== null, ...(mark === 'composite' && { composite: true }) };
    const id = known?.id ?? hash ?? (await hashOf(blob));
    const features = { ...known?.features };
    return {
      features: { id, features, thumb: thumbOf(square), width, height, bits, ...marks },
      square,
    };
  } catch (error) {
    if ((error as Error).name === 'Locked') throw error;
    return { error: error as Error };
  }
}

/** Runs each network once on all images of the batch that lack its features. */
async function compute(read: Read[], { networks }: FeatureReader) {
  for (const { network, featuresOf } of networks) {
    const missing = read.flatMap((one) =>
      'square' in one && one.square && !one.features.features[network.id]
        ? [{ square: one.square, features: one.features.features }]
        : [],
    );
    if (missing.length === 0) continue;
    const rows = await featuresOf(missing.map(({ square }) => square));
    missing.forEach(({ features }, i) => (features[network.id] = rows[i]));
  }
}
