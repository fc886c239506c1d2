import type { TextReading } from '../../contract/picture';
import { importPart } from '../../common/import-part';
import type { ModelAccess } from '../../models/installed/model-access';
import type { Tokenizer } from '../text/tokenizer';
import { isBrought } from '../../models/manifest/located-model';
import type { DiffusionEntry } from '../../models/manifest/manifest';
import { readModelFile } from '../../models/store/weight-store';

/** Says what a model makes of texts, before anything is drawn; needs its tokenizer's two files, and no graph. */
export function createPromptReader(access: ModelAccess) {
  let opened: { key: string; tokenizer: Tokenizer } | null = null;

  /** null where its files are not stored yet. */
  async function open(entry: DiffusionEntry, brought: boolean): Promise<Tokenizer | null> {
    const { file, config, ...facts } = entry.tokenizer;
    const key = JSON.stringify([facts, file.shards, config.shards]);
    if (opened?.key === key) return opened.tokenizer;
    for (const store of [await access.openStore(), access.openSession()]) {
      const read = (one: typeof file) => readModelFile(store, entry.id, one).then((b) => b.text());
      const texts = await Promise.all([file, config].map(read)).catch(() => null);
      if (!texts) continue;
      const { openTokenizer } = await importPart(() => import('../text/open-tokenizer'));
      const [tokenizerJson, tokenizerConfigJson] = texts;
      const source = { entry, tokenizerJson, tokenizerConfigJson, brought };
      const tokenizer = await openTokenizer(source);
      opened = { key, tokenizer };
      return tokenizer;
    }
    return null;
  }

  async function readTexts(
    modelId: string,
    texts: string[],
    learnedWords: string[] = [],
  ): Promise<TextReading[] | null> {
    const { entry, baseUrl } = await access.find(modelId);
    if (entry.kind === 'generator') return null; // its labels are no words: a request is refused that has none of them
    const tokenizer = await open(entry, isBrought(baseUrl));
    if (!tokenizer) return null;
    const wholeWords = entry.tokenizer.unkTokenId !== null;
    const learned = learnedWords.map((word) => word.toLowerCase());
    return texts.map((text) => {
      const { knownWords, unknownWords, unreadWeights, ignoredWords } = tokenizer(text);
      const isLearned = (word: string) => learned.includes(word.toLowerCase());
      const known = [...knownWords, ...unknownWords.filter(isLearned)];
      const unknown = unknownWords.filter((word) => !isLearned(word));
      const nothingKnown = wholeWords && known.length === 0 && text.trim() !== '';
      const words = { knownWords: known, unknownWords: unknown };
      return { ...words, unreadWeights, ignoredWords, nothingKnown };
    });
  }

  return { readTexts };
}
