import { appError } from '../errors';
import { encodeSamples } from '../image/png';
import { hasSource } from '../image/provenance';
import { CocoFile } from './coco';
import { croissantMetadata } from './croissant';
import { dataCard } from './data-card';
import type {
  DatasetDescription,
  DatasetFile,
  DatasetItem,
  ImageRecord,
  InstanceMask,
} from './dataset-item';
import { encodeImage } from './encode-image';
import type { ImageFileFormat } from './formats/format';
import { dicomOrigin } from './formats/modality';
import { csvHeader, csvRow, jsonRow, labelColumns, type LabelRow } from './labels';
import { volumeFiles, volumePicture, VolumeTable } from './volume-table';
import { assignSplits, type SplitShares } from './splits';

/** Folder of the images that contain parts of a source image, or may; below that of all others. */
export const WITH_SOURCES = 'with-source-parts';

/** Folder of the images that are suspected of being copies, below that of all others. */
export const SUSPECTS = 'suspected-copies';

export interface ExportDatasetOptions {
  format: ImageFileFormat;
  shares: SplitShares;
  /** Of the splits. */
  seed: number;
  signal?: AbortSignal;
}

/**
 * The files of a data set, one after the other, so that never more than one image is in memory: images and masks, then
 * labels, COCO, Croissant, the scorecard and data card, and last the hash of every one of them. Suspected copies lie in a
 * folder of their own.
 */
export async function* datasetFiles(
  items: readonly DatasetItem[],
  description: DatasetDescription,
  { format, shares, seed, signal }: ExportDatasetOptions,
): AsyncGenerator<DatasetFile> {
  checkIds(items);
  const splits = assignSplits(
    items.map(({ record }) => record),
    shares,
    seed,
  );
  const { suspects: named, scorecard } = description.copyCheck ?? {};
  const suspects = new Set(named);
  const sums: string[] = [];
  const rows: LabelRow[] = [];
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
    const { png, mask, volume, made } = loaded;
    const record = { ...planned, ...made };
    const { blob, ending } = volume
      ? volumePicture(png, volume, format)
      : await encodeImage(png, record, description, i, format);
    const folder = folderOf(record, suspects);
    const file = `${folder}/${record.id}.${ending}`;
    yield await hashed({ path: file, blob });
    if (volume) {
      const origin = () => dicomOrigin(record, description, i);
      const written = await volumeFiles(volume, format, record, origin);
      for (const one of written.files) yield await hashed(one);
      volumes.add(record, file, written, volume);
    }
    const row: LabelRow = { record, split: splits[i], file, mask: '' };
    if (mask) {
      row.mask = `masks/${record.id}.png`;
      coco.add(mask, i + 1, file);
      yield await hashed({ path: row.mask, blob: encodeMask(mask) });
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
  if (!volumes.isEmpty) yield await hashed(textFile('volumes.csv', volumes.lines()));
  if (!coco.isEmpty) {
    const { title, maskClasses } = description;
    const runs = coco.toBlob('rle', title, maskClasses);
    yield await hashed({ path: 'annotations/coco.json', blob: runs });
    const outlines = coco.toBlob('polygons', title, maskClasses);
    yield await hashed({ path: 'annotations/coco-polygons.json', blob: outlines });
  }
  const croissant = croissantMetadata(description, columns, labels);
  yield await hashed(textFile('croissant.json', [`${JSON.stringify(croissant, null, 1)}\n`]));
  if (scorecard) {
    yield await hashed(textFile('scorecard.json', [`${JSON.stringify(scorecard, null, 1)}\n`]));
  }
  yield await hashed(textFile('README.md', [`${dataCard({ ...description, leftOut }, rows)}\n`]));
  yield textFile('SHA256SUMS', sums);
}

function folderOf({ id, provenance }: ImageRecord, suspects: ReadonlySet<string>): string {
  if (suspects.has(id)) return `images/${SUSPECTS}`;
  return hasSource(provenance) ? `images/${WITH_SOURCES}` : 'images';
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

/** Instance ids as a grey PNG: 8 bit where they fit, else 16. */
export function encodeMask({ width, height, values }: InstanceMask): Blob {
  const most = values.reduce((max, id) => Math.max(max, id), 0);
  const samples = most < 256 ? Uint8Array.from(values) : values;
  return encodeSamples(
    { width, height, samples },
    { Description: 'Instance mask of a synthetic image' },
  );
}

/** Lower-case hex. */
export async function sha256(blob: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function textFile(path: string, parts: string[]): DatasetFile {
  return { path, blob: new Blob(parts, { type: 'text/plain' }) };
}
