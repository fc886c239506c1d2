import { appError } from '../errors';
import { aesGcm, randomIv } from './record-cipher';

/** How a passphrase becomes a key. Kept beside the wrapped data key; none of it is secret. */
export interface KeyDerivation {
  name: 'PBKDF2';
  hash: 'SHA-256';
  iterations: number;
  salt: Uint8Array<ArrayBuffer>;
}

/** The data key, encrypted by a key that only the passphrase gives. */
export interface WrappedKey {
  derivation: KeyDerivation;
  iv: Uint8Array<ArrayBuffer>;
  bytes: ArrayBuffer;
}

/** 0.8 s on one Xeon core, 2 to 3 s on a phone; OWASP asks for at least 600,000. */
const ITERATIONS = 1_000_000;
const SALT_BYTES = 32;

/** Shorter ones are guessed too fast by somebody who has copied the disk. In characters. */
export const MIN_PASSPHRASE_LENGTH = 12;

const AES = { name: 'AES-GCM', length: 256 } as const;
const DATA_KEY_USAGES: KeyUsage[] = ['encrypt', 'decrypt'];

/** A new random data key, wrapped by the passphrase. Only the wrapped form leaves this function. */
export async function createWrappedKey(passphrase: string, keyId: string): Promise<WrappedKey> {
  // Only an extractable key can be wrapped; the one that works later is unwrapped as non-extractable.
  const dataKey = await crypto.subtle.generateKey(AES, true, DATA_KEY_USAGES);
  return wrap(dataKey, passphrase, keyId);
}

/** The data key, not extractable. Rejects with `WrongPassphrase`. */
export function unwrapKey(wrapped: WrappedKey, passphrase: string, keyId: string) {
  return unwrap(wrapped, passphrase, keyId, false);
}

/** The same data key under another passphrase; no record is encrypted anew. Rejects with `WrongPassphrase`. */
export async function rewrapKey(
  wrapped: WrappedKey,
  passphrases: { current: string; next: string },
  keyId: string,
): Promise<WrappedKey> {
  checkPassphrase(passphrases.next);
  const dataKey = await unwrap(wrapped, passphrases.current, keyId, true);
  return wrap(dataKey, passphrases.next, keyId);
}

/** Throws `RequestInvalid` for a passphrase that is too short to protect anything. */
export function checkPassphrase(passphrase: string) {
  const { length } = [...passphrase];
  if (length >= MIN_PASSPHRASE_LENGTH) return;
  throw appError(
    'RequestInvalid',
    `The passphrase is too short (expected at least ${MIN_PASSPHRASE_LENGTH} characters, got ${length}). ` +
      'Four or five random words are easy to remember and hard to guess.',
  );
}

async function wrap(dataKey: CryptoKey, passphrase: string, keyId: string): Promise<WrappedKey> {
  const derivation: KeyDerivation = {
    name: 'PBKDF2',
    hash: 'SHA-256',
    iterations: ITERATIONS,
    salt: crypto.getRandomValues(new Uint8Array(SALT_BYTES)),
  };
  const iv = randomIv();
  const key = await deriveKey(passphrase, derivation);
  const bytes = await crypto.subtle.wrapKey('raw', dataKey, key, keyContext(iv, keyId));
  return { derivation, iv, bytes };
}

async function unwrap(
  { derivation, iv, bytes }: WrappedKey,
  passphrase: string,
  keyId: string,
  extractable: boolean,
): Promise<CryptoKey> {
  const key = await deriveKey(passphrase, derivation);
  return crypto.subtle
    .unwrapKey('raw', bytes, key, keyContext(iv, keyId), AES, extractable, DATA_KEY_USAGES)
    .catch((error: unknown) => wrongPassphrase(error));
}

/**
 * PBKDF2 (RFC 8018) in the browser's own code: off this thread, and the derived key never exists as bytes that a
 * script could read, which no implementation in wasm can offer.
 */
async function deriveKey(passphrase: string, derivation: KeyDerivation): Promise<CryptoKey> {
  // One spelling for each letter, for keyboards differ in how they compose "é".
  const bytes = new TextEncoder().encode(passphrase.normalize('NFKC'));
  const base = await crypto.subtle.importKey('raw', bytes, 'PBKDF2', false, ['deriveKey']);
  bytes.fill(0);
  return crypto.subtle.deriveKey(derivation, base, AES, false, ['wrapKey', 'unwrapKey']);
}

function keyContext(iv: Uint8Array<ArrayBuffer>, keyId: string): AesGcmParams {
  return aesGcm(iv, ['data key', keyId]);
}

function wrongPassphrase(cause: unknown): never {
  throw appError(
    'WrongPassphrase',
    'This passphrase does not open the gallery. Nothing was lost: check Caps Lock and the keyboard layout, ' +
      'then try again.',
    cause,
  );
}
