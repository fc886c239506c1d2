import type { Share } from '../../../dataset/recipe';

/** "nevus ×2, melanoma" as a list: a share of 1 goes without saying. */
export function parseShares(text: string): Share<string>[] {
  return text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => {
      const [, value, share] = /^(.*?)(?:\s*[×*]\s*(\d+))?$/.exec(part)!;
      return { value: value.trim(), share: share ? Number(share) : 1 };
    });
}

/** What `parseShares` reads. */
export function formatShares(list: Share<string | number>[]): string {
  return list
    .map(({ value, share }) => (share === 1 ? String(value) : `${value} ×${share}`))
    .join(', ');
}
