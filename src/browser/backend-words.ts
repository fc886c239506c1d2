import type { BackendReport } from '../contract/request';
import { english, texts } from './texts';

/** Why a model runs where it does, and what is slower there; `words`: English ones for a file. */
export function backendWords({ reason, notRecorded }: BackendReport, words = texts): string {
  return notRecorded ? `${reason} ${words.notRecorded}` : reason;
}

/** A report for a reader outside of the page: its reason is an English sentence. */
export function inEnglish(report: BackendReport): BackendReport {
  return { ...report, reason: backendWords(report, english) };
}
