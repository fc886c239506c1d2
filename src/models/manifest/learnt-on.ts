import { appError } from '../../errors';
import { diffusionEntry } from './generator';
import type { DiffusionEntry, ModelEntry } from './manifest';
import { modelHash } from './located-model';
import { sha256Hex } from './verify';

/** Of which model's weights something was learnt on top. */
export interface LearntOn {
  modelId: string;
  version?: string;
  /** `unetHash`; absent in what was learnt before this was noted. */
  unetSha256?: string;
  /** sha256 of the whole manifest entry, hex. */
  modelHash?: string;
}

/** sha256 over those of the UNet's weight shards in order, hex: the same as long as the weights are. */
export function unetHash({ components }: DiffusionEntry): Promise<string> {
  const shards = components.unet.weights.flatMap(({ shards }) => shards);
  return sha256Hex(new TextEncoder().encode(shards.map(({ sha256 }) => sha256).join(' ')));
}

/** What is noted of a model before something is learnt on it. */
export async function learntOn(entry: ModelEntry): Promise<Required<LearntOn>> {
  const whole = diffusionEntry(entry, 'fine-tuning');
  const [unetSha256, hash] = await Promise.all([unetHash(whole), modelHash(entry)]);
  return { modelId: entry.id, version: entry.version, unetSha256, modelHash: hash };
}

/**
 * Throws `RequestInvalid` where the model of this id has other weights by now. What notes no hash of the UNet is older than that
 * note: then the entry must be the very one.
 */
export async function checkLearntOn(base: LearntOn, title: string, now: ModelEntry) {
  const { unetSha256: expected, modelHash: entryHash } = await learntOn(now);
  const fits = base.unetSha256 ? base.unetSha256 === expected : base.modelHash === entryHash;
  if (fits || (!base.unetSha256 && !base.modelHash)) return;
  const before = base.version ? `version ${base.version}` : 'an earlier version';
  throw appError(
    'RequestInvalid',
    `"${title}" was learnt on ${before} of ${now.title} and does not fit version ${now.version} (expected its UNet ` +
      `${expected.slice(0, 12)}…, got ${(base.unetSha256 ?? 'one that was not noted').slice(0, 24)}). Draw without it, or ` +
      'teach this version the images anew under Fine-tune.',
  );
}
