import { SvelteMap } from 'svelte/reactivity';
import type { Catalogues, Language } from './catalogues';
import { LANGUAGES } from './languages';

interface Shown {
  code: string;
  texts: Language;
}

/** One entry. A SvelteMap, for components and $derived hear of its change, and in Node it is a plain Map. */
const shown = new SvelteMap<'now', Shown>([['now', { code: 'en', texts: {} }]]);
const now = () => shown.get('now')!;

/** The language that was asked for last; an earlier one may arrive after it. */
let asked = 'en';

/** BCP 47 code of the language that the page speaks; what reads it in a component or a $derived follows a change. */
export function languageCode(): string {
  return now().code;
}

/** Fetches a language and speaks it; rejects, with the language as it was, where its file cannot be fetched. */
export async function speak(code: string): Promise<void> {
  asked = code;
  const texts = (await LANGUAGES[code]?.load?.())?.default ?? {};
  if (asked !== code) return;
  document.documentElement.lang = code;
  if (now().code !== code) shown.set('now', { code, texts });
}

/** A catalogue in the language that the page speaks; a text that is not translated is English. */
export function translated<C extends keyof Catalogues>(
  name: C,
  english: Catalogues[C],
): Catalogues[C] {
  return new Proxy(english, {
    get: (_, key) => {
      const spoken = now().texts[name] as Partial<Catalogues[C]> | undefined;
      const text = key as keyof Catalogues[C];
      return spoken?.[text] ?? english[text];
    },
  });
}

/** What an error of this kind means and what to do, beside its own English message; null in English. */
export function errorSentence(name: string): string | null {
  const { errors } = now().texts;
  return errors?.[name as keyof typeof errors] ?? null;
}

/** An error in one line, for where it stands beside what failed. */
export function errorWords({ name, message }: Error): string {
  const sentence = errorSentence(name);
  return sentence ? `${sentence} (${message})` : message;
}
