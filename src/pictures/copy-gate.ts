import type { CopyCheck } from '../dataset/dataset-item';
import { isAboveLimit } from '../evaluation/copies/copy-limit';

/** What is done with suspected copies; null: nobody has said yet. */
export type SuspectChoice = 'leave-out' | 'mark' | null;

/** What the copy check means for the images of one export. */
export interface CopyGate {
  /** Suspected copies among them. */
  count: number;
  /** Of so many that were compared. */
  total: number;
  /** Largest share of copies that may go out unasked, 0…1. */
  limit: number;
  /** Above the limit: refused until somebody decides. */
  above: boolean;
  /** The check says which they are, so they can be left out and marked. */
  named: boolean;
}

/** The gate of an export of these images (by id); null where they were never compared with real ones. */
export function copyGate(check: CopyCheck | undefined, ids: readonly string[]): CopyGate | null {
  if (!check) return null;
  const { copies, checked, suspects, limit = 0 } = check;
  const known = new Set(suspects);
  const count = suspects ? ids.filter((id) => known.has(id)).length : copies;
  const total = suspects ? Math.max(count, Math.min(ids.length, checked)) : checked;
  return { count, total, limit, above: isAboveLimit(count, total, limit), named: !!suspects };
}
