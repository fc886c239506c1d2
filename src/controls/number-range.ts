import type { Covariate } from '../models/manifest/manifest';
import { texts } from './texts';

/** What a number field takes. */
export interface NumberRange {
  min: number;
  max: number;
  /** 1: whole numbers only. */
  step: number;
}

/** Whether a field's number is there, in its range and on a step; an empty field has null. */
export function isWithin(value: number | null | undefined, { min, max, step }: NumberRange) {
  if (!Number.isFinite(value)) return false;
  const number = value as number;
  const steps = (number - min) / step;
  return number >= min && number <= max && Math.abs(steps - Math.round(steps)) < 1e-6;
}

/** "1 to 50" */
export function rangeText({ min, max }: Pick<NumberRange, 'min' | 'max'>): string {
  return texts.to(min, max);
}

/** What is wrong with the number in the field called `title`; null where nothing is. */
export function rangeProblem(title: string, value: number | null | undefined, range: NumberRange) {
  if (isWithin(value, range)) return null;
  const got = Number.isFinite(value) ? (value as number) : null;
  return texts.outOfRange(title, range, got);
}

/** What a seed may be: Philox's key word. */
export const SEED_RANGE: NumberRange = { min: 0, max: 2 ** 32 - 1, step: 1 };
/** How many images one press makes. */
export const COUNT_RANGE: NumberRange = { min: 1, max: 64, step: 1 };

/** Between two guidance scales of the form. */
export const GUIDANCE_STEP = 0.1;
/** Between two guidance rescales of the form. */
export const RESCALE_STEP = 0.05;

/** Any seed, by the browser's own random numbers. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

/** The value halfway, on a step; of choices the first. */
export function middle({ min, max, step, choices }: Covariate): number {
  if (choices?.length) return choices[0].value;
  const steps = Math.round((max - min) / 2 / step);
  // Rounded away: 0.1 · 3 is not 0.3.
  return Number((min + steps * step).toPrecision(12));
}
