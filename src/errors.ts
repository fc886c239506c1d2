import type names from './error-names.json';

/**
 * The kinds of failure a user can meet; error-names.json says what each means, for cli/ too, which reads no TypeScript.
 * comlink carries only name, message and stack, so nothing else may matter.
 */
export type ErrorName = keyof typeof names;

/** The same words wherever an empty or blank prompt is noticed. */
export const EMPTY_PROMPT =
  'The prompt is empty (expected a description). Describe the image to make.';

/** An error whose `name` is its kind; `message` says what, expected against got, and what to do next. */
export function appError(name: ErrorName, message: string, cause?: unknown): Error {
  const error = new Error(message, { cause });
  error.name = name;
  return error;
}

/** Whether an install failed only because the browser would not keep the weights; the model can be used without. */
export function isNotKept({ name }: Error): boolean {
  return name === 'StorageDenied' || name === 'QuotaExceeded';
}
