import type {
  BackendReason,
  MissingOfGpu,
  RecordedBackend,
  ToldBackend,
} from '../contract/request';
import { grouped } from '../languages/numbers';
import { english, texts } from './texts';

/** Why a model runs where it does, and what is slower there; `words`: English ones for a file. */
export function backendWords(report: RecordedBackend, words = texts): string {
  const sentences = [
    reasonWords(report.reason, words),
    report.notRecorded && words.notRecorded,
    report.notHalf && words.notHalf,
  ];
  return sentences.filter(Boolean).join(' ');
}

/** A report for a reader outside of the page: its reason is an English sentence. */
export function inEnglish(report: RecordedBackend): ToldBackend {
  return { ...report, reason: backendWords(report, english) };
}

/** The sentence of a reason; one of an older version is a sentence already, in English. */
export function reasonWords(reason: BackendReason | string, words = texts): string {
  if (typeof reason === 'string') return reason;
  const { reasons } = words;
  if (reason.kind === 'gpuLacks') return reasons.gpuLacks(missingWords(reason.missing, words));
  return reasons[reason.kind];
}

/** What a GPU lacks, for the middle of a sentence. */
export function missingWords(missing: MissingOfGpu, words = texts): string {
  if ('features' in missing) return missing.features.join(', ');
  return words.buffersOf(grouped(missing.bufferBytes), grouped(missing.hasBytes));
}
