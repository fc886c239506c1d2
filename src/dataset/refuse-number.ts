import { appError } from '../errors';

/** Throws `RequestInvalid` for a number that is not whole or not in this range. */
export function checkWhole(what: string, value: number, min: number, max: number) {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalid(
    `${upper(what)} is not usable (expected a whole number from ${min} to ${max}, got ${value}).`,
    'Enter one in this range.',
  );
}

/** Throws `RequestInvalid` for a number that is not in this range. */
export function checkBetween(what: string, value: number, min: number, max: number, unit = '') {
  // Written so that NaN fails too.
  if (Number.isFinite(value) && value >= min && value <= max) return;
  throw invalid(
    `${upper(what)} is out of range (expected ${min} to ${max}${unit}, got ${value}).`,
    'Enter a number in this range.',
  );
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A `RequestInvalid` about a recipe: what is wrong, and what to do. */
export function invalid(what: string, remedy: string): Error {
  return appError('RequestInvalid', `${what} ${remedy}`);
}
