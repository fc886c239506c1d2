import type { GenerationRequest } from '../../workers/api';

const MAX_LABEL_LENGTH = 48;

/** "chest-x-ray-of-a-58-year-old-7-0.png": what the picture shows, its seed, its index. */
export function fileName({ prompt, seed, imageIndex }: GenerationRequest): string {
  const words = prompt
    .normalize('NFKD')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  let label = words.shift()?.slice(0, MAX_LABEL_LENGTH) ?? 'image';
  for (const word of words) {
    if (label.length + 1 + word.length > MAX_LABEL_LENGTH) break;
    label += `-${word}`;
  }
  return `${label}-${seed}-${imageIndex}.png`;
}
