import type { ModelSession } from '../models/runtime/session-types';
import type { FeatureNetwork } from '../models/manifest/networks';
import type { AskedLabels } from './asked-labels';
import { networkInput, squareOf } from './metrics/read-square';

/** What a label network says of one picture. */
export interface Judgement {
  /** Of the labels asked for, among the candidates, 0…1. */
  probability: number;
  /** It calls the picture one of those. */
  confirmed: boolean;
  /** What it calls the picture. */
  called: string;
}

/** Opaque pixels, row by row, four bytes each. */
interface Pixels {
  width: number;
  height: number;
  rgba: Uint8ClampedArray | Uint8Array;
}

/** Runs the network on the square in the middle of a picture. `network` has `labels`. */
export async function judgePicture(
  pixels: Pixels,
  asked: AskedLabels,
  { input, labels }: FeatureNetwork,
  session: ModelSession,
): Promise<Judgement> {
  const { name, size } = input;
  const data = new Float32Array(3 * size * size);
  networkInput(squareOf(pixels), input, data);
  const results = await session.run({
    [name]: { dtype: 'float32', dims: [1, 3, size, size], data },
  });
  const logits = results[labels!.output].data as Float32Array; // [1, classes]
  const { probability, called } = weigh(logits, asked);
  const confirmed = asked.accepted.includes(called);
  return { probability, confirmed, called: labels!.classes[called].title };
}

/** Softmax over the candidates alone: what the accepted ones have of it together, and the likeliest of all. */
export function weigh(
  logits: ArrayLike<number>,
  { accepted, candidates }: AskedLabels,
): { probability: number; called: number } {
  const called = candidates.reduce((best, i) => (logits[i] > logits[best] ? i : best));
  const shares = candidates.map((i) => Math.exp(logits[i] - logits[called]));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const right = candidates.reduce((sum, i, k) => (accepted.includes(i) ? sum + shares[k] : sum), 0);
  return { probability: right / total, called };
}
