import type { ModelEntry, ModelManifest, Shard } from '../../../models/manifest/manifest';
import type { FeatureNetwork, Learner } from '../../../models/manifest/networks';
import { modelFiles, unetOf } from '../../../models/manifest/model-files';
import { texts } from '../texts';

/** A built file that is kept once it was fetched. */
export interface OfflineFile {
  /** Below the app's own folder. */
  path: string;
  bytes: number;
}

export type PartId = 'views' | 'help' | 'codecs' | 'volumes' | 'evaluation' | 'finetune';

/** Something of the app that can be fetched ahead, so that it is there without a server. */
export interface OfflinePart {
  id: PartId;
  title: () => string;
  /** What does not work offline without it, as the end of "Without it …". */
  without: () => string;
  bytes: number;
  /** Unless the user says otherwise. */
  wanted: boolean;
  files: OfflineFile[];
  networks: (FeatureNetwork | Learner)[];
  /** A further model whose UNet is another one. */
  model: ModelEntry | null;
}

const PARTS = {
  views: {
    title: () => texts.viewsAndWorkers,
    without: () => texts.onlyStudioItselfWorks,
  },
  help: { title: () => texts.helpPages, without: () => texts.helpCannotBeRead },
  codecs: {
    title: () => texts.codecsOfCompressedDicom,
    without: () => texts.jpegJpegLsJpeg,
  },
  volumes: { title: () => texts.volumesInThreePlanes, without: () => texts.volumesShownSlice },
  evaluation: {
    title: () => texts.networksOfEvaluation,
    without: () => texts.imagesCannotCompared,
  },
  finetune: {
    title: () => texts.secondModelWithTraining,
    without: () => texts.thereNoFineTuning,
  },
} satisfies Record<PartId, { title: () => string; without: () => string }>;

/** Of the part `finetune`, where the studio's own model is the one to train. */
const OWN_GRAPHS = {
  title: () => texts.trainingGraphsOfModel,
  without: () => texts.thereIsNoFineTuning,
};

const VOLUMES = /\/(niivue|VolumeViewer|volume-renderer|zstd|blosc|lz4)-/;
/** What only the page of models on other hosts needs, and languages: one is kept from when it is chosen. */
const NOT_AHEAD = /\b(remote|language)-/;
/** Pages of docs/ and their pictures. */
const HELP = /\/help-|\.webp$/;
const CODECS = /\/(charls|openjpeg|openjph|libjpeg|lossless|jpeg|codec|dicom-codecs)/;

/**
 * What can be fetched ahead, by part. Never the other build of ONNX Runtime than `build`, nor what only the page of models on
 * other hosts needs; a second model only if asked for.
 */
export function offlineParts(
  files: readonly OfflineFile[],
  { models, evaluation }: ModelManifest,
  own: ModelEntry,
  build: 'jspi' | 'asyncify',
): OfflinePart[] {
  const others = build === 'jspi' ? /\b(asyncify|ort\.webgpu)/ : /\bjspi/;
  const useful = files.filter(({ path }) => !others.test(path) && !NOT_AHEAD.test(path));
  const of = (id: PartId) => useful.filter(({ path }) => partOf(path) === id);
  const networks = [...(evaluation?.networks ?? []), ...(evaluation?.learners ?? [])];
  const isTunable = (one: ModelEntry) => unetOf(one)?.trainingGraph !== undefined;
  // The studio's own model lacks its further graphs only, and they are small.
  const tunable = isTunable(own) ? own : models.find(isTunable);
  const part = (id: PartId, more: Partial<OfflinePart>): OfflinePart => ({
    id,
    ...PARTS[id],
    wanted: true,
    files: [],
    networks: [],
    model: null,
    bytes: 0,
    ...more,
  });
  const all = [
    ...(['views', 'help', 'codecs', 'volumes'] as const).map((id) =>
      part(id, { files: of(id), bytes: sum(of(id)) }),
    ),
    part('evaluation', { networks, bytes: sum(networks.flatMap(filesOf)) }),
    ...(tunable
      ? [
          part('finetune', {
            ...(tunable === own ? OWN_GRAPHS : { wanted: false }),
            model: tunable,
            bytes: bytesBeside(tunable, own),
          }),
        ]
      : []),
  ];
  return all.filter(({ bytes }) => bytes > 0);
}

/** "ready to work offline", as the footer says it. */
export function offlineWords(
  parts: readonly { state: 'waiting' | 'fetching' | 'stored' | 'left out' | 'failed' }[],
): string {
  const count = (state: string) => parts.filter((part) => part.state === state).length;
  if (count('failed') > 0) return texts.notReadyToWork;
  if (count('waiting') + count('fetching') > 0) return texts.gettingReadyToWork;
  if (count('stored') === 0) return texts.offlineStudioOnly;
  return count('left out') > 0 ? texts.readyInPart : texts.ready;
}

function partOf(path: string): PartId {
  if (VOLUMES.test(path)) return 'volumes';
  if (HELP.test(path)) return 'help';
  return CODECS.test(path) ? 'codecs' : 'views';
}

function filesOf(network: FeatureNetwork | Learner) {
  return 'graph' in network ? [network.graph] : [network.step, network.answer];
}

/** What of a model's files, training graphs included, is not stored with the other one. */
function bytesBeside(model: ModelEntry, own: ModelEntry): number {
  const { loraGraph, trainingGraph } = unetOf(model) ?? {};
  const known = new Set(modelFiles(own).flatMap(shardsOf).map(hashOf));
  const all = [...modelFiles(model), loraGraph, trainingGraph].flatMap((file) => file ?? []);
  const missing = all.flatMap(shardsOf).filter((shard) => !known.has(hashOf(shard)));
  return sum(missing);
}

function shardsOf({ shards }: { shards: Shard[] }): Shard[] {
  return shards;
}

function hashOf({ sha256, path }: Shard): string {
  return sha256 ?? path;
}

function sum(all: readonly { bytes: number }[]): number {
  return all.reduce((total, { bytes }) => total + bytes, 0);
}
