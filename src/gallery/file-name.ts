import type { GenerationRequest } from '../contract/request';

const MAX_LABEL_LENGTH = 48;

/** "chest-x-ray-of-a-58-year-old-7-0.png": what the picture shows, its seed, its index. */
export function fileName({ prompt, seed, imageIndex }: GenerationRequest): string {
  const words = prompt
    .normalize('NFKD')
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1') // é is e; the marks of other scripts make letters of their own
    .normalize('NFC')
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter(Boolean);
  const [first = 'image'] = words.splice(0, 1);
  let label = Array.from(first).slice(0, MAX_LABEL_LENGTH).join('');
  for (const word of words) {
    if (label.length + 1 + word.length > MAX_LABEL_LENGTH) break;
    label += `-${word}`;
  }
  return `${label}-${seed}-${imageIndex}.png`;
}
