/** A smooth function and its gradient at a point. */
export type LossAndGradient = (at: Float64Array) => { loss: number; gradient: Float64Array };

const MEMORY = 8;
const MAX_ITERATIONS = 200;

/**
 * A minimum by L-BFGS: Nocedal and Wright 2006, algorithm 7.4 and 7.5, with steps halved until the loss falls enough
 * (Armijo). Ends where the gradient is shorter than `tolerance` or a step gains less than `gain` of the loss.
 */
export function minimize(
  lossAndGradient: LossAndGradient,
  start: Float64Array,
  { tolerance = 1e-6, gain = 1e-12 } = {},
): Float64Array {
  let at: Float64Array = start;
  let { loss, gradient } = lossAndGradient(at);
  const pairs: { step: Float64Array; change: Float64Array; rho: number }[] = [];
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    if (Math.sqrt(dot(gradient, gradient)) < tolerance) break;
    const direction = twoLoop(gradient, pairs);
    const slope = dot(gradient, direction);
    let length = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    let next = moved(at, direction, length);
    let found = lossAndGradient(next);
    for (let halvings = 0; found.loss > loss + 1e-4 * length * slope; halvings++) {
      if (halvings === 30) return at;
      length /= 2;
      next = moved(at, direction, length);
      found = lossAndGradient(next);
    }
    const step = moved(next, at, -1);
    const change = moved(found.gradient, gradient, -1);
    const curvature = dot(step, change);
    if (curvature > 1e-16) pairs.push({ step, change, rho: 1 / curvature });
    if (pairs.length > MEMORY) pairs.shift();
    const gained = loss - found.loss;
    [at, loss, gradient] = [next, found.loss, found.gradient];
    if (gained < gain * Math.abs(loss)) break;
  }
  return at;
}

/** −H·gradient, with H from the last steps. */
function twoLoop(
  gradient: Float64Array,
  pairs: readonly { step: Float64Array; change: Float64Array; rho: number }[],
): Float64Array {
  let q: Float64Array = gradient;
  const alphas = pairs.map(() => 0);
  for (let k = pairs.length - 1; k >= 0; k--) {
    alphas[k] = pairs[k].rho * dot(pairs[k].step, q);
    q = moved(q, pairs[k].change, -alphas[k]);
  }
  const last = pairs.at(-1);
  const scale = last ? 1 / last.rho / dot(last.change, last.change) : 1;
  q = q.map((value) => value * scale);
  pairs.forEach(({ step, change, rho }, k) => {
    q = moved(q, step, alphas[k] - rho * dot(change, q));
  });
  return q.map((value) => -value);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** from + length · along. */
function moved(from: Float64Array, along: Float64Array, length: number): Float64Array {
  return from.map((value, i) => value + length * along[i]);
}
