import type { GenerationRequest } from '../contract/request';
import { appError } from '../errors';
import type { ModelEntry, VolumeFacts } from '../models/manifest/manifest';
import { canEncode } from '../models/manifest/model-files';
import { startStep } from './schedulers/index';

/** The widest feather, in pixels: past that, small regions would hardly change. */
export const MAX_FEATHER_PX = 64;

/** Throws `RequestInvalid` for a source image, region or mask that this model cannot use. */
export function checkImageConditions(request: GenerationRequest, entry: ModelEntry) {
  if (request.init) checkInit(request, entry);
  if (request.inpaint) checkRegion(request, entry);
  if (request.mask) checkMask(request.mask, entry);
}

function checkInit({ init, numInferenceSteps, mask }: GenerationRequest, entry: ModelEntry) {
  const { rgb, voxels, strength } = init!;
  if (!entry.conditions.initImage || !canEncode(entry)) {
    throw invalid(
      `${entry.title} cannot start from an image (expected none, for it has no image encoder).`,
      'Remove the image, or choose another model.',
    );
  }
  if (!(Number.isFinite(strength) && strength >= 0 && strength <= 1)) {
    throw invalid(
      `The strength is out of range (expected 0 to 1, got ${strength}).`,
      'Enter a number in this range.',
    );
  }
  if (strength > 0) startStep(strength, numInferenceSteps);
  if (entry.volume) checkVolume(voxels, entry.volume, entry.title, mask !== undefined);
  else checkLength('image to start from', rgb, 3, entry);
}

/** A volume to start from brings its own parts along, which a label map would contradict. */
function checkVolume(
  voxels: Uint8Array | undefined,
  { size }: VolumeFacts,
  title: string,
  withLabels: boolean,
) {
  if (withLabels) {
    throw invalid(
      `There are a volume and a label map to start from (expected one of them, for ${title} draws the other).`,
      'Remove one of them.',
    );
  }
  if (!voxels) throw notKept('volume to start from', 'voxels');
  checkVoxels('volume to start from', voxels, size, title);
}

function checkVoxels(
  what: string,
  voxels: ArrayLike<number>,
  size: VolumeFacts['size'],
  title: string,
) {
  const expected = size[0] * size[1] * size[2];
  if (voxels.length === expected) return;
  throw invalid(
    `The ${what} has the wrong size for ${title} (expected ${size.join(' × ')} voxels, ${expected} numbers, got ${voxels.length}).`,
    'Resample it to that size.',
  );
}

function checkRegion({ init, inpaint }: GenerationRequest, entry: ModelEntry) {
  const { region, featherPx } = inpaint!;
  if (entry.volume) {
    throw invalid(
      `${entry.title} paints no part of a volume anew (expected no region).`,
      'Remove the region.',
    );
  }
  if (!init) {
    throw invalid(
      'There is a region to paint anew and no image that it belongs to (expected an image to start from).',
      'Choose an image, or remove the region.',
    );
  }
  if (!(Number.isFinite(featherPx) && featherPx >= 0 && featherPx <= MAX_FEATHER_PX)) {
    throw invalid(
      `The feather is out of range (expected 0 to ${MAX_FEATHER_PX} pixels, got ${featherPx}).`,
      'Enter a number in this range.',
    );
  }
  checkLength('region to paint anew', region, 1, entry);
  if (region!.every((value) => value === 0)) {
    throw invalid(
      'The region to paint anew is empty (expected at least one pixel that may change).',
      'Paint over what should change, or remove the region.',
    );
  }
}

function checkMask({ labels }: { labels?: Uint16Array }, entry: ModelEntry) {
  if (!entry.conditions.mask) {
    throw invalid(
      `${entry.title} takes no mask (expected none).`,
      'Remove the mask, or choose another model.',
    );
  }
  if (entry.volume) return checkLabelMap(labels, entry.volume, entry.title);
  checkLength('mask', labels, 1, entry);
}

/** A label map of a volume: [x][y][z], each voxel 0, 1 or 2, and both parts in it. */
function checkLabelMap(
  labels: Uint16Array | undefined,
  { size, labels: names }: VolumeFacts,
  title: string,
) {
  if (!labels) throw notKept('label map', 'voxels');
  checkVoxels('label map', labels, size, title);
  const wrong = labels.find((label) => label >= names.length);
  const missing = names.findIndex((_, label) => !labels.includes(label));
  if (wrong === undefined && missing < 0) return;
  const named = names.map((name, label) => `${label} (${name})`).join(', ');
  throw invalid(
    `The label map holds ${wrong === undefined ? `no ${missing}` : `the value ${wrong}`} (expected ${named}, all of them).`,
    'Give it these numbers.',
  );
}

/** Of a saved request only the hash is left: there is nothing to make an image from. */
function checkLength(
  what: string,
  plane: ArrayLike<number> | undefined,
  channels: number,
  { image, title }: ModelEntry,
) {
  if (!plane) throw notKept(what, 'pixels');
  const expected = image.width * image.height * channels;
  if (plane.length === expected) return;
  throw invalid(
    `The ${what} has the wrong size for ${title} (expected ${image.width} × ${image.height} pixels, ` +
      `${expected} numbers, got ${plane.length}).`,
    'Scale it to that size.',
  );
}

function notKept(what: string, expected: string) {
  return invalid(
    `The ${what} is not kept with the request (expected its ${expected}, got its hash).`,
    'Choose or draw it again.',
  );
}

function invalid(what: string, remedy: string) {
  return appError('RequestInvalid', `${what} ${remedy}`);
}
