import { learnedWordsIn } from '../common/lora-tag';
import type { TextReading } from '../contract/picture';
import type { GenerationRequest } from '../contract/request';
import { wordsUnknown } from '../errors';
import type { ModelEntry } from '../models/manifest/manifest';

/** The worker's `readTexts`. */
export type TextReader = (
  modelId: string,
  texts: string[],
  learnedWords?: string[],
) => Promise<TextReading[] | null>;

/** So long nothing must be typed before the words are read. */
const PAUSE_MS = 150;

/** What the model makes of the words in the form, as they stand. */
export class PromptWords {
  /** null: not known yet, as before the model is stored. */
  prompt = $state.raw<TextReading | null>(null);
  negativePrompt = $state.raw<TextReading | null>(null);

  #entry: ModelEntry;
  #read: TextReader;
  #confirmed: string[] = [];
  #refused = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor(entry: ModelEntry, read: TextReader) {
    this.#entry = entry;
    this.#read = read;
  }

  /** Reads the texts once nothing more is typed. */
  follow(prompt: string, negativePrompt: string, learnedWords?: string[]) {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    this.#timer = setTimeout(() => {
      void this.#readings([prompt, negativePrompt], learnedWords).then((readings) => {
        if (asked === this.#asked) [this.prompt, this.negativePrompt] = readings ?? [null, null];
      });
    }, PAUSE_MS);
  }

  /** Throws `WordsUnknown` for a prompt without one known word, until somebody has confirmed it. */
  async refuseUnknown(request: GenerationRequest) {
    const { modelId, prompt } = request;
    if (this.#confirmed.includes(prompt)) return;
    const readings = await this.#readings([prompt], learnedWordsIn(request), modelId);
    if (!readings?.[0].nothingKnown) return;
    this.#refused = prompt;
    const [example] = this.#entry.examples;
    throw wordsUnknown('the prompt', prompt, example?.prompt ?? '', 'have it drawn anyway');
  }

  /** What was refused last may be drawn from now on. */
  confirm() {
    this.#confirmed.push(this.#refused);
  }

  /** Keeps nothing of what was typed. */
  forget() {
    clearTimeout(this.#timer);
    this.#asked++;
    this.prompt = this.negativePrompt = null;
    this.#refused = '';
    this.#confirmed = [];
  }

  /** What the words mean to the model is good to know; that it cannot be asked is said by what draws. */
  #readings(
    texts: string[],
    learnedWords?: string[],
    modelId = this.#entry.id,
  ): Promise<TextReading[] | null> {
    return this.#read(modelId, texts, learnedWords).catch(() => null);
  }
}
