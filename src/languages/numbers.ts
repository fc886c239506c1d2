import { languageCode } from './language';

/** "3.20" in English, "3,20" in German; no grouping. */
export function fixed(value: number, digits: number): string {
  const options = { minimumFractionDigits: digits, useGrouping: false };
  // Of the string, so that it is rounded as toFixed() does.
  return format(value.toFixed(digits), options);
}

/** To so many significant digits: "0.042", "4.2". */
export function precise(value: number, digits: number): string {
  return plain(Number(value.toPrecision(digits)));
}

/** As many digits as the number has; no grouping. */
export function plain(value: number): string {
  return format(String(value), { maximumFractionDigits: 20, useGrouping: false });
}

/** The decimal points of English figures in a text, as the language writes them. */
export function inLanguage(figures: string): string {
  const point = new Intl.NumberFormat(languageCode()).format(0.5)[1];
  return figures.replace(/(\d)\.(?=\d)/g, `$1${point}`);
}

/** A whole number with grouping: "12,300" in English. */
export function grouped(value: number): string {
  return format(String(value), {});
}

/** The words for this number, by the rules of the language: English, German and Spanish have `one` and `other`. */
export function plural(count: number, words: { one: string; other: string }): string {
  return new Intl.PluralRules(languageCode()).select(count) === 'one' ? words.one : words.other;
}

/** Date and time as it is written where the user lives, as far as that goes with the language. */
export function dateTime(date: Date): string {
  return date.toLocaleString(locales());
}

/** The day as it is written where the user lives. */
export function day(date: Date): string {
  return date.toLocaleDateString(locales());
}

/** The user's own forms of the language first: de-AT before de. In English as the browser is set, whatever that is. */
function locales(): string[] | undefined {
  const code = languageCode();
  if (code === 'en') return undefined;
  return [...navigator.languages.filter((one) => one.split('-')[0] === code), code];
}

function format(number: string, options: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(languageCode(), options).format(number as Intl.StringNumericLiteral);
}
