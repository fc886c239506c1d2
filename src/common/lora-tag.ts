/** What a prompt asks of adapters, `<lora:NAME:WEIGHT>`; src/finetune/prompt-loras.ts reads what is in it. */
const LORA_TAG = /<lora:[^<>]+>/gi;

/** All of them, as they were written. */
export const loraTags = (prompt: string): string[] => prompt.match(LORA_TAG) ?? [];

/** The prompt's words alone. */
export const withoutLoraTags = (prompt: string): string => prompt.replace(LORA_TAG, '');

/** The prompt with its words changed; the names of files stay. */
export const besideLoraTags = (prompt: string, change: (words: string) => string): string =>
  prompt
    .split(/(<lora:[^<>]+>)/i)
    .map((part, i) => (i % 2 ? part : change(part)))
    .join('');

/** What may have learned a word. */
type Learned = { word?: string };

/** The words that were learned with what a request uses: they are no unknown ones. */
export function learnedWordsIn(request: { lora?: Learned; moreLoras?: Learned[] }): string[] {
  const { lora = {}, moreLoras = [] } = request;
  return [lora, ...moreLoras].flatMap(({ word }) => word ?? []);
}
