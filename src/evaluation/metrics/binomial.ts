import type { Estimate } from './percentile';

/**
 * A share with its exact 95 % interval. Clopper and Pearson 1934, https://doi.org/10.1093/biomet/26.4.404.
 */
export function binomialInterval(successes: number, trials: number, confidence = 0.95): Estimate {
  const tail = (1 - confidence) / 2;
  if (trials === 0) return { value: NaN, low: 0, high: 1 };
  return {
    value: successes / trials,
    low: successes === 0 ? 0 : solve((p) => upperTail(successes, trials, p) - tail),
    high: successes === trials ? 1 : solve((p) => tail - lowerTail(successes, trials, p)),
  };
}

/**
 * The fewest trials with which a two-sided exact test against 1/2 at 5 % tells a rate apart from guessing with the power
 * asked for. Cohen 1988, chapter 5.
 */
export function trialsForPower(rate: number, power = 0.8, significance = 0.05): number {
  for (let trials = 5; trials <= 5000; trials++) {
    const reach = criticalCount(trials, significance / 2);
    const found = upperTail(reach, trials, rate) + lowerTail(trials - reach, trials, rate);
    if (found >= power) return trials;
  }
  return Infinity;
}

/** P(X ≥ k) of X ~ Binomial(trials, p). */
export function upperTail(k: number, trials: number, p: number): number {
  let sum = 0;
  for (let i = Math.max(0, k); i <= trials; i++) sum += probability(i, trials, p);
  return Math.min(1, sum);
}

/** P(X ≤ k). */
export function lowerTail(k: number, trials: number, p: number): number {
  let sum = 0;
  for (let i = 0; i <= Math.min(k, trials); i++) sum += probability(i, trials, p);
  return Math.min(1, sum);
}

/** The least count whose upper tail under guessing is at most `tail`; `trials` + 1 where none is. */
function criticalCount(trials: number, tail: number): number {
  let sum = 0;
  let k = trials + 1;
  while (k > 0) {
    sum += probability(k - 1, trials, 0.5);
    if (sum > tail) return k;
    k--;
  }
  return k;
}

function probability(k: number, trials: number, p: number): number {
  if (p <= 0) return k === 0 ? 1 : 0;
  if (p >= 1) return k === trials ? 1 : 0;
  const ways = logFactorial(trials) - logFactorial(k) - logFactorial(trials - k);
  return Math.exp(ways + k * Math.log(p) + (trials - k) * Math.log1p(-p));
}

const logFactorials = [0];

function logFactorial(n: number): number {
  for (let i = logFactorials.length; i <= n; i++) {
    logFactorials.push(logFactorials[i - 1] + Math.log(i));
  }
  return logFactorials[n];
}

/** The root in 0…1 of a growing function, by halving. */
function solve(grows: (p: number) => number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (grows(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
