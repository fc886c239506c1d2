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

/**
 * What a prompt without a single known word is refused with: `example` is one that the model knows, `how` says what draws
 * it all the same.
 */
export function wordsUnknown(what: string, prompt: string, example: string, how: string): Error {
  return appError(
    'WordsUnknown',
    `The model knows no word of ${what} "${prompt}" (expected words that it was trained on, as in "${example}"). ` +
      `Its picture would show anything at all. Change the words, or ${how}.`,
  );
}

/** Whether an install failed only because the browser would not keep the weights; the model can be used without. */
export function isNotKept({ name }: Error): boolean {
  return name === 'StorageDenied' || name === 'QuotaExceeded';
}

/** What a connection to a database that is gone rejects with: site data deleted by hand, or taken away by another tab. */
const CLOSED = ['InvalidStateError', 'NotFoundError'];

/**
 * What a store of this page's work failed with, in words: `stored` says what it holds, `ifClosed` what to do where the browser
 * took its database away. A file behind a picture that is gone, a disk that fails: the platform's words mean nothing to
 * anybody. Errors of our own pass as they are.
 */
export function storeError(error: unknown, stored: string, ifClosed: string): unknown {
  const { name } = error as Error;
  if (CLOSED.includes(name)) {
    return appError(
      'StorageDenied',
      `The browser has taken the stored ${stored} away from this page (expected an open database, got a closed one). ${ifClosed}`,
      error,
    );
  }
  if (!(error instanceof DOMException)) return error;
  return appError(
    'StorageDenied',
    `The browser could not read or write the stored ${stored} (expected it to, got ${name}). What is on this page stays until ` +
      'you close it: save what you want to keep, then reload and try again.',
    error,
  );
}
