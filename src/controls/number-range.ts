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
