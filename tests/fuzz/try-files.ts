import type { DecodedImage } from '../../src/image/decoded-image';
import { readImage, type ReadImageOptions } from '../../src/image/read-image';
import { defaultWindow, toRgba, windowPresets } from '../../src/image/window-level';
import { sideloadModels } from '../../src/models/download/sideload';
import { memoryWeightStore } from '../../src/models/store/memory-weight-store';
import { damagedFile, type FuzzedFormat, type Original } from './damaged-files';

/** What became of many damaged files. */
export interface FuzzReport {
  format: FuzzedFormat;
  files: number;
  /** Refused by a named error. */
  refused: number;
  /** Read all the same: what was damaged did not matter, or still means something. */
  accepted: number;
  slowestMs: number;
  /** One line for each file that was neither; the number makes it again. */
  failures: string[];
}

/** How long one file may take. */
const LIMIT_MS = 1000;
const NAMES = ['ImageUnreadable', 'PackageRefused', 'ManifestInvalid', 'ModelCorrupt'];

/** Damages `originals` in `count` ways from `first` on and tries to read each. */
export async function tryDamaged(
  format: FuzzedFormat,
  originals: readonly Original[],
  { first = 0, count }: { first?: number; count: number },
  options: ReadImageOptions = {},
): Promise<FuzzReport> {
  const report = { format, files: count, refused: 0, accepted: 0, slowestMs: 0 };
  const failures: string[] = [];
  for (let number = first; number < first + count; number++) {
    const bytes = await damagedFile(format, originals, number);
    const attempt = () => tryOne(format, bytes, options);
    let outcome = await attempt();
    // A machine with other work pauses now and then: only what is slow every time is slow.
    for (let more = 0; more < 3 && outcome.ms > LIMIT_MS * 0.75; more++) {
      const again = await attempt();
      if (again.ms < outcome.ms) outcome = again;
    }
    report.slowestMs = Math.max(report.slowestMs, outcome.ms);
    if (outcome.ms > LIMIT_MS) failures.push(`${number}: ${Math.round(outcome.ms)} ms`);
    if (outcome.wrong) failures.push(`${number}: ${outcome.wrong}`);
    else report[outcome.refused ? 'refused' : 'accepted']++;
  }
  return { ...report, failures };
}

interface Outcome {
  ms: number;
  refused: boolean;
  wrong: string | null;
}

async function tryOne(
  format: FuzzedFormat,
  bytes: Uint8Array<ArrayBuffer>,
  options: ReadImageOptions,
): Promise<Outcome> {
  const start = performance.now();
  try {
    const wrong = format === 'ZIP' ? await tryPackage(bytes) : await tryImage(bytes, options);
    return { ms: performance.now() - start, refused: false, wrong };
  } catch (error) {
    const { name, message } = error as Error;
    const known = NAMES.includes(name) && message.length > 20;
    const wrong = known ? null : `${name}: ${message}`;
    return { ms: performance.now() - start, refused: true, wrong };
  }
}

/** All that the page does with a dropped image, until its picture is there; says what is impossible about the result. */
async function tryImage(
  bytes: Uint8Array<ArrayBuffer>,
  options: ReadImageOptions,
): Promise<string | null> {
  const image = await readImage(new Blob([bytes]), options);
  const wrong = impossible(image);
  if (wrong) return wrong;
  windowPresets(image);
  const shown = toRgba(image, { window: defaultWindow(image), invert: false });
  return shown.length === image.width * image.height * 4 ? null : 'the picture has another size';
}

function impossible({ width, height, channels, samples, ...image }: DecodedImage): string | null {
  if (samples.length !== width * height * channels) return `${samples.length} samples`;
  const { slope, intercept } = image.rescale;
  if (!Number.isFinite(slope) || slope === 0 || !Number.isFinite(intercept)) return 'rescale';
  const { spacing, windows } = image;
  if (spacing && !(spacing.x > 0 && spacing.y > 0 && Number.isFinite(spacing.x + spacing.y))) {
    return `spacing ${spacing.x} × ${spacing.y}`;
  }
  const odd = windows.find(
    ({ centre, width }) => !Number.isFinite(centre) || !(width > 0 && Number.isFinite(width)),
  );
  return odd ? `window ${odd.centre}, ${odd.width}` : null;
}

/** A model package from a stick: whole in the store, or nothing of it there. */
async function tryPackage(bytes: Uint8Array<ArrayBuffer>): Promise<string | null> {
  const store = memoryWeightStore();
  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  const file = new File([bytes], 'package.zip');
  try {
    await sideloadModels([{ path: file.name, file }], [], store, options);
  } catch (error) {
    const left = [...(await store.shardKeys()), ...(await store.installed())];
    if (left.length > 0) return `refused, but ${left.length} records are left`;
    throw error;
  }
  return (await store.installed()).length > 0 ? null : 'accepted, but nothing is installed';
}
