import { appError } from '../../errors';
import type { Shard } from './manifest';

/** Of a whole file; small beside a shard. */
const SLICE_BYTES = 4 * 2 ** 20;

/** sha256 of the bytes, lower-case hex. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Absent on plain http.
  if (!(crypto.subtle as SubtleCrypto | undefined)) {
    throw appError(
      'ModelUnsupported',
      'Checksums cannot be computed here: the browser allows them on https and on localhost only. Open this ' +
        'page over https or from localhost.',
    );
  }
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Resolves to the sha256 of a shard's bytes once it is right; `ModelCorrupt` otherwise. Where nobody published a hash,
 * the actual one is taken as right and recorded by the caller.
 */
export async function verifyShard(shard: Shard, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const actual = await sha256Hex(bytes);
  if (shard.sha256 !== null && actual !== shard.sha256) {
    throw mismatch(shard.path, shard.sha256, actual);
  }
  return actual;
}

/** Checks a file against the hash of all its bytes, a slice at a time: WebCrypto would want them in memory at once. */
export async function verifyFile(
  name: string,
  expected: string,
  blob: Blob,
  onBytes: (bytesDone: number) => void,
) {
  const { createSHA256 } = await import('hash-wasm');
  const hasher = await createSHA256();
  for (let start = 0; start < blob.size; start += SLICE_BYTES) {
    hasher.update(new Uint8Array(await blob.slice(start, start + SLICE_BYTES).arrayBuffer()));
    onBytes(Math.min(start + SLICE_BYTES, blob.size));
  }
  const actual = hasher.digest('hex');
  if (actual !== expected) throw mismatch(name, expected, actual);
}

function mismatch(path: string, expected: string, actual: string) {
  return appError(
    'ModelCorrupt',
    `${path} does not match its checksum (expected ${expected.slice(0, 12)}…, got ` +
      `${actual.slice(0, 12)}…). Delete the model and download it again.`,
  );
}
