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

/** Fewer held-out images say nothing about how near is too near. */
const MIN_HELD_OUT = 5;

/**
 * Below this a sample counts as a copy: the fifth percentile of held-out images' distances to the training images, and
 * with fewer than 20 of them the smallest one. null where too few were held out.
 */
export function copyThreshold(
  heldOut: readonly { latents: Float32Array }[],
  training: readonly { latents: Float32Array; mirrored?: Float32Array }[],
): number | null {
  if (heldOut.length < MIN_HELD_OUT) return null;
  const distances = heldOut.map(({ latents }) => nearestDistance(latents, training));
  distances.sort((a, b) => a - b);
  return distances[Math.floor(0.05 * distances.length)];
}
