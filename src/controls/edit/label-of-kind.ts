import { wordsOf } from '../../evaluation/asked-labels';
import { saidLabels, type SaidLabels } from '../../evaluation/said-labels';
import type { ModelEntry } from '../../models/manifest/manifest';
import type { NetworkLabels } from '../../models/manifest/networks';

/**
 * The label that a sentence names, in the words of images like the one it is about: "pneumonia" of a child's chest is "bacterial
 * pneumonia" where the model's examples of children say that. The same label where no example is nearer than all others, or
 * where the nearest one's set has the label itself or none like it.
 */
export function labelOfKind(
  said: SaidLabels,
  prompt: string,
  { examples }: Pick<ModelEntry, 'examples'>,
  labels: NetworkLabels,
  kind: string | null,
): SaidLabels {
  const words = new Set(wordsOf(prompt));
  const shared = (text: string) => new Set(wordsOf(text).filter((word) => words.has(word))).size;
  const [nearest, next] = examples
    .filter(({ modality }) => kind === null || modality === kind)
    .map((example) => ({ ...example, shared: shared(example.prompt) }))
    .sort((a, b) => b.shared - a.shared);
  if (!nearest || nearest.shared === next?.shared) return said;
  const sets = saidLabels(nearest.prompt, labels, kind)?.sets ?? new Set();
  if ([...said.sets].some((set) => sets.has(set))) return said;
  const asked = wordsOf(said.phrase);
  const like = labels.classes.find(({ set, title }) => {
    const known = wordsOf(title);
    return sets.has(set) && asked.every((word) => known.includes(word));
  });
  return like ? { phrase: like.title, sets: new Set([like.set]) } : said;
}
