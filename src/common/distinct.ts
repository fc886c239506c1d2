/** What occurs, sorted; empty texts are left out. */
export function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].filter(Boolean).sort();
}
