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
  return `${min} to ${max}`;
}

/** What is wrong with the number in the field called `title`; null where nothing is. */
export function rangeProblem(title: string, value: number | null | undefined, range: NumberRange) {
  if (isWithin(value, range)) return null;
  const number = range.step === 1 ? 'a whole number from' : 'a number from';
  const steps = range.step === 1 ? '' : ` in steps of ${range.step}`;
  const got = Number.isFinite(value) ? `got ${value}` : 'it is empty';
  return `${title}: expected ${number} ${rangeText(range)}${steps}, ${got}. Enter one in this range.`;
}
