import type { RecordedBackend } from '../contract/request';
import { english, texts } from './texts';

/** Why a model runs where it does, and what is slower there; `words`: English ones for a file. */
export function backendWords({ reason, notRecorded }: RecordedBackend, words = texts): string {
  return notRecorded ? `${reason} ${words.notRecorded}` : reason;
}

/** A report for a reader outside of the page: its reason is an English sentence. */
export function inEnglish(report: RecordedBackend): RecordedBackend {
  return { ...report, reason: backendWords(report, english) };
}
