import { expect, test, vi } from 'vitest';
import {
  checkPassphrase,
  createWrappedKey,
  rewrapKey,
  unwrapKey,
} from '../../../src/crypto/passphrase-key';
import { createRecordCipher } from '../../../src/crypto/record-cipher';

// A million rounds take a while on a busy machine, which is slow, not wrong.
vi.setConfig({ testTimeout: 60_000 });

const PASSPHRASE = 'correct horse battery';

test('the key is derived by PBKDF2-SHA-256 with at least 600,000 rounds and a salt of its own', async () => {
  const [first, second] = await Promise.all([
    createWrappedKey(PASSPHRASE, 'k'),
    createWrappedKey(PASSPHRASE, 'k'),
  ]);

  expect(first.derivation).toMatchObject({ name: 'PBKDF2', hash: 'SHA-256' });
  expect(first.derivation.iterations).toBeGreaterThanOrEqual(600_000);
  expect(first.derivation.salt.length).toBeGreaterThanOrEqual(16);
  expect(first.derivation.salt).not.toEqual(second.derivation.salt);
  expect(Buffer.from(first.bytes).equals(Buffer.from(second.bytes))).toBe(false);
});

test('the unwrapped key cannot be exported', async () => {
  const key = await unwrapKey(await createWrappedKey(PASSPHRASE, 'k'), PASSPHRASE, 'k');

  expect(key).toMatchObject({ extractable: false, algorithm: { name: 'AES-GCM', length: 256 } });
  await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow();
});

test('a wrong passphrase, and a header that was tampered with, give the named error', async () => {
  const wrapped = await createWrappedKey(PASSPHRASE, 'k');
  const weaker = { ...wrapped, derivation: { ...wrapped.derivation, iterations: 1 } };

  const refused = await Promise.allSettled([
    unwrapKey(wrapped, 'correct horse batterz', 'k'),
    unwrapKey(wrapped, PASSPHRASE, 'another key'),
    unwrapKey(weaker, PASSPHRASE, 'k'),
  ]);
  for (const outcome of refused) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'WrongPassphrase' } });
  }
});

test('a changed passphrase opens the same data key, and the old one opens nothing', async () => {
  const before = await createWrappedKey(PASSPHRASE, 'k');
  const sealed = await createRecordCipher(await unwrapKey(before, PASSPHRASE, 'k')).seal(
    'g',
    'a',
    7,
  );

  const next = 'a quite different one';
  const after = await rewrapKey(before, { current: PASSPHRASE, next }, 'k');

  const cipher = createRecordCipher(await unwrapKey(after, next, 'k'));
  expect(await cipher.open('g', 'a', sealed)).toBe(7);
  await expect(unwrapKey(after, PASSPHRASE, 'k')).rejects.toMatchObject({
    name: 'WrongPassphrase',
  });
});

test('a letter typed as one or as two code points is the same letter', async () => {
  const wrapped = await createWrappedKey('größere Übung', 'k');
  const key = await unwrapKey(wrapped, 'größere Übung'.normalize('NFD'), 'k');
  expect(key.type).toBe('secret');
});

test('a passphrase that is too short is refused in words', () => {
  expect(() => checkPassphrase('12345678901')).toThrow(/at least 12 characters, got 11/);
  expect(() => checkPassphrase('123456789012')).not.toThrow();
});
