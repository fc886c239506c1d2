/** How a click means to select. */
export interface ClickKeys {
  shift: boolean;
  command: boolean;
}

/** What is selected; replaced as a whole, never changed. */
export type Selection = ReadonlySet<string>;

/** Exactly these ids. */
export function select(ids: string[] = []): Selection {
  return new Set(ids);
}

/** With this id, or without it where it was there. */
export function toggled(selection: Selection, id: string): Selection {
  const changed = new Set(selection);
  if (!changed.delete(id)) changed.add(id);
  return changed;
}

/** From one id to the other, both included, in the order of `ids`; null where one of them is not among these. */
export function between(ids: string[], one: string, other: string): Selection | null {
  const [a, b] = [ids.indexOf(one), ids.indexOf(other)];
  if (a < 0 || b < 0) return null;
  return new Set(ids.slice(Math.min(a, b), Math.max(a, b) + 1));
}
