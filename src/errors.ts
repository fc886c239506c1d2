/** The kinds of failure a user can meet. comlink carries only name, message and stack, so nothing else may matter. */
export type ErrorName =
  | 'NoWebGpu'
  | 'NoAdapter'
  | 'DeviceLost'
  | 'OutOfMemory'
  | 'QuotaExceeded'
  | 'StorageDenied'
  | 'Locked'
  | 'WrongPassphrase'
  | 'RecordCorrupt'
  | 'NetworkFailed'
  | 'ModelCorrupt'
  | 'PackageRefused'
  | 'ModelUnsupported'
  | 'ManifestInvalid'
  | 'SelfTestFailed'
  | 'ImageUnreadable'
  | 'RequestInvalid'
  | 'NotConfirmed'
  | 'TrainingDiverged'
  | 'TunedMissing'
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

/** Whether an install failed only because the browser would not keep the weights; the model can be used without. */
export function isNotKept({ name }: Error): boolean {
  return name === 'StorageDenied' || name === 'QuotaExceeded';
}
