/** Copies, looked for among latents: what is nearer to a training image than held-out images ever are. */

/** Root mean square of the difference of two latents. */
export function latentDistance(a: Float32Array, b: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i] - b[i]) ** 2;
  return Math.sqrt(squares / a.length);
}

/** How far the nearest of `others` is; infinity where there are none. */
export function nearestDistance(
  latents: Float32Array,
  others: readonly { latents: Float32Array; mirrored?: Float32Array }[],
): number {
  return others.reduce((nearest, other) => {
    const mirrored = other.mirrored ? latentDistance(latents, other.mirrored) : Infinity;
    return Math.min(nearest, latentDistance(latents, other.latents), mirrored);
  }, Infinity);
}

/**
 * From so many on either side a verdict means something: of 20 held-out images one lies below the fifth percentile, and of 20
 * samples without a copy the exact 95 % interval ends at 17 %. Two samples and five images once said "100 %" of a model in
 * which an evaluation found none.
 */
export const ENOUGH_FOR_VERDICT = { heldOut: 20, samples: 20 };

/**
 * Below this a sample counts as a copy: the fifth percentile of held-out images' distances to the training images. null where
 * too few were held out.
 */
export function copyThreshold(
  heldOut: readonly { latents: Float32Array }[],
  training: readonly { latents: Float32Array; mirrored?: Float32Array }[],
): number | null {
  if (heldOut.length < ENOUGH_FOR_VERDICT.heldOut) return null;
  const distances = heldOut.map(({ latents }) => nearestDistance(latents, training));
  distances.sort((a, b) => a - b);
  return distances[Math.floor(0.05 * distances.length)];
}
