/** Words that turn a label into its opposite: labels of which one has such a word and the other has not never match. */
const NEGATIONS = new Set(['no', 'non', 'not', 'without']);
/** Words that tell nothing apart. */
const FILLERS = new Set(['a', 'an', 'the', 'of', 'with', 'and']);
/** Share of words in common (Jaccard index) from which two labels may be the same. */
const ALIKE = 0.5;

/**
 * For each label of `from` that `to` lacks, the label of `to` that it most likely means, or '' where none is likely:
 * "No_findings" and "no finding" are spelled differently only. Somebody has to look at it.
 */
export function suggestLabels(
  from: readonly string[],
  to: readonly string[],
): Record<string, string> {
  const known = new Set(to);
  const missing = [...new Set(from)].filter((label) => label !== '' && !known.has(label));
  const targets = [...known].filter((label) => label !== '');
  return Object.fromEntries(
    missing.map((label): [string, string] => {
      const scored = targets
        .map((target) => ({ target, score: likeness(wordsOf(label), wordsOf(target)) }))
        .filter(({ score }) => score >= ALIKE)
        .sort((a, b) => b.score - a.score);
      const tied = scored.length > 1 && scored[0].score === scored[1].score;
      return [label, scored.length === 0 || tied ? '' : scored[0].target];
    }),
  );
}

/** Lower case, without punctuation, in the singular. */
function wordsOf(label: string): Set<string> {
  const words = label
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
  return new Set(words.filter((word) => word !== '' && !FILLERS.has(word)).map(singular));
}

function singular(word: string): string {
  return word.length > 3 && word.endsWith('s') && !/(ss|us|is)$/.test(word)
    ? word.slice(0, -1)
    : word;
}

/** 0 to 1; all words of one being in the other counts as alike. */
function likeness(a: Set<string>, b: Set<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  const negated = (words: Set<string>) => [...words].some((word) => NEGATIONS.has(word));
  if (negated(a) !== negated(b)) return 0;
  const common = [...a].filter((word) => b.has(word)).length;
  const jaccard = common / (a.size + b.size - common);
  return common === Math.min(a.size, b.size) ? Math.max(ALIKE, jaccard) : jaccard;
}
