/** The kinds of failure a user can meet. comlink carries only name, message and stack, so nothing else may matter. */
export type ErrorName =
  | 'NoWebGpu'
  | 'NoAdapter'
  | 'DeviceLost'
  | 'OutOfMemory'
  | 'QuotaExceeded'
  | 'NetworkFailed'
  | 'ModelCorrupt'
  | 'ModelUnsupported'
  | 'ManifestInvalid'
  | 'SelfTestFailed'
  | 'ImageUnreadable'
  | 'RequestInvalid'
  | 'AbortError';

/** The same words wherever an empty or blank prompt is noticed. */
export const EMPTY_PROMPT =
  'The prompt is empty (expected a description). Describe the image to make.';

/** An error whose `name` is its kind; `message` says what, expected against got, and what to do next. */
export function appError(name: ErrorName, message: string, cause?: unknown): Error {
  const error = new Error(message, { cause });
  error.name = name;
  return error;
}
