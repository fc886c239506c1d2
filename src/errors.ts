import type names from './common/error-names.json';

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

/** How Chromium and Firefox, Safari, and Vite for styles say that a part of the app could not be fetched. */
const NOT_FETCHED =
  /dynamically imported module|importing a module script failed|unable to preload css/i;

/** What a file of the build is for, by the start of its name; the name itself where none fits. */
const PARTS: [RegExp, string][] = [
  [/^(Dataset|Recipe|datasets)/, 'the view of data sets'],
  [/^(Project|project)/, 'the view of projects'],
  [/^(Evaluat|evaluation)/, 'the view that compares images'],
  [/^(Finetune|finetune|Tuned|tuned)/, 'the view of fine-tuning'],
  [
    /^(Conditions|conditions|source-image|Paint|LabelPaint|inpaint)/,
    'images and masks to start from',
  ],
  [/^(Sweep|sweep|StageView)/, 'sweeps'],
  [/^(StudioViewer|Volume|volume|niivue)/, 'the viewer'],
  [/^(read-|dicom|nifti|codec|charls|open|libjpeg|jpeg)/, 'what opens image files'],
  [/^(export-|zip|encode-|write-|format|modality)/, 'what writes files'],
  [/^(runtime|load-model|pipeline|session|open-)/, 'what runs models'],
];

/**
 * Gives an error of a part that could not be fetched its name, and words that say which and what to do; in place, for the browser
 * throws it on. A page that is older than the last deployment asks for files that are gone. Other errors stay as they are.
 */
export function nameMissingPart(error: unknown): unknown {
  if (!(error instanceof Error) || !NOT_FETCHED.test(error.message)) return error;
  const file = /([\w.-]+?)(?:-[\w-]{8})?\.(?:m?js|css)\b/.exec(error.message)?.[1];
  const part = PARTS.find(([start]) => file && start.test(file))?.[1] ?? file ?? 'one of its files';
  error.name = 'NetworkFailed';
  error.message =
    `A part of this app could not be fetched: ${part}. ` +
    (navigator.onLine
      ? 'Its server does not answer, or has a newer version of the app (expected the files that this page was made of). '
      : 'This device is not connected to a network. ') +
    'Reload the page once the server can be reached; what is stored stays. The footer says what works offline.';
  return error;
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
