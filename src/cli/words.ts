import { learnedWordsIn } from '../common/lora-tag';
import type { TextReading } from '../contract/picture';
import type { GenerationRequest } from '../contract/request';
import type { Recipe } from '../dataset/recipe';
import { refuseUnknownRows } from '../dataset/recipe-words';
import { wordsUnknown } from '../errors';
import type { ModelEntry } from '../models/manifest/manifest';

/** What reading words needs of the command line's host. */
export interface WordsHost {
  /** Rejects for what the model cannot do, before anything is fetched. */
  check(request: GenerationRequest): Promise<void>;
  /** Installs the model, then says what it makes of texts. */
  readTexts(modelId: string, texts: string[], learned?: string[]): Promise<TextReading[] | null>;
  /** `--unknown-words ok`: prompts without one word that the model knows are meant. */
  unknownWordsOk: boolean;
}

/** What the model made of the words of a request. */
export interface CliWords {
  prompt: TextReading;
  negativePrompt: TextReading;
}

const SAY_OK = 'say that it is meant: --unknown-words ok';

/** What the words of a request come to. Throws `WordsUnknown` for a prompt without a known one, unless that is meant. */
export async function readWords(
  host: WordsHost,
  request: GenerationRequest,
  entry: ModelEntry,
): Promise<CliWords | null> {
  const { modelId, prompt, negativePrompt } = request;
  await host.check(request);
  const readings = await host.readTexts(modelId, [prompt, negativePrompt], learnedWordsIn(request));
  if (!readings) return null;
  if (readings[0].nothingKnown && !host.unknownWordsOk) {
    throw wordsUnknown('the prompt', prompt, exampleOf(entry), SAY_OK);
  }
  return { prompt: readings[0], negativePrompt: readings[1] };
}

/** The same for all rows of a recipe, before the first image is made. */
export async function refuseUnknownWords(host: WordsHost, { rows }: Recipe, entry: ModelEntry) {
  if (host.unknownWordsOk) return;
  const read = () => (texts: string[]) => host.readTexts(entry.id, texts);
  await refuseUnknownRows(rows, read, exampleOf(entry), SAY_OK);
}

function exampleOf({ examples }: ModelEntry): string {
  return examples[0]?.prompt ?? '';
}
