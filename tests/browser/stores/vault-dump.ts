/** Every byte and letter of these databases, as one text that can be searched; bytes as Latin-1. */
export async function dumpDatabases(names: string[]): Promise<string> {
  const texts = await Promise.all(names.map(dumpDatabase));
  return texts.flat().join('\n');
}

async function dumpDatabase(name: string): Promise<string[]> {
  const db = await settled(indexedDB.open(name));
  try {
    const found = [...db.objectStoreNames].map(async (store) => {
      const objects = db.transaction(store).objectStore(store);
      const all = await Promise.all([settled(objects.getAllKeys()), settled(objects.getAll())]);
      return Promise.all(all.flat().map(words));
    });
    return (await Promise.all(found)).flat();
  } finally {
    db.close();
  }
}

async function words(value: unknown): Promise<string> {
  if (value instanceof Blob) return latin1(new Uint8Array(await value.arrayBuffer()));
  if (value instanceof ArrayBuffer) return latin1(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) return latin1(new Uint8Array(value.buffer));
  if (typeof value !== 'object' || value === null || value instanceof Date) return String(value);
  const inside = Object.entries(value).map(async ([key, item]) => `${key}=${await words(item)}`);
  return (await Promise.all(inside)).join('\n');
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error!);
  });
}
