import { appError } from '../errors';
import { decodeRecord, encodeRecord } from './record-bytes';

/** A record as it lies on the disk. Nothing of it can be read or changed unseen without the key. */
export interface SealedRecord {
  /** 96 random bits, drawn anew each time the record is written. */
  iv: Uint8Array<ArrayBuffer>;
  bytes: ArrayBuffer;
}

/** Encrypts records, each bound to the collection and the id it is kept under. */
export interface RecordCipher {
  seal(collection: string, id: string, record: unknown): Promise<SealedRecord>;
  /** Rejects with `RecordCorrupt` where the record was changed, swapped, or sealed with another key. */
  open(collection: string, id: string, sealed: SealedRecord): Promise<unknown>;
}

const IV_BYTES = 12;

/** AES-GCM 256 with a key that may be posted to a worker: a CryptoKey that cannot be exported stays so there. */
export function createRecordCipher(key: CryptoKey): RecordCipher {
  return {
    async seal(collection, id, record) {
      const iv = randomIv();
      const plain = await encodeRecord(record);
      const bytes = await crypto.subtle.encrypt(aesGcm(iv, [collection, id]), key, plain);
      return { iv, bytes };
    },
    async open(collection, id, { iv, bytes }) {
      const plain = await crypto.subtle
        .decrypt(aesGcm(iv, [collection, id]), key, bytes)
        .catch((error: unknown) => corrupt(collection, id, error));
      return decodeRecord(new Uint8Array(plain));
    },
  };
}

/** 96 random bits: AES-GCM's own size. A data key is far from the 2³² records at which chance repeats matter. */
export function randomIv(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(IV_BYTES));
}

/** Parameters of AES-GCM with these words as additional data: what is sealed under them opens only under them. */
export function aesGcm(iv: Uint8Array<ArrayBuffer>, context: (string | number)[]): AesGcmParams {
  // As JSON, so that ['a', 'b'] and ['ab', ''] differ.
  const additionalData = new TextEncoder().encode(JSON.stringify(['phantoscope', 1, ...context]));
  return { name: 'AES-GCM', iv, additionalData };
}

function corrupt(collection: string, id: string, cause: unknown): never {
  throw appError(
    'RecordCorrupt',
    `Record ${id.slice(0, 8)} of ${collection} does not open with this key: it was changed, swapped or damaged on ` +
      'the disk. The other records are not affected. Bring it back from a copy that you saved, or delete it.',
    cause,
  );
}
