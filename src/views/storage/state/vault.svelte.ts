import { texts } from '../texts';

/** What VaultState needs of src/crypto/vault.ts. */
export interface VaultPort {
  readonly status: 'off' | 'locked' | 'unlocked';
  turnOn(passphrase: string, onRecords: OnRecords): Promise<void>;
  turnOff(onRecords: OnRecords): Promise<void>;
  unlock(passphrase: string): Promise<void>;
  changePassphrase(current: string, next: string): Promise<void>;
  lock(scope: 'every tab' | 'this tab'): void;
  onChange(listener: () => void): void;
  /** `take` hands over what must not lie in the clear while locked; `giveBack` gets it after the unlock. */
  carry(carried: { take: () => unknown; giveBack: (taken: unknown) => void }): void;
}

type OnRecords = (done: number, total: number) => void;

/** What is going on with the encrypted images. */
export interface VaultWork {
  title: string;
  /** Records; null where there is nothing to count. */
  done: number | null;
  total: number;
}

/** Encryption at rest as the page shows it. */
export class VaultState {
  status = $state<VaultPort['status']>('off');
  work = $state.raw<VaultWork | null>(null);
  error = $state.raw<Error | null>(null);
  /** What was done last, for a live region. */
  notice = $state('');

  #vault: VaultPort;

  constructor(vault: VaultPort, { undone = false } = {}) {
    this.#vault = vault;
    this.status = vault.status;
    if (undone) {
      this.notice = texts.turningEncryptionOnInterrupted;
    }
    vault.onChange(() => (this.status = vault.status));
  }

  /** Resolves to whether it worked; otherwise `error` says why not. */
  turnOn(passphrase: string): Promise<boolean> {
    const title = texts.encryptingStoredImages;
    const done = texts.encryptionOnKeepPassphrase;
    return this.#run(title, done, (onRecords) => this.#vault.turnOn(passphrase, onRecords));
  }

  turnOff(): Promise<boolean> {
    const title = texts.decryptingStoredImages;
    const done = texts.encryptionOffImagesStored;
    return this.#run(title, done, (onRecords) => this.#vault.turnOff(onRecords));
  }

  unlock(passphrase: string): Promise<boolean> {
    return this.#run(texts.unlocking, '', () => this.#vault.unlock(passphrase));
  }

  changePassphrase(current: string, next: string): Promise<boolean> {
    const work = () => this.#vault.changePassphrase(current, next);
    return this.#run(texts.changingPassphrase, texts.passphraseChanged, work);
  }

  /** At once; the page forgets the images and the key. An idle tab locks itself only, a person all of them. */
  lock(scope: 'every tab' | 'this tab' = 'every tab') {
    this.notice = '';
    this.error = null;
    this.#vault.lock(scope);
  }

  async #run(title: string, notice: string, work: (onRecords: OnRecords) => Promise<void>) {
    if (this.work) return false;
    this.work = { title, done: null, total: 0 };
    this.error = null;
    this.notice = '';
    try {
      await work((done, total) => (this.work = { title, done, total }));
      this.notice = notice;
      return true;
    } catch (error) {
      this.error = error as Error;
      return false;
    } finally {
      this.work = null;
      this.status = this.#vault.status;
    }
  }
}
