import type { IDBPDatabase } from 'idb';
import { appError } from '../errors';
import { changeSides, inBatches, type PrivateDB, type Sealed, type Side } from './change-sides';
import { exclusively } from '../common/exclusively';
import { openDatabase } from '../common/open-database';
import type { RecordCipher } from './record-cipher';

/** A cipher, and the name of its key: a store remembers which key its records are sealed with. */
export interface NamedCipher {
  cipher: RecordCipher;
  keyId: string;
}

/** What a store asks before it reads or writes. */
export interface CipherSource {
  /** null while encryption is off or locked. */
  current(): NamedCipher | null;
  /** False as soon as records are to be sealed, even where this store has none yet. */
  readonly plainAllowed: boolean;
}

/** What turning encryption on and off needs of a store. */
export interface SealableStore {
  /** The key that the records are sealed with; null where they are plain. */
  sealedBy(): Promise<string | null>;
  sealAll(named: NamedCipher, onRecord: () => void): Promise<void>;
  /** Records that do not open are left out: no key will ever open them. */
  unsealAll(named: NamedCipher, onRecord: () => void): Promise<void>;
  /** Drops what an interrupted change has left behind. */
  discardCopies(): Promise<void>;
  count(): Promise<number>;
}

/** How many records a listing of small ones opens at a time. */
const SMALL_BATCH = 256;

/** Encryption that is off for good: for browsers without WebCrypto, and tests. */
export const UNPROTECTED: CipherSource = { current: () => null, plainAllowed: true };

/** A kind of record in a database of its own, sealed while encryption is on. Keyed by `id`. */
export class PrivateStore<T extends { id: string }> implements SealableStore {
  #name: string;
  #db: IDBPDatabase<PrivateDB>;
  #source: CipherSource;

  private constructor(name: string, db: IDBPDatabase<PrivateDB>, source: CipherSource) {
    this.#name = name;
    this.#db = db;
    this.#source = source;
  }

  /** Opens the database `name`. Rejects with the platform's error where the browser denies storage. */
  static async open<T extends { id: string }>(name: string, source: CipherSource) {
    return new PrivateStore<T>(name, await openStore(name), source);
  }

  /** Adds the record, or replaces the one with its id. Rejects with `Locked` where it cannot be sealed now. */
  put(item: T): Promise<void> {
    return this.putAll([item]);
  }

  /** As `put`, for several records in one transaction: all of them, or none. */
  putAll(items: T[]): Promise<void> {
    return this.#alone(() => this.#write(items));
  }

  async #write(items: T[]) {
    const mode = await this.sealedBy();
    if (mode !== null) {
      const named = keyFor(this.#source, mode);
      const sealed = await Promise.all(items.map((item) => this.#seal(named, item)));
      await putOn(this.#db, 'sealed', sealed);
    } else if (this.#source.plainAllowed) await putOn(this.#db, 'items', items);
    else throw locked();
  }

  /** Changes the record as it is stored now, whichever tab wrote it last; one that is gone stays gone. */
  update(id: string, change: (item: T) => Promise<T>): Promise<void> {
    return this.#alone(async () => {
      const item = await this.get(id);
      if (item) await this.#write([await change(item)]);
    });
  }

  async get(id: string): Promise<T | undefined> {
    const mode = await this.sealedBy();
    if (mode === null) return (await this.#db.get('items', id)) as T | undefined;
    const named = keyFor(this.#source, mode);
    const sealed = await this.#db.get('sealed', id);
    return sealed && this.#open(named, sealed);
  }

  /** Ids that begin like this, in order; no record is read for them, and no key is needed. */
  async ids(prefix: string): Promise<string[]> {
    const side = (await this.sealedBy()) === null ? 'items' : 'sealed';
    return this.#db.getAllKeys(side, beginning(prefix));
  }

  /** The records, small ones, whose ids begin like this, in order; each that does not open is reported instead. */
  async listSmall(prefix: string, onUnreadable: (error: Error) => void): Promise<T[]> {
    const mode = await this.sealedBy();
    const range = beginning(prefix);
    if (mode === null) return (await this.#db.getAll('items', range)) as unknown as T[];
    const named = keyFor(this.#source, mode);
    const found: T[] = [];
    const ids = await this.#db.getAllKeys('sealed', range);
    for (const batch of inBatches(ids, SMALL_BATCH)) {
      const sealed = await this.#db.getAll(
        'sealed',
        IDBKeyRange.bound(batch[0], batch[batch.length - 1]),
      );
      const opened = await Promise.all(
        sealed.map((one) => this.#open(named, one).catch(onUnreadable)),
      );
      found.push(...opened.filter((one) => one !== undefined));
    }
    return found;
  }

  /** All records, in no order; each that does not open is reported instead. */
  async list(onUnreadable: (error: Error) => void): Promise<T[]> {
    const mode = await this.sealedBy();
    if (mode === null) return (await this.#db.getAll('items')) as unknown as T[];
    const named = keyFor(this.#source, mode);
    const found: T[] = [];
    const read = async (id: string) => {
      const sealed = await this.#db.get('sealed', id);
      if (sealed) found.push(await this.#open(named, sealed));
    };
    const ids = await this.#db.getAllKeys('sealed');
    for (const batch of inBatches(ids)) {
      await Promise.all(batch.map((id) => read(id).catch(onUnreadable)));
    }
    return found;
  }

  remove(id: string): Promise<void> {
    return this.removeAll([id]);
  }

  /** Several in one transaction: all of them, or none. */
  removeAll(ids: string[]): Promise<void> {
    return this.#alone(() => removeFrom(this.#db, ids));
  }

  async count(): Promise<number> {
    return this.#db.count((await this.sealedBy()) === null ? 'items' : 'sealed');
  }

  async sealedBy(): Promise<string | null> {
    return (await this.#db.get('mode', 'mode'))?.sealedBy ?? null;
  }

  async sealAll(named: NamedCipher, onRecord: () => void) {
    if ((await this.sealedBy()) === named.keyId) return;
    await changeSides(
      {
        db: this.#db,
        alone: (work) => this.#alone(work),
        onRecord,
        from: 'items',
        to: 'sealed',
        copy: (item) => this.#seal(named, item),
      },
      named.keyId,
    );
  }

  async unsealAll(named: NamedCipher, onRecord: () => void) {
    if ((await this.sealedBy()) === null) return;
    await changeSides(
      {
        db: this.#db,
        alone: (work) => this.#alone(work),
        onRecord,
        from: 'sealed',
        to: 'items',
        copy: (sealed) => readable(this.#open(named, sealed as Sealed)),
      },
      null,
    );
  }

  discardCopies(): Promise<void> {
    return this.#alone(async () =>
      this.#db.clear((await this.sealedBy()) === null ? 'sealed' : 'items'),
    );
  }

  close() {
    this.#db.close();
  }

  async #seal({ cipher }: NamedCipher, item: { id: string }): Promise<Sealed> {
    return { id: item.id, ...(await cipher.seal(this.#name, item.id, item)) };
  }

  async #open({ cipher }: NamedCipher, sealed: Sealed): Promise<T> {
    return (await cipher.open(this.#name, sealed.id, sealed)) as T;
  }

  /** One writer at a time, across tabs and workers. */
  #alone<R>(work: () => Promise<R>): Promise<R> {
    return exclusively(`store ${this.#name}`, work);
  }
}

async function putOn(db: IDBPDatabase<PrivateDB>, side: Side, records: { id: string }[]) {
  const transaction = db.transaction(['items', 'sealed'], 'readwrite');
  const other = side === 'items' ? 'sealed' : 'items';
  await Promise.all([
    ...records.map((record) => transaction.objectStore(side).put(record as Sealed)),
    ...records.map(({ id }) => transaction.objectStore(other).delete(id)),
    transaction.done,
  ]);
}

async function removeFrom(db: IDBPDatabase<PrivateDB>, ids: string[]) {
  const transaction = db.transaction(['items', 'sealed'], 'readwrite');
  await Promise.all([
    ...ids.map((id) => transaction.objectStore('items').delete(id)),
    ...ids.map((id) => transaction.objectStore('sealed').delete(id)),
    transaction.done,
  ]);
}

/** All keys that begin with `prefix`: no key has the last character of the alphabet. */
function beginning(prefix: string): IDBKeyRange {
  return IDBKeyRange.bound(prefix, `${prefix}\uffff`, false, true);
}

/** What is kept in each, at the start of a sentence. */
const TITLES: Record<string, string> = {
  gallery: 'The stored images',
  datasets: 'The stored data sets',
  features: 'The stored features of compared images',
  evaluations: 'The stored comparisons',
  finetunes: 'The stored tuned models and their runs',
  prompts: 'The stored prompts',
};

function openStore(name: string) {
  return openDatabase<PrivateDB>(name, 2, TITLES[name] ?? `The stored records (${name})`, {
    upgrade(db, oldVersion, _newVersion, transaction) {
      // Version 1 was the gallery before there was encryption.
      if (oldVersion < 1) db.createObjectStore('items', { keyPath: 'id' });
      else (transaction.objectStore('items') as unknown as IDBObjectStore).deleteIndex('createdAt');
      db.createObjectStore('sealed', { keyPath: 'id' });
      db.createObjectStore('mode', { keyPath: 'id' });
    },
  });
}

function keyFor(source: CipherSource, sealedBy: string): NamedCipher {
  const named = source.current();
  if (!named) throw locked();
  if (named.keyId === sealedBy) return named;
  throw appError(
    'RecordCorrupt',
    'The stored images are encrypted with another key than the one that was unlocked, so they cannot be read. ' +
      'Bring the browser profile back from a copy, or erase everything and start anew.',
  );
}

function locked(): Error {
  return appError(
    'Locked',
    'The stored images are locked (expected the passphrase first). Unlock them, then try again.',
  );
}

/** The record, or null where it does not open. */
async function readable<T>(record: Promise<T>): Promise<T | null> {
  try {
    return await record;
  } catch (error) {
    if ((error as Error).name === 'RecordCorrupt') return null;
    throw error;
  }
}
