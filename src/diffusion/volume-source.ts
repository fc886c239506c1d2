import type { GenerationRequest } from '../contract/request';
import type { DiffusionEntry } from '../models/manifest/manifest';
import { initialLatents, type KnownLatents } from './latents';
import { startStep } from './schedulers/index';

/** A third of a volume's channels is its image; the other two are the fields of its label map. */
const PARTS = 3;

/** Voxels [x][y][z] → what the encoder takes: [3, x, y, z], the image in −1…1 and nothing for the fields. */
export function toEncoderVolume(voxels: Uint8Array): Float32Array<ArrayBuffer> {
  const input = new Float32Array(PARTS * voxels.length);
  for (const [i, grey] of voxels.entries()) input[i] = grey / 127.5 - 1;
  return input;
}

/**
 * What a volume holds on to while its image is known and its label map is not: the image's channels, noised as in each step, while
 * the fields come out of noise beside them. RePaint, Lugmayr et al. 2022, https://arxiv.org/abs/2201.09865, eq. 8a, with
 * channels in place of pixels.
 */
export function knownImage(
  entry: DiffusionEntry,
  request: Pick<GenerationRequest, 'seed' | 'imageIndex'>,
  encoded: Float32Array,
): KnownLatents {
  const changes = new Float32Array(encoded.length).fill(1);
  changes.fill(0, 0, encoded.length / PARTS);
  return { encoded, noise: initialLatents(entry, request, 1), changes };
}

/** The step from which on the image may change too; all steps run, for the label map needs them. Strength 0: none of them. */
export function firstFreeStep({ init, numInferenceSteps }: GenerationRequest): number {
  const { strength } = init!;
  return strength === 0 ? Infinity : startStep(strength, numInferenceSteps);
}
