import type { GenerationRequest } from '../contract/request';

/** What a prompt asks of adapters: `<lora:NAME:WEIGHT>`, as the web interfaces of Stable Diffusion write it. */
export interface AskedLora {
  /** The title of a tuned model, or the name of its file. */
  name: string;
  /** How much of it, 1 where the prompt does not say. */
  strength: number;
}

/** A name may have colons in it: what is behind the last one is the weight, where it is a number. */
const TAG = /<lora:([^<>]+?)(?::\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*)?>/gi;

/** The prompt without these, and what they ask for. A name that comes twice counts once, as strong as both together. */
export function readPromptLoras(text: string): { prompt: string; asked: AskedLora[] } {
  const asked = new Map<string, AskedLora>();
  const prompt = text.replace(TAG, (_tag, name: string, weight: string | undefined) => {
    const key = keyOf(name);
    const before = asked.get(key);
    const strength = (before?.strength ?? 0) + Number(weight ?? 1);
    asked.set(key, { name: before?.name ?? name.trim(), strength });
    return ' ';
  });
  if (asked.size === 0) return { prompt: text, asked: [] };
  const tidy = prompt
    .replace(/\s+,/g, ',')
    .replace(/,(\s*,)+/g, ',')
    .replace(/\s{2,}/g, ' ');
  return { prompt: tidy.replace(/^[\s,]+|[\s,]+$/g, ''), asked: [...asked.values()] };
}

/** The prompt with them behind it, as it may be typed again. */
export function withPromptLoras(prompt: string, asked: readonly AskedLora[]): string {
  const tags = asked.map(
    ({ name, strength }) => `<lora:${name.replace(/[<>]+/g, ' ').trim()}:${strength}>`,
  );
  return [prompt, ...tags].join(' ');
}

/** A saved request's prompt as it was typed, as far as what it named has a name. */
export function typedPrompt({
  prompt,
  moreLoras = [],
}: Pick<GenerationRequest, 'prompt' | 'moreLoras'>) {
  const named = moreLoras.flatMap(({ title, strength }) =>
    title ? [{ name: title, strength }] : [],
  );
  return named.length ? withPromptLoras(prompt, named) : prompt;
}

/** Those that a prompt may mean by a name: upper and lower case, spaces and signs between words do not matter. */
export function findByName<T>(name: string, all: readonly T[], titleOf: (one: T) => string): T[] {
  return all.filter((one) => keyOf(titleOf(one)) === keyOf(name));
}

function keyOf(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/\.safetensors$/, '')
    .replace(/[\s:<>_-]+/g, ' ')
    .trim();
}
