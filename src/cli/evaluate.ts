import { runEvaluation } from '../bridge/evaluation-client';
import { checkComposites } from '../evaluation/check-composites';
import { checkLabels, listImages } from '../evaluation/list-images';
import type {
  EvaluationParts,
  EvaluationProgress,
  EvaluationReport,
  ReadableSet,
  SetName,
} from '../evaluation/report/report';
import { reportHtml } from '../evaluation/report/report-html';
import { appError } from '../errors';
import type { ModelManifest } from '../models/manifest/manifest';
import type { Learner } from '../models/manifest/networks';
import { findModel } from '../models/manifest/located-model';
import { loadManifest } from '../models/manifest/load-manifest';
import { pairPictures } from '../pictures/evaluation-pictures';

/** What `npm run evaluate` asks: files by set, each below `images/SET/` on the server, and a CSV's text. */
export interface CliEvaluation {
  files: Record<ReadableSet, string[]>;
  csv: string | null;
  usefulness: boolean;
  copies: boolean;
  seed: number;
  /** So many synthetic images may say that they contain parts of a source image. */
  acceptComposites?: number;
  /** Masks are used: a small U-Net is trained for so many steps; null: they are not. */
  segmentationSteps: number | null;
  /** The same for a small classifier beside the linear head. */
  classifierSteps: number | null;
  /** The model that is tried on `members` and held-out images; null: none. */
  membership: { modelId: string | null; most: number; loraBase64: string | null } | null;
  /** Files of a feature network of the user's, each below `network/` on the server; it heads the report. Absent: none. */
  network?: { title: string; files: string[] } | null;
}

/** The report, and the same as a page. */
export interface CliEvaluationResult {
  report: EvaluationReport;
  html: string;
}

/** Compares folders of images that the server offers; nothing is kept. */
export async function evaluateFolders(
  asked: CliEvaluation,
  onProgress: (progress: EvaluationProgress) => void,
): Promise<CliEvaluationResult> {
  const { files, csv, usefulness, copies, seed, segmentationSteps, classifierSteps } = asked;
  const manifest = await loadManifest(new URL('model-manifest.json', document.baseURI).href);
  const shipped = manifest.evaluation?.networks.map(({ id }) => id) ?? [];
  const own = asked.network ? await readOwnNetwork(asked.network) : null;
  const networks = own ? [own.id, ...shipped] : shipped;
  if (networks.length === 0) {
    throw appError('ModelUnsupported', 'The model manifest names no feature networks. Add them.');
  }
  const idOf = (role: Learner['role'], steps: number | null) => {
    const found = manifest.evaluation?.learners?.find((one) => one.role === role);
    if (steps === null || found) return steps === null ? {} : { [role]: found!.id };
    throw appError('ModelUnsupported', `The model manifest names no ${role}. Leave it out.`);
  };
  const learnerIds = {
    ...idOf('segmenter', segmentationSteps),
    ...idOf('classifier', classifierSteps),
  };
  const list = (set: ReadableSet) => listImages(files[set], csv);
  const sets = {
    real: list('real'),
    synthetic: list('synthetic'),
    holdout: list('holdout'),
    members: list('members'),
  };
  checkLabels(sets.real, csv);
  const blobOf = (set: ReadableSet, name: string) => served(`images/${set}`, name);
  await checkComposites(sets.synthetic, blobOf, asked.acceptComposites ?? 0);
  const stepsOf = (steps: number | null) => (steps === null ? undefined : { steps });
  const parts = {
    copies,
    usefulness,
    segmentation: stepsOf(segmentationSteps),
    classifier: stepsOf(classifierSteps),
  };
  const membership = asked.membership && (await membershipPart(asked.membership, manifest));
  const request = {
    ...sets,
    networks,
    ...(own && { own }),
    seed,
    parts: { ...parts, ...(membership ? { membership } : {}) },
  };
  const readMask = (set: SetName, index: number) => blobOf(set, sets[set][index].mask!);
  const report = await runEvaluation(request, {
    signal: new AbortController().signal,
    onProgress,
    read: async (set, index) => ({ blob: await blobOf(set, sets[set][index].name), known: null }),
    keep: async () => undefined,
    readMask,
    learnerIds,
  });
  const pictures = await pairPictures(report, blobOf);
  return { report, html: reportHtml(report, pictures) };
}

/** A file of a folder that the server offers. */
async function served(folder: string, name: string): Promise<Blob> {
  const path = name.split('/').map(encodeURIComponent).join('/');
  const response = await fetch(new URL(`${folder}/${path}`, document.baseURI));
  if (!response.ok) throw new Error(`The file could not be read (${response.status}).`);
  return response.blob();
}

/** As in the page's form: its folder's files, read and found fit. */
async function readOwnNetwork({ title, files }: NonNullable<CliEvaluation['network']>) {
  const { readNetworkPackage } = await import('../evaluation/own-network/read-package');
  const read = async (name: string) => {
    const file = new File([await served('network', name)], name.split('/').at(-1)!);
    return { path: `${title}/${name}`, file };
  };
  return readNetworkPackage(await Promise.all(files.map(read)));
}

/** The first model of the manifest where none is named; factors as `npm run finetune` writes them. */
async function membershipPart(
  { modelId, most, loraBase64 }: NonNullable<CliEvaluation['membership']>,
  manifest: ModelManifest,
): Promise<EvaluationParts['membership']> {
  const id = findModel(manifest, modelId ?? manifest.defaultModel).id;
  if (loraBase64 === null) return { modelId: id, most };
  const { chooseLora } = await import('./choose-lora');
  const bytes = Uint8Array.from(atob(loraBase64), (letter) => letter.charCodeAt(0));
  return { modelId: id, most, lora: await chooseLora(new Blob([bytes]), 1) };
}
