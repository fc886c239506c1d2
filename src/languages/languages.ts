import type { Language } from './catalogues';

/** A language that the page speaks. */
export interface LanguageChoice {
  /** Its own name, in itself. */
  title: string;
  /** Absent for English, whose texts stand in the views. */
  load?: () => Promise<{ default: Language }>;
}

/** All of them by their BCP 47 code; each but English is a file of its own, fetched when it is chosen. */
export const LANGUAGES: Record<string, LanguageChoice> = {
  en: { title: 'English' },
  de: { title: 'Deutsch', load: () => import('./de') },
  es: { title: 'Español', load: () => import('./es') },
};

/** Code of the language to begin with: the one chosen, else the user's first where it is one of these, else English. */
export function languageFor(chosen: string | null, preferred: readonly string[]): string {
  const code = chosen ?? preferred[0]?.split('-')[0].toLowerCase();
  return code !== undefined && Object.hasOwn(LANGUAGES, code) ? code : 'en';
}
