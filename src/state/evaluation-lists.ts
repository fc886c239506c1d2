import type { DroppedFile } from '../../workers/api';
import type { CopyCheck } from '../dataset/dataset-item';
import { appError } from '../errors';
import { figure, percent } from '../evaluation/evaluation-words';
import { checkLabels, listImages } from '../evaluation/list-images';
import type { CopyReport, EvaluationImage, EvaluationReport, SetName } from '../evaluation/report';
import type { Pictures } from '../evaluation/report-html';
import { loadManifest } from '../models/load-manifest';
import { pairPictures } from './evaluation-pictures';

/** Images of one set, each with its file. */
export type Listed = { image: EvaluationImage; read: () => Promise<Blob> }[];

/** Before there is a report. */
export const NO_PICTURES: Pictures = new Map();

/** The ids of the manifest's feature networks, the one of the head line first. */
export async function networkIds(): Promise<string[]> {
  const { evaluation } = await loadManifest(new URL('model-manifest.json', document.baseURI).href);
  const ids = evaluation?.networks.map(({ id }) => id) ?? [];
  if (ids.length > 0) return ids;
  throw appError(
    'ModelUnsupported',
    'The model manifest names no feature networks, so images cannot be compared. Use the manifest of this app.',
  );
}

/** The images of a folder; labels from the CSV given or the one in it, else from sub-folders. */
export async function listFolder(
  set: SetName,
  folder: readonly DroppedFile[],
  given: string | undefined,
): Promise<Listed> {
  const inside = folder.find(({ path }) => /\.csv$/i.test(path));
  const csv = given ?? (await inside?.file.text()) ?? null;
  const files = new Map(folder.map(({ path, file }) => [withoutRoot(path), file]));
  const images = listImages([...files.keys()], csv);
  if (set === 'real') checkLabels(images, csv);
  return images.map((image) => ({ image, read: async () => files.get(image.name)! }));
}

/** Small pictures of the report's nearest pairs. */
export function picturesOf(
  report: EvaluationReport,
  lists: Record<SetName, Listed>,
): Promise<Pictures> {
  const byName = new Map(
    (['real', 'synthetic'] as const).flatMap((set) =>
      lists[set].map(({ image, read }): [string, () => Promise<Blob>] => [
        `${set}/${image.name}`,
        read,
      ]),
    ),
  );
  return pairPictures(report, (set, name) => byName.get(`${set}/${name}`)!());
}

/** What a data card says of the copy check. */
export function toCopyCheck(copies: CopyReport): CopyCheck {
  const { count, numSynthetic, numReal, threshold, holdoutRate } = copies;
  const method =
    `Each was compared with ${numReal} real images chosen by the user, also mirrored and cropped; a copy is nearer than ` +
    `${figure(threshold)}, as ${percent(holdoutRate)} of real held-out images are.`;
  return { copies: count, checked: numSynthetic, method };
}

/** "scans/normal/1.png" → "normal/1.png". */
function withoutRoot(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}
