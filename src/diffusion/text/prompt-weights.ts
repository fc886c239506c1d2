import { appError } from '../../errors';

/** A part of a prompt, and how much it counts: 1 is as written. */
export interface WeightedText {
  text: string;
  weight: number;
}

/** A mean this small against the mean size is rounding: nothing to restore, and not to be divided by. */
const NO_MEAN = 1e-5;

/** What one pair of round brackets multiplies a weight by, and square ones divide it by. */
const STEP = 1.1;

/** Escaped sign, opening bracket, weight with its closing bracket, closing bracket. */
const SIGNS = /\\([\\()[\]])|[([]|:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*\)|[)\]]/g;

/**
 * A prompt with the weights that users of Stable Diffusion know from AUTOMATIC1111's web interface: `(a)` counts 1.1
 * times, `[a]` 1/1.1 times, `(a:1.3)` 1.3 times, and brackets in brackets multiply; `\(` is a bracket. A bracket that
 * is never closed reaches to the end, and one that was never opened is text. `RequestInvalid` for a weight beyond 100.
 */
export function parseWeights(prompt: string): WeightedText[] {
  const parts: WeightedText[] = [];
  const open: { sign: string; start: number }[] = [];
  const add = (text: string) => text && parts.push({ text, weight: 1 });
  const close = (weight: number) => {
    const { start } = open.pop() ?? { start: parts.length };
    for (const part of parts.slice(start)) part.weight = checked(part.weight * weight);
  };

  let end = 0;
  for (const { index, 0: sign, 1: escaped, 2: weight } of prompt.matchAll(SIGNS)) {
    add(prompt.slice(end, index));
    end = index + sign.length;
    const opened = open.at(-1)?.sign;
    if (escaped) add(escaped);
    else if (sign === '(' || sign === '[') open.push({ sign, start: parts.length });
    else if (weight && opened === '(') close(Number(weight));
    else if (sign === ')' && opened === '(') close(STEP);
    else if (sign === ']' && opened === '[') close(1 / STEP);
    else add(sign);
  }
  add(prompt.slice(end));
  while (open.length > 0) close(open.at(-1)?.sign === '(' ? STEP : 1 / STEP);
  return joinEqual(parts);
}

/** Beyond this nothing of a prompt is left, and far beyond it numbers end. */
const MAX_WEIGHT = 100;

function checked(weight: number): number {
  if (Math.abs(weight) <= MAX_WEIGHT) return weight;
  throw appError(
    'RequestInvalid',
    `A part of the prompt counts ${weight.toPrecision(3)} times (expected at most ${MAX_WEIGHT}). Write a smaller weight, ` +
      'such as (effusion:1.3).',
  );
}

/** Neighbours of one weight as one part: words must not be cut where an escape stood. */
function joinEqual(parts: WeightedText[]): WeightedText[] {
  const joined: WeightedText[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (last?.weight === part.weight) last.text += part.text;
    else joined.push({ ...part });
  }
  return joined;
}

/**
 * Embeds [1, tokens, hidden] of one chunk, each token's numbers times its weight, and then all times one factor that
 * gives the chunk its mean back: AUTOMATIC1111's rule, chunk by chunk.
 */
export function weighEmbeds(embeds: Float32Array, weights: readonly number[]): Float32Array {
  if (weights.every((weight) => weight === 1)) return embeds;
  const hidden = embeds.length / weights.length;
  const weighed = embeds.map((x, i) => x * weights[Math.floor(i / hidden)]);
  const sum = (values: Float32Array) => values.reduce((total, x) => total + x, 0);
  const [before, after] = [sum(embeds), sum(weighed)];
  const size = embeds.reduce((total, x) => total + Math.abs(x), 0);
  if (Math.min(Math.abs(before), Math.abs(after)) <= NO_MEAN * size) return weighed;
  return weighed.map((x) => x * (before / after));
}
