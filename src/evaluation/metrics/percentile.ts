/** The p-th percentile (0…100), linear between ranks, as NumPy has it; NaN of nothing. */
export function percentile(values: ArrayLike<number>, p: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = ((sorted.length - 1) * p) / 100;
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  return low === undefined || high === undefined ? NaN : low + (high - low) * (at % 1);
}

/** An estimate and the 95 % interval around it. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/** The middle 95 % of bootstrap draws around an estimate. */
export function interval(value: number, draws: ArrayLike<number>): Estimate {
  return { value, low: percentile(draws, 2.5), high: percentile(draws, 97.5) };
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
