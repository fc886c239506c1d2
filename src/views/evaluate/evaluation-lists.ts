import type { DroppedFile } from '../../contract/download';
import type { Provenance } from '../../contract/provenance';
import { labelTableOf } from '../../dataset/csv-labels';
import type { CopyCheck } from '../../dataset/dataset-item';
import { figure, heldOutWords, percent } from '../../evaluation/report/evaluation-words';
import { scorecardOf } from '../../evaluation/report/scorecard';
import { checkLabels, listImages } from '../../evaluation/list-images';
import type {
  CopyReport,
  EvaluationImage,
  EvaluationReport,
  ReadableSet,
  SetName,
} from '../../evaluation/report/report';
import type { Compared } from '../../evaluation/report/kept-evaluations';
import type { Pictures } from '../../evaluation/report/report-html';
import { pairPictures } from '../../pictures/evaluation-pictures';

/** What one of the three sets is made of. */
export type Chosen =
  | { kind: 'stored'; id: string; title: string }
  | { kind: 'folder'; title: string; files: DroppedFile[] };

export function nothingChosen(): Record<ReadableSet, Chosen | null> {
  return { real: null, synthetic: null, holdout: null, members: null };
}

/** What is kept of the choice: titles, and which data sets they were. */
export function comparedOf(chosen: Record<SetName, Chosen | null>): Compared {
  const titles = { synthetic: '', real: '', holdout: '' };
  const setIds: Compared['setIds'] = {};
  for (const set of ['synthetic', 'real', 'holdout'] as const) {
    const one = chosen[set];
    titles[set] = one?.title ?? '';
    if (one?.kind === 'stored') setIds[set] = one.id;
  }
  return { ...titles, setIds };
}

/** Images of one set, each with its file, and its mask where it has one. */
export type Listed = {
  image: EvaluationImage;
  read: () => Promise<Blob>;
  readMask?: () => Promise<Blob>;
  /** Known where the image was made here; absent: only what the file says of itself. */
  provenance?: Provenance;
}[];

/** The images of a folder; labels from the CSV given or the one in it, else from sub-folders. */
export async function listFolder(
  set: ReadableSet,
  folder: readonly DroppedFile[],
  given: string | undefined,
): Promise<Listed> {
  const inside = given === undefined ? await labelTableOf(folder) : undefined;
  const csv = given ?? (await inside?.file.text()) ?? null;
  const files = new Map(folder.map(({ path, file }) => [withoutRoot(path), file]));
  const images = listImages([...files.keys()], csv);
  if (set === 'real') checkLabels(images, csv);
  return images.map((image) => ({
    image,
    read: async () => files.get(image.name)!,
    readMask: async () => files.get(image.mask!)!,
  }));
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

/** What the data set's export says of the copy check, and of the whole comparison. */
export function toCopyCheck(report: EvaluationReport, copies: CopyReport): CopyCheck {
  const { count, numSynthetic, numReal, threshold, holdoutRate, suspects, limit } = copies;
  const method =
    `Each was compared with ${numReal} real images chosen by the user, also mirrored and cropped; a copy is nearer than ` +
    `${figure(threshold)}, as ${percent(holdoutRate)} of ${heldOutWords(copies)} are.`;
  const scorecard = scorecardOf(report);
  return { copies: count, checked: numSynthetic, method, suspects, limit, scorecard };
}

/** "scans/normal/1.png" → "normal/1.png". */
function withoutRoot(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}
