import type { DBSchema, IDBPDatabase } from 'idb';
import type { SealedRecord } from './record-cipher';

/** A sealed record under its id. */
export interface Sealed extends SealedRecord {
  id: string;
}

/** One of these two sides holds the records, and `mode` says which. */
export interface PrivateDB extends DBSchema {
  /** Plain records; while they are being decrypted, the copies so far. */
  items: { key: string; value: { id: string } };
  /** Sealed records; while they are being encrypted, the copies so far. */
  sealed: { key: string; value: Sealed };
  /** One record that says which of the two counts. */
  mode: { key: string; value: { id: 'mode'; sealedBy: string | null } };
}

/** Where records are. */
export type Side = 'items' | 'sealed';

/** How many records are in memory at a time; what is larger than some megabytes is stored in several records. */
const BATCH = 8;

/** What moving all records to the other side takes. */
export interface Change {
  db: IDBPDatabase<PrivateDB>;
  alone: <R>(work: () => Promise<R>) => Promise<R>;
  from: Side;
  to: Side;
  /** null: leave this record out. */
  copy: (record: { id: string }) => Promise<{ id: string } | null>;
  onRecord: () => void;
}

/**
 * Copies every record to the other side, some at a time; then, in a single transaction, drops the originals and says
 * that the copies count. Until that transaction nothing has changed, and after it everything has: no moment between.
 */
export async function changeSides(
  { db, alone, from, to, copy, onRecord }: Change,
  sealedBy: string | null,
) {
  const leftOut = new Set<string>(); // these do not open
  const missing = async () => {
    const copied = new Set(await db.getAllKeys(to));
    return (await db.getAllKeys(from)).filter((id) => !copied.has(id) && !leftOut.has(id));
  };
  const commit = async () => {
    const stores = ['items', 'sealed', 'mode'] as const;
    const transaction = db.transaction(stores, 'readwrite', { durability: 'strict' });
    await Promise.all([
      transaction.objectStore(from).clear(),
      transaction.objectStore('mode').put({ id: 'mode', sealedBy }),
      transaction.done,
    ]);
  };
  const copyBatch = async (ids: string[]) => {
    const copies = await Promise.all(
      ids.map(async (id) => {
        const record = await db.get(from, id);
        const copied = record && (await copy(record));
        if (!copied) leftOut.add(id); // or deleted in the meantime
        onRecord();
        return copied;
      }),
    );
    const { store, done } = db.transaction(to, 'readwrite');
    await Promise.all([...copies.filter((one) => one != null).map((one) => store.put(one)), done]);
  };

  await alone(() => db.clear(to)); // copies of an earlier, interrupted change, under a key long gone
  for (;;) {
    // Records may be added and replaced meanwhile; whoever does that drops the copy.
    const rest = await alone(async () => {
      const ids = await missing();
      if (!ids.length) await commit();
      return ids;
    });
    if (!rest.length) return;
    for (const ids of inBatches(rest)) await alone(() => copyBatch(ids));
  }
}

/** Of `size` ids each, in order. */
export function inBatches(ids: string[], size = BATCH): string[][] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, i) =>
    ids.slice(i * size, (i + 1) * size),
  );
}
