import { appError } from '../errors';
import { hasSource } from '../image/provenance';
import type { Mask } from '../image/mask';
import { CocoFile } from './coco';
import { codebookLines } from './codebook';
import { croissantMetadata } from './croissant';
import { dataCard } from './data-card';
import type {
  DatasetDescription,
  DatasetFile,
  DatasetItem,
  ImageRecord,
  InstanceMask,
} from './dataset-item';
import { encodeImage, encodeMaskAs, endingsOf } from './encode-image';
import type { ImageFileFormat } from './formats/format';
import { dicomOrigin, isGreyModality } from './formats/modality';
import { csvHeader, csvRow, jsonRow, labelColumns } from './labels';
import { checkLayout, layoutOf } from './layouts/layout-of';
import type { LaidOut, LayoutName, Places } from './layouts/layout';
import { volumeFiles, volumePicture, VolumeTable } from './volume-table';
import { assignSplits, type SplitShares } from './splits';

/** Folder of the images that contain parts of a source image, or may; below that of all others. */
export const WITH_SOURCES = 'with-source-parts';

/** Folder of the images that are suspected of being copies, below that of all others. */
export const SUSPECTS = 'suspected-copies';

/** Folder of what differs between the two images of a pair, in every layout and always as PNG. */
const DIFFERENCES = 'differences';

/** In a layout for other programs both lie here, where those do not look. */
export const SET_ASIDE = 'set-aside';

export interface ExportDatasetOptions {
  format: ImageFileFormat;
  /** Absent: plain. */
  layout?: LayoutName;
  shares: SplitShares;
  /** Of the splits. */
  seed: number;
  signal?: AbortSignal;
}

/**
 * The files of a data set, one after the other, so that never more than one image is in memory: images and masks, then
 * labels, COCO, codebook, Croissant, what the layout adds, the scorecard and data card, and last the hash of every one of
 * them. Suspected copies lie in a folder of their own. Throws `RequestInvalid`, before any image is read, for a layout that
 * cannot be had.
 */
export async function* datasetFiles(
  items: readonly DatasetItem[],
  description: DatasetDescription,
  { format, layout: layoutName = 'plain', shares, seed, signal }: ExportDatasetOptions,
): AsyncGenerator<DatasetFile> {
  checkIds(items);
  const records = items.map(({ record }) => record);
  checkLayout(layoutName, format, { records, volumes: description.volumes });
  const layout = layoutOf(layoutName);
  const run = layout.begin(records);
  const splits = assignSplits(records, shares, seed);
  const { suspects: named, scorecard } = description.copyCheck ?? {};
  const suspects = new Set(named);
  const grey = records.every(isGreyModality);
  const keepColour = layout.sameChannels === true && !grey;
  const endings =
    description.volumes && layoutName !== 'plain' ? VOLUME_ENDINGS : endingsOf(format);
  const sums: string[] = [];
  const rows: LaidOut[] = [];
  let leftOut = description.leftOut ?? 0;
  const coco = new CocoFile();
  const volumes = new VolumeTable();
  const hashed = async (file: DatasetFile) => {
    sums.push(`${await sha256(file.blob)}  ${file.path}\n`);
    return file;
  };

  for (const [i, { record: planned, load }] of items.entries()) {
    signal?.throwIfAborted();
    const loaded = await load();
    if (!loaded) {
      leftOut++;
      continue;
    }
    const { png, mask, volume, difference, made } = loaded;
    const record = { ...planned, ...made };
    const aside = folderAside(record, suspects);
    const own = run.place({ record, split: splits[i], endings });
    const places = aside ? besides(record.id, endings, aside, layoutName) : own;
    const row: LaidOut = { record, split: splits[i], file: places.image, mask: '', classes: '' };
    if (volume && layoutName !== 'plain') {
      yield await hashed({ path: places.image, blob: volume.image });
      if (places.classes) {
        row.classes = places.classes;
        yield await hashed({ path: places.classes, blob: volume.labels });
      }
      volumes.add(record, places.image, { image: places.image, labels: row.classes }, volume);
    } else if (volume) {
      const { blob, ending } = volumePicture(png, volume, format);
      row.file = row.file.replace(/(\.nii)?\.[^.]+$/, `.${ending}`);
      yield await hashed({ path: row.file, blob });
      const origin = () => dicomOrigin(record, description, i);
      const written = await volumeFiles(volume, format, record, origin);
      for (const one of written.files) yield await hashed(one);
      volumes.add(record, row.file, written, volume);
    } else {
      const { blob } = await encodeImage(png, record, description, i, format, keepColour);
      yield await hashed({ path: row.file, blob });
    }
    if (mask) {
      const encode = (one: Mask) => encodeMaskAs(one, record, description, i, format);
      row.mask = places.mask;
      coco.add(mask, i + 1, row.file);
      yield await hashed({ path: row.mask, blob: await encode(mask) });
      if (places.classes) {
        row.classes = places.classes;
        yield await hashed({ path: row.classes, blob: await encode(classMap(mask)) });
      }
    }
    if (difference) {
      row.difference = `${DIFFERENCES}/${record.id}.png`;
      yield await hashed({ path: row.difference, blob: difference });
    }
    rows.push(row);
  }

  signal?.throwIfAborted();
  const columns = labelColumns(description, rows);
  const csv = textFile('labels.csv', [
    csvHeader(columns),
    ...rows.map((row) => csvRow(columns, row)),
  ]);
  yield await hashed(csv);
  const labels = { path: csv.path, bytes: csv.blob.size, sha256: sums.at(-1)!.slice(0, 64) };
  yield await hashed(
    textFile(
      'labels.jsonl',
      rows.map((row) => jsonRow(columns, row)),
    ),
  );
  yield await hashed(textFile('codebook.csv', codebookLines(columns, description)));
  if (!volumes.isEmpty) yield await hashed(textFile('volumes.csv', volumes.lines()));
  if (!coco.isEmpty) {
    const { title, maskClasses } = description;
    const runs = coco.toBlob('rle', title, maskClasses);
    yield await hashed({ path: 'annotations/coco.json', blob: runs });
    const outlines = coco.toBlob('polygons', title, maskClasses);
    yield await hashed({ path: 'annotations/coco-polygons.json', blob: outlines });
  }
  const counted = rows.filter(({ file }) => !file.startsWith(`${SET_ASIDE}/`));
  const facts = { description, columns, ending: `.${endings.image}`, grey };
  for (const [path, text] of Object.entries(run.index(counted, facts))) {
    yield await hashed(textFile(path, [text]));
  }
  const croissant = croissantMetadata(description, columns, labels);
  yield await hashed(textFile('croissant.json', [`${JSON.stringify(croissant, null, 1)}\n`]));
  if (scorecard) {
    yield await hashed(textFile('scorecard.json', [`${JSON.stringify(scorecard, null, 1)}\n`]));
  }
  const card = dataCard({ ...description, leftOut }, rows, layoutName);
  yield await hashed(textFile('README.md', [`${card}\n`]));
  yield textFile('SHA256SUMS', sums);
}

type Endings = { image: string; mask: string };
const VOLUME_ENDINGS: Endings = { image: 'nii.gz', mask: 'nii.gz' };

/** The folder of an image that must not lie among the others; empty: it may. */
function folderAside({ id, provenance }: ImageRecord, suspects: ReadonlySet<string>): string {
  if (suspects.has(id)) return SUSPECTS;
  return hasSource(provenance) ? WITH_SOURCES : '';
}

/** Programs read whole folders, so what is set aside lies in none of theirs, and has no map of classes. */
function besides(id: string, endings: Endings, folder: string, layout: LayoutName): Places {
  const [image, mask] = [`${folder}/${id}.${endings.image}`, `masks/${id}.${endings.mask}`];
  if (layout === 'plain') return { image: `images/${image}`, mask };
  return { image: `${SET_ASIDE}/${image}`, mask: `${SET_ASIDE}/${mask}` };
}

/** [height · width]: the class of each pixel in place of its instance. */
function classMap({ width, height, values, classOf }: InstanceMask): Mask {
  return { width, height, values: values.map((id) => (id === 0 ? 0 : (classOf[id] ?? 1))) };
}

/** Ids become file names, in whatever system the ZIP is opened. */
function checkIds(items: readonly DatasetItem[]) {
  const seen = new Set<string>();
  for (const { record } of items) {
    const name = record.id.toLowerCase();
    if (!/^[a-z0-9_-][a-z0-9._-]{0,119}$/.test(name) || seen.has(name)) {
      throw appError(
        'RequestInvalid',
        `The data set cannot be exported: "${record.id}" is no file name, or is there twice (expected letters, digits, dots, ` +
          'dashes and underscores, once each). Rename the image.',
      );
    }
    seen.add(name);
  }
}

/** Lower-case hex. */
export async function sha256(blob: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function textFile(path: string, parts: string[]): DatasetFile {
  return { path, blob: new Blob(parts, { type: 'text/plain' }) };
}
