/**
 * What a store of records can do; a `PrivateStore` is one. The first word of an id says which kind of record it is
 * (`facts/…`), so that one kind can be listed by itself.
 */
export interface Records<T extends { id: string }> {
  putAll(records: T[]): Promise<void>;
  get(id: string): Promise<T | undefined>;
  ids(prefix: string): Promise<string[]>;
  listSmall(prefix: string, onUnreadable: (error: Error) => void): Promise<T[]>;
  removeAll(ids: string[]): Promise<void>;
}

/** Records that last as long as the page, for a session that keeps nothing and for browsers that deny IndexedDB. */
export function createMemoryRecords<T extends { id: string }>(): Records<T> {
  const records = new Map<string, T>();
  const ids = (prefix: string) => [...records.keys()].filter((id) => id.startsWith(prefix)).sort();
  return {
    // A copy, as a database makes one: a checkpoint of fine-tuning is changed in place.
    putAll: async (added) => added.forEach((one) => records.set(one.id, structuredClone(one))),
    get: async (id) => records.get(id),
    ids: async (prefix) => ids(prefix),
    listSmall: async (prefix) => ids(prefix).map((id) => records.get(id)!),
    removeAll: async (gone) => gone.forEach((id) => records.delete(id)),
  };
}
