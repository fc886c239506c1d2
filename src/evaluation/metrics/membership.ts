import { appError } from '../../errors';
import { aucWithInterval } from './auc';
import { hashOf } from './hash';
import { createRandom } from './random';
import type { EvaluationImage, MembershipReport, ReadableSet, Skipped } from '../report/report';

/** A model that images are tried on; src/diffusion/denoiser.ts. */
export interface OpenDenoiser {
  model: MembershipReport['model'];
  tuned: MembershipReport['tuned'];
  levels: readonly number[];
  losses(image: Blob, prompt: string): Promise<Float64Array>;
}

/** Images of one side, and how they are read. */
export interface MembershipSources {
  members: readonly EvaluationImage[];
  holdout: readonly EvaluationImage[];
  read: (set: ReadableSet, index: number) => Promise<Blob>;
  onProgress: (done: number, total: number) => Promise<void>;
}

const LEAST = 8;

/** Losses of the images that could be read. */
interface Side {
  hashes: Set<string>;
  /** [images][levels]. */
  losses: Float64Array[];
}

/**
 * Does a model know the images that it was trained on? Its denoising loss on them, against that on real images it
 * has not seen: an AUC of 0.5 betrays nothing. Matsumoto et al. 2023, https://arxiv.org/abs/2302.03262. Of each side at most `most`
 * images at random.
 */
export async function membership(
  denoiser: OpenDenoiser,
  { members, holdout, read, onProgress }: MembershipSources,
  { seed, most }: { seed: number; most: number },
): Promise<{ report: MembershipReport; skipped: Skipped[] }> {
  const skipped: Skipped[] = [];
  const draws = { members: draw(members, most, seed), holdout: draw(holdout, most, seed) };
  const total = draws.members.length + draws.holdout.length;
  let done = 0;
  const measure = async (set: 'members' | 'holdout', images: readonly EvaluationImage[]) => {
    const side: Side = { hashes: new Set(), losses: [] };
    for (const index of draws[set]) {
      await onProgress(done++, total);
      const { name, label, prompt } = images[index];
      try {
        const blob = await read(set, index);
        side.losses.push(await denoiser.losses(blob, prompt ?? label));
        side.hashes.add(await hashOf(blob));
      } catch (error) {
        if ((error as Error).name !== 'ImageUnreadable') throw error;
        skipped.push({ set, name, message: (error as Error).message });
      }
    }
    if (side.losses.length < LEAST) throw tooFew(set, side.losses.length);
    return side;
  };
  const [known, unknown] = [await measure('members', members), await measure('holdout', holdout)];
  await onProgress(total, total);
  return { report: compare(denoiser, known, unknown), skipped };
}

function compare(
  { model, tuned, levels }: OpenDenoiser,
  known: Side,
  unknown: Side,
): MembershipReport {
  const at = ({ losses }: Side, level: number) => losses.map((one) => one[level]);
  const means = ({ losses }: Side) =>
    losses.map((one) => one.reduce((sum, loss) => sum + loss, 0) / one.length);
  const [ofKnown, ofUnknown] = [means(known), means(unknown)];
  const average = (all: number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
  return {
    model,
    tuned,
    auc: aucWithInterval(ofKnown, ofUnknown),
    byLevel: levels.map((level, k) => ({
      level,
      auc: aucWithInterval(at(known, k), at(unknown, k)),
    })),
    meanLoss: { members: average(ofKnown), holdout: average(ofUnknown) },
    numMembers: ofKnown.length,
    numHoldout: ofUnknown.length,
    numShared: [...known.hashes].filter((hash) => unknown.hashes.has(hash)).length,
  };
}

function draw(images: readonly EvaluationImage[], most: number, seed: number): number[] {
  const order = createRandom(seed, 41).permutation(images.length);
  return order.slice(0, most).sort((a, b) => a - b);
}

function tooFew(set: 'members' | 'holdout', count: number): Error {
  const which = set === 'members' ? 'that the model was trained on' : 'that are held out';
  return appError(
    'RequestInvalid',
    `The membership test has too few images ${which} (expected at least ${LEAST} that can be read, got ${count}). ` +
      'Choose another folder, or leave the test out.',
  );
}
