import { appError } from '../errors';
import { copyReport } from './copies/copy-report';
import { pickRows, type Multiply } from './metrics/feature-matrix';
import { fidelityTable } from './metrics/fidelity';
import type { OpenLearner } from './usefulness/learner';
import { measureFigures } from './metrics/figures/index';
import { membership, type OpenDenoiser } from './metrics/membership';
import type { OpenNetwork } from './metrics/network-features';
import { createRandom } from './metrics/random';
import {
  featuresOf,
  groupsOf,
  labelsOf,
  readFeatures,
  type ReadSet,
} from './metrics/read-features';
import { greyPlane, readSquare } from './metrics/read-square';
import type {
  CopyReport,
  EvaluationProgress,
  EvaluationReport,
  EvaluationRequest,
  Fidelity,
  ImageFeatures,
  ImageSource,
  ReadableSet,
  Segmentation,
  SetName,
  Usefulness,
} from './report/report';
import { segmentationOf, trainedOf } from './usefulness/learner-parts';
import { createStages } from './stages';
import { usefulness, type LabelledSet } from './usefulness/usefulness';
import { meanSimilarity, pairsWithinLabels, VARIETY_SIDE } from './metrics/variety';
import { warningsOf } from './report/warnings';

/** What an evaluation needs from outside. */
export interface EvaluationTools {
  networks: readonly OpenNetwork[];
  multiply: Multiply;
  read: (set: ReadableSet, index: number) => Promise<ImageSource>;
  /** Opens the model whose training images are asked for. */
  openDenoiser?: () => Promise<OpenDenoiser>;
  /** Where masks are asked for. */
  readMask?: (set: SetName, index: number) => Promise<Blob>;
  segmenter?: OpenLearner;
  classifier?: OpenLearner;
  keep: (computed: ImageFeatures[]) => Promise<void>;
  onProgress: (progress: EvaluationProgress) => void;
}

type Sets = Record<SetName, ReadSet>;

/** Compares synthetic with real images: features, fidelity, variety, copies, usefulness. Read this file first. */
export async function evaluate(
  request: EvaluationRequest,
  tools: EvaluationTools,
): Promise<EvaluationReport> {
  const { networks, multiply } = tools;
  const stages = createStages(tools.onProgress);
  const sets = await readSets(request, tools, stages);
  const holdout = sets.holdout.images.length > 0 ? sets.holdout : null;
  const [first] = networks;

  const fidelity: Record<string, Fidelity[]> = {};
  for (const { network } of networks) {
    const onProgress = stages.start('fidelity', network.title);
    const of = (set: ReadSet) => ({ features: featuresOf(set, network.id), labels: labelsOf(set) });
    const sides = { real: of(sets.real), synthetic: of(sets.synthetic) };
    const all = { ...sides, holdout: holdout && of(holdout) };
    fidelity[network.id] = await fidelityTable(all, multiply, request.seed, onProgress);
  }
  // Folders list their images class by class: halves of that would be classes, not samples.
  const random = createRandom(request.seed, 8);
  const inRandomOrder = (set: ReadSet) => {
    const features = featuresOf(set, first.network.id);
    return pickRows(features, random.permutation(features.rows));
  };
  const figures = await measureFigures({
    real: inRandomOrder(sets.real),
    synthetic: inRandomOrder(sets.synthetic),
    holdout: holdout && inRandomOrder(holdout),
  });
  const msSsim = await varietyOf(request, sets, tools, stages);
  const copies = await unlessRefused(async () =>
    request.parts.copies
      ? copyReport(sets, first.network.id, multiply, stages.start('copies'))
      : null,
  );
  const known = await unlessRefused(() => membershipOf(request, tools, stages));
  const useful = await usefulnessOf(request, sets, first.network.id, tools, stages);
  const [{ kid, prdc }] = fidelity[first.network.id];
  return {
    version: 1,
    createdAt: new Date().toISOString(),
    seed: request.seed,
    networks: networks.map(({ network }) => network),
    samples: {
      real: sets.real.images.length,
      synthetic: sets.synthetic.images.length,
      holdout: sets.holdout.images.length,
    },
    kid,
    fid: figures.fid,
    figures,
    density: prdc?.density ?? null,
    coverage: prdc?.coverage ?? null,
    msSsim,
    fidelity,
    copies: copies.value,
    membership: known.value?.report ?? null,
    usefulness: useful.value,
    usefulnessRefusal: useful.refusal,
    warnings: [...warningsOf(sets), ...[copies, known].flatMap(({ refusal }) => refusal ?? [])],
    skipped: [...Object.values(sets), ...(known.value ? [known.value] : [])].flatMap(
      ({ skipped }) => skipped,
    ),
    ...stages.end(),
  };
}

/** The copy check by itself: the same pictures get the same answer as from `evaluate`. */
export async function checkCopies(
  request: EvaluationRequest,
  tools: EvaluationTools,
): Promise<CopyReport> {
  const stages = createStages(tools.onProgress);
  const sets = await readSets(request, tools, stages);
  const [{ network }] = tools.networks;
  return copyReport(sets, network.id, tools.multiply, stages.start('copies'));
}

type Stages = ReturnType<typeof createStages>;

async function readSets(
  request: EvaluationRequest,
  { networks, read, keep }: EvaluationTools,
  stages: Stages,
): Promise<Sets> {
  const total = request.real.length + request.synthetic.length + request.holdout.length;
  const onProgress = stages.start('features');
  let done = 0;
  const reader = { networks, read, keep, onImage: () => void onProgress(++done, total) };
  const sets: Sets = {
    real: await readFeatures('real', request.real, reader),
    synthetic: await readFeatures('synthetic', request.synthetic, reader),
    holdout: await readFeatures('holdout', request.holdout, reader),
  };
  for (const name of ['real', 'synthetic'] as const) {
    const { images, skipped } = sets[name];
    if (images.length >= 2) continue;
    const [broken] = skipped;
    throw appError(
      'RequestInvalid',
      `There are too few ${name} images (expected at least 2 that can be read, got ${images.length}` +
        `${broken ? `; ${broken.name}: ${broken.message}` : ''}). Choose another folder or data set.`,
    );
  }
  return sets;
}

async function varietyOf(
  { seed }: EvaluationRequest,
  sets: Sets,
  { read }: EvaluationTools,
  stages: Stages,
): Promise<EvaluationReport['msSsim']> {
  const onProgress = stages.start('variety');
  const pairs = {
    synthetic: pairsWithinLabels(labelsOf(sets.synthetic), seed),
    real: pairsWithinLabels(labelsOf(sets.real), seed),
  };
  const total = pairs.synthetic.length + pairs.real.length;
  let done = 0;
  const similarity = (set: 'real' | 'synthetic') => {
    const plane = async (index: number) => {
      const { blob } = await read(set, sets[set].indices[index]);
      return greyPlane(await readSquare(blob), VARIETY_SIDE);
    };
    return meanSimilarity(pairs[set], plane, seed, () => void onProgress(++done, total));
  };
  return { synthetic: await similarity('synthetic'), real: await similarity('real') };
}

/** null: it was not asked for. */
async function membershipOf(
  { parts, members = [], holdout, seed }: EvaluationRequest,
  { read, openDenoiser }: EvaluationTools,
  stages: Stages,
) {
  if (!parts.membership || !openDenoiser) return null;
  const { most } = parts.membership;
  const onProgress = stages.start('membership');
  const denoiser = await openDenoiser();
  const readBlob = async (set: ReadableSet, index: number) => (await read(set, index)).blob;
  const sources = { members, holdout, read: readBlob, onProgress };
  return membership(denoiser, sources, { seed, most });
}

/** Classifiers and segmenters; what could not be trained is told as the refusal. */
async function usefulnessOf(
  request: EvaluationRequest,
  sets: Sets,
  networkId: string,
  tools: EvaluationTools,
  stages: Stages,
): Promise<{ value: Usefulness | null; refusal: string | null }> {
  const { parts, seed } = request;
  const none = { value: null, refusal: null };
  const classified = parts.usefulness
    ? await unlessRefused(() =>
        usefulness(labelledSets(sets, networkId), networkId, seed, stages.start('usefulness')),
      )
    : none;
  if (classified.value && parts.classifier) {
    classified.value.trained = await trainedOf(sets, parts.classifier.steps, seed, tools, stages);
  }
  const segmented = parts.segmentation
    ? await unlessRefused(() =>
        segmentationOf(sets, parts.segmentation!.steps, seed, tools, stages),
      )
    : none;
  const refusal = [classified.refusal, segmented.refusal].filter(Boolean).join(' ') || null;
  if (!segmented.value) return { value: classified.value, refusal };
  const value = classified.value ?? nothingClassified(networkId, segmented.value);
  return { value: { ...value, segmentation: segmented.value }, refusal };
}

/** Labels or masks that do not fit are no reason to lose the rest. */
async function unlessRefused<T>(
  work: () => Promise<T>,
): Promise<{ value: T | null; refusal: string | null }> {
  try {
    return { value: await work(), refusal: null };
  } catch (error) {
    if ((error as Error).name !== 'RequestInvalid') throw error;
    return { value: null, refusal: (error as Error).message };
  }
}

function nothingClassified(network: string, { seeds, test }: Segmentation): Usefulness {
  return {
    classes: [],
    numTest: 0,
    numSynthetic: 0,
    seeds,
    network,
    test,
    sizes: [],
    subgroups: [],
  };
}

function labelledSets({ real, synthetic, holdout }: Sets, networkId: string) {
  const of = (set: ReadSet): LabelledSet => ({
    features: featuresOf(set, networkId),
    labels: labelsOf(set),
    groups: groupsOf(set),
    attributes: set.images.map(({ attributes = {} }) => attributes),
  });
  const labelled = holdout.images.some(({ label }) => label !== '');
  return { real: of(real), synthetic: of(synthetic), test: labelled ? of(holdout) : null };
}
