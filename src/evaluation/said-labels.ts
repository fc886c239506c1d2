import type { NetworkLabels } from '../models/manifest/networks';
import { findPhrases, wordsOf } from './asked-labels';

/** A label that a sentence names. */
export interface SaidLabels {
  /** In the words that models were trained with. */
  phrase: string;
  /** The sets of images that know it: only labels of one set exclude each other. */
  sets: Set<string>;
}

/** The label that a sentence names among those of a kind of image, by its longest phrase; null where it names none. */
export function saidLabels(
  sentence: string,
  labels: NetworkLabels,
  kind: string | null,
): SaidLabels | null {
  const within = classesOf(labels, kind);
  const [found] = findPhrases(
    wordsOf(sentence),
    within.flatMap(({ phrases }) => phrases),
  );
  if (!found) return null;
  const said = found.join(' ');
  const owners = within.filter(({ phrases }) => phrases.some((one) => inWords(one) === said));
  const phrase = owners[0].phrases.find((one) => inWords(one) === said)!;
  return { phrase, sets: new Set(owners.map(({ set }) => set)) };
}

/**
 * Where a prompt names a label of these sets: its whole clause between commas, or the phrase alone where the clause names the
 * kind of image too. null where it names none.
 */
export function clauseWith(
  prompt: string,
  sets: ReadonlySet<string>,
  labels: NetworkLabels,
  kind: string | null,
): { from: number; to: number } | null {
  const own = classesOf(labels, kind).filter(({ set }) => sets.has(set));
  const phrases = own
    .flatMap((one) => one.phrases)
    .map(escaped)
    .sort((a, b) => b.length - a.length);
  const kinds = labels.modalities.flatMap((one) => one.phrases).map(escaped);
  const named = new RegExp(`\\b(?:${phrases.join('|')})\\b`, 'i');
  const ofKind = new RegExp(`\\b(?:${kinds.join('|')})\\b`, 'i');
  for (const clause of prompt.matchAll(/[^,]+/g)) {
    const found = named.exec(clause[0]);
    if (!found) continue;
    const lead = clause[0].length - clause[0].trimStart().length;
    const end = clause.index + clause[0].trimEnd().length;
    if (!ofKind.test(clause[0])) return { from: clause.index + lead, to: end };
    const from = clause.index + found.index;
    return { from, to: from + found[0].length };
  }
  return null;
}

function classesOf({ classes }: NetworkLabels, kind: string | null) {
  return classes.filter(({ modality }) => kind === null || modality === kind);
}

function inWords(phrase: string): string {
  return wordsOf(phrase).join(' ');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
