/** Keys of sessionStorage under which forms lie over a reload; where images may not lie in clear, neither may they. */
export const FORM_KEYS = { studio: 'form', evaluation: 'evaluation', recipe: 'recipe' } as const;

/** The browser's storage of this kind, or null where it denies even to look at it. */
export function webStorage(kind: 'localStorage' | 'sessionStorage'): Storage | null {
  try {
    return globalThis[kind];
  } catch {
    return null;
  }
}
