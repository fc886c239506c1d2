import { runEvaluation } from './evaluation-client';
import { checkLabels, listImages } from './evaluation/list-images';
import type { EvaluationProgress, EvaluationReport, SetName } from './evaluation/report';
import { reportHtml } from './evaluation/report-html';
import { appError } from './errors';
import type { Learner } from './models/manifest';
import { loadManifest } from './models/load-manifest';
import { pairPictures } from './state/evaluation-pictures';

/** What `npm run evaluate` asks: files by set, each below `images/SET/` on the server, and a CSV's text. */
export interface CliEvaluation {
  files: Record<SetName, string[]>;
  csv: string | null;
  usefulness: boolean;
  copies: boolean;
  seed: number;
  /** Masks are used: a small U-Net is trained for so many steps; null: they are not. */
  segmentationSteps: number | null;
  /** The same for a small classifier beside the linear head. */
  classifierSteps: number | null;
}

/** The report, and the same as a page. */
export interface CliEvaluationResult {
  report: EvaluationReport;
  html: string;
}

/** Compares folders of images that the server offers; nothing is kept. */
export async function evaluateFolders(
  { files, csv, usefulness, copies, seed, segmentationSteps, classifierSteps }: CliEvaluation,
  onProgress: (progress: EvaluationProgress) => void,
): Promise<CliEvaluationResult> {
  const manifest = await loadManifest(new URL('model-manifest.json', document.baseURI).href);
  const networks = manifest.evaluation?.networks.map(({ id }) => id) ?? [];
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
  const list = (set: SetName) => listImages(files[set], csv);
  const sets = { real: list('real'), synthetic: list('synthetic'), holdout: list('holdout') };
  checkLabels(sets.real, csv);
  const blobOf = async (set: SetName, name: string) => {
    const path = name.split('/').map(encodeURIComponent).join('/');
    const response = await fetch(new URL(`images/${set}/${path}`, document.baseURI));
    if (!response.ok) throw new Error(`The file could not be read (${response.status}).`);
    return response.blob();
  };
  const stepsOf = (steps: number | null) => (steps === null ? undefined : { steps });
  const parts = {
    ...{ copies, usefulness },
    ...{ segmentation: stepsOf(segmentationSteps), classifier: stepsOf(classifierSteps) },
  };
  const request = { ...sets, networks, parts, seed };
  const readMask = (set: SetName, index: number) => blobOf(set, sets[set][index].mask!);
  const report = await runEvaluation(request, {
    signal: new AbortController().signal,
    onProgress,
    read: async (set, index) => ({ blob: await blobOf(set, sets[set][index].name), known: null }),
    keep: async () => undefined,
    ...{ readMask, learnerIds },
  });
  const pictures = await pairPictures(report, blobOf);
  return { report, html: reportHtml(report, pictures) };
}
