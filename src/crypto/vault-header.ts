import type { DBSchema } from 'idb';
import { openDatabase } from '../common/open-database';
import type { WrappedKey } from './passphrase-key';

/** All that is stored of a vault: useless without the passphrase. */
export interface VaultHeader {
  id: 'header';
  keyId: string;
  wrapped: WrappedKey;
  /** 'turning-on' until every store is sealed for the first time. */
  phase: 'turning-on' | 'on';
}

interface VaultDB extends DBSchema {
  header: { key: string; value: VaultHeader };
}

/** Opens the place where the wrapped key lies. */
export async function openHeaderStore(name: string) {
  const db = await openDatabase<VaultDB>(name, 1, 'The encrypted images', {
    upgrade: (db) => void db.createObjectStore('header', { keyPath: 'id' }),
  });
  // On the disk before anything is sealed with the key that it wraps.
  const write = async (work: (header: IDBObjectStore) => void) => {
    const transaction = db.transaction('header', 'readwrite', { durability: 'strict' });
    work(transaction.store as unknown as IDBObjectStore);
    await transaction.done;
  };
  return {
    read: () => db.get('header', 'header'),
    write: (header: VaultHeader) => write((store) => store.put(header)),
    remove: () => write((store) => store.delete('header')),
    close: () => db.close(),
  };
}
