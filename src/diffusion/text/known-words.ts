/** The words of a text, by whether a vocabulary has them. */
export interface SortedWords {
  /** Those that the vocabulary has and that say what a picture shows, as written, each once, in order. */
  knownWords: string[];
  /** Those that it lacks, in the same way. */
  unknownWords: string[];
}

/** A run of letters, digits and marks, or any one other sign: as word-level tokenizers cut a prompt. */
const PIECES = /[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]/gu;

/** English words that a vocabulary may have and that name nothing in a picture; numbers neither. "us" is ultrasound. */
const NAME_NOTHING = new Set(
  (
    'a an the this that and or but not no of in on at by for from to with without up as is are has have be ' +
    'he she they it his her their i me my we who very please create generate make draw show shows showing give ' +
    'image images picture pictures photo photograph synthetic view'
  ).split(' '),
);

/** Sorts a text's words; `encode` gives a text's ids without special tokens, `unkTokenId` stands for what has none. */
export function sortWords(
  text: string,
  encode: (text: string) => number[],
  unkTokenId: number,
): SortedWords {
  const isUnknown = (part: string) => {
    const ids = encode(part);
    // A normalizer may drop letters of other scripts without a trace.
    return ids.length === 0 || ids.includes(unkTokenId);
  };
  const [known, unknown] = [new Map<string, string>(), new Map<string, string>()];
  const add = (words: Map<string, string>, piece: string) => {
    const key = piece.toLowerCase();
    if (/[\p{L}\p{N}]/u.test(piece) && !words.has(key)) words.set(key, piece);
  };
  // Whole words first: a vocabulary may know "x-ray" and not "ray".
  for (const word of text.match(/\S+/g) ?? []) {
    const pieces = word.match(PIECES) ?? [];
    const bare = word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
    if (bare && !isUnknown(bare)) {
      add(known, bare);
      continue;
    }
    const strange = pieces.filter(isUnknown);
    for (const piece of strange.length ? strange : [word]) add(unknown, piece);
    if (strange.length === 0) continue;
    for (const piece of pieces.filter((one) => !strange.includes(one))) add(known, piece);
  }
  const knownWords = [...known].filter(([key]) => saysSomething(key)).map(([, word]) => word);
  return { knownWords, unknownWords: [...unknown.values()] };
}

/** Whether a word may say what a picture shows. */
function saysSomething(word: string): boolean {
  return /\p{L}/u.test(word) && !NAME_NOTHING.has(word);
}
