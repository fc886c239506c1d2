import { appError } from '../errors';
import { exclusively } from '../common/exclusively';
import { checkPassphrase, createWrappedKey, rewrapKey, unwrapKey } from './passphrase-key';
import type { CipherSource, NamedCipher, SealableStore } from './private-store';
import { createRecordCipher, type SealedRecord } from './record-cipher';
import { forgetScrub, scrubbing } from './scrub';
import { openHeaderStore, type VaultHeader } from './vault-header';
import { randomId } from '../common/random-id';

/** Off: records are plain. Locked: sealed, and the key is not in this page. */
export type VaultStatus = 'off' | 'locked' | 'unlocked';

/** How far a change of all records is. */
export type OnRecords = (done: number, total: number) => void;

/** What the page holds in memory: taken away, sealed, while the vault is locked, and then given back. */
export interface Carried {
  take: () => unknown;
  giveBack: (taken: unknown) => void;
}

type HeaderStore = Awaited<ReturnType<typeof openHeaderStore>>;

/**
 * Encryption at rest: one passphrase for all stores of this browser. Every store that holds images, or what was made
 * from them, is opened with the vault as its CipherSource and handed to `protect` before the vault is used. A worker
 * gets `key` by postMessage and makes itself a cipher from it; it must forget it when the vault is locked.
 */
export class Vault implements CipherSource {
  #headers: HeaderStore;
  #header: VaultHeader | null;
  #key: CryptoKey | null = null;
  #named: NamedCipher | null = null;
  /** Records are being sealed or unsealed, by this page. */
  #changing = false;
  #stores: SealableStore[] = [];
  #carried: Carried | null = null;
  #incomplete: Error | null = null;
  #parked: (() => Promise<unknown>) | null = null;
  #listeners = new Set<() => void>();
  #name: string;
  #channel: BroadcastChannel;

  private constructor(name: string, headers: HeaderStore, header: VaultHeader | null) {
    this.#name = name;
    this.#headers = headers;
    this.#header = header;
    this.#channel = new BroadcastChannel(name);
    // Rejects where the database went away under this tab; the stores then say so themselves.
    this.#channel.onmessage = () => void this.#followTabs().catch(() => undefined);
  }

  /** Rejects with the platform's error where the browser denies storage. */
  static async open(name = 'vault'): Promise<Vault> {
    const headers = await openHeaderStore(name);
    return new Vault(name, headers, (await headers.read()) ?? null);
  }

  get status(): VaultStatus {
    if (this.#key) return 'unlocked';
    return this.#header ? 'locked' : 'off';
  }

  /** For a worker: it can be posted, but not exported. null unless unlocked. */
  get key(): CryptoKey | null {
    return this.#key;
  }

  get plainAllowed(): boolean {
    return this.#header === null || this.#changing;
  }

  current(): NamedCipher | null {
    return this.#named;
  }

  /** Called after each change of `status`, whichever tab made it. */
  onChange(listener: () => void) {
    this.#listeners.add(listener);
  }

  /** What the page must not hold in the clear while the vault is locked. */
  carry(carried: Carried) {
    this.#carried = carried;
  }

  /** Takes stores under protection and clears up after a change that was interrupted. True: that one was undone. */
  protect(stores: SealableStore[]): Promise<boolean> {
    return this.#alone(async () => {
      this.#stores.push(...stores);
      this.#header = (await this.#headers.read()) ?? null;
      const sealedBy = await Promise.all(this.#stores.map((store) => store.sealedBy()));
      const undone = this.#header?.phase === 'turning-on' && !sealedBy.some(Boolean);
      if (undone) {
        await this.#headers.remove();
        this.#header = null;
      }
      for (const store of this.#stores) await store.discardCopies();
      await forgetScrub(this.#name);
      return undone;
    });
  }

  /** A store is missing, and would stay plain: encryption is not turned on until the page has all of them. */
  refuseTurningOn(because: Error) {
    this.#incomplete = because;
  }

  /** Seals every record. Interrupted or failed before its end, everything is as before. */
  turnOn(passphrase: string, onRecords?: OnRecords): Promise<void> {
    return this.#alone(async () => {
      if (this.#incomplete) throw this.#incomplete;
      checkPassphrase(passphrase);
      if (await this.#headers.read()) throw changedElsewhere('on');
      const keyId = randomId();
      const wrapped = await createWrappedKey(passphrase, keyId);
      const key = await unwrapKey(wrapped, passphrase, keyId); // it does open
      const header: VaultHeader = { id: 'header', keyId, wrapped, phase: 'turning-on' };
      await this.#headers.write(header);
      const named = this.#use(header, key);
      await this.#change(
        async () => {
          await scrubbing(this.#name, () => this.#sealAll(named, onRecords));
          await this.#headers.write({ ...header, phase: 'on' });
        },
        async () => {
          await this.#unsealAll(named);
          for (const store of this.#stores) await store.discardCopies();
          await this.#headers.remove();
          this.#forget(null);
        },
      );
      this.#tellTabs();
    });
  }

  /** Opens the stores for this page. Rejects with `WrongPassphrase`. Seals what an interruption left plain. */
  unlock(passphrase: string): Promise<void> {
    return this.#alone(async () => {
      const header = await this.#headers.read();
      if (!header) throw changedElsewhere('off');
      const key = await unwrapKey(header.wrapped, passphrase, header.keyId);
      await this.#sealAll(this.#use(header, key));
      if (header.phase !== 'on') await this.#headers.write({ ...header, phase: 'on' });
      if (this.#parked) this.#carried?.giveBack(await this.#parked());
      this.#parked = null;
      this.#notify();
    });
  }

  /** Forgets the key. */
  lock(scope: 'every tab' | 'this tab' = 'every tab') {
    this.#park();
    this.#forget(this.#header);
    if (scope === 'every tab') this.#tellTabs();
    else this.#notify();
  }

  /** The same data key under another passphrase: no record changes. Rejects with `WrongPassphrase`. */
  changePassphrase(current: string, next: string): Promise<void> {
    return this.#alone(async () => {
      const header = await this.#headers.read();
      if (!header) throw changedElsewhere('off');
      const wrapped = await rewrapKey(header.wrapped, { current, next }, header.keyId);
      await this.#headers.write({ ...header, wrapped });
    });
  }

  /** Decrypts every record. Interrupted or failed before its end, everything is sealed as before. */
  turnOff(onRecords?: OnRecords): Promise<void> {
    return this.#alone(async () => {
      const named = this.#named;
      if (!named) throw appError('Locked', 'The images are locked. Unlock them first.');
      await this.#change(
        async () => {
          await this.#unsealAll(named, onRecords);
          await this.#headers.remove();
        },
        () => this.#sealAll(named),
      );
      this.#forget(null);
      this.#tellTabs();
    });
  }

  close() {
    this.#channel.close();
    this.#headers.close();
  }

  /** One change of the vault at a time, across tabs. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return exclusively(`${this.#name} change`, work);
  }

  async #change(work: () => Promise<void>, undo: () => Promise<void>) {
    this.#changing = true;
    try {
      await work();
    } catch (error) {
      await undo();
      throw error;
    } finally {
      this.#changing = false;
    }
  }

  async #sealAll(named: NamedCipher, onRecords?: OnRecords) {
    const onRecord = await this.#counter(onRecords);
    for (const store of this.#stores) await store.sealAll(named, onRecord);
  }

  async #unsealAll(named: NamedCipher, onRecords?: OnRecords) {
    const onRecord = await this.#counter(onRecords);
    for (const store of this.#stores) await store.unsealAll(named, onRecord);
  }

  async #counter(onRecords?: OnRecords) {
    const counts = await Promise.all(this.#stores.map((store) => store.count()));
    const total = counts.reduce((sum, count) => sum + count, 0);
    let done = 0;
    onRecords?.(done, total);
    return () => onRecords?.(++done, total);
  }

  #use(header: VaultHeader, key: CryptoKey): NamedCipher {
    this.#header = header;
    this.#key = key;
    this.#named = { cipher: createRecordCipher(key), keyId: header.keyId };
    return this.#named;
  }

  #forget(header: VaultHeader | null) {
    this.#header = header;
    this.#key = null;
    this.#named = null;
  }

  /** Seals what the page holds; the cipher outlives the key's departure by this one record. */
  #park() {
    const { cipher } = this.#named ?? {};
    if (!cipher || !this.#carried) return;
    const sealing: Promise<SealedRecord> = cipher.seal('page', 'parked', this.#carried.take());
    this.#parked = async () => this.#named?.cipher.open('page', 'parked', await sealing);
  }

  /** Another tab turned encryption on or off, or locked. */
  async #followTabs() {
    const header = (await this.#headers.read()) ?? null;
    if (header) this.#park();
    this.#forget(header);
    this.#notify();
  }

  #notify() {
    for (const listener of this.#listeners) listener();
  }

  #tellTabs() {
    this.#notify();
    this.#channel.postMessage('changed');
  }
}

function changedElsewhere(now: 'on' | 'off'): Error {
  return appError(
    'RequestInvalid',
    `Encryption was turned ${now} in another tab (expected it ${now === 'on' ? 'off' : 'on'}). Reload this page.`,
  );
}
