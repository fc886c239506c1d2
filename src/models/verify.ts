import { appError } from '../errors';
import type { Shard } from './manifest';

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
 * Resolves to the sha256 of a fetched shard once it is right; `ModelCorrupt` otherwise. Where nobody published a
 * hash, the actual one is taken as right and recorded by the caller.
 */
export async function verifyShard(shard: Shard, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const actual = await sha256Hex(bytes);
  if (shard.sha256 !== null && actual !== shard.sha256) {
    throw appError(
      'ModelCorrupt',
      `${shard.path} does not match its checksum (expected ${shard.sha256.slice(0, 12)}…, got ` +
        `${actual.slice(0, 12)}…). Delete the model and download it again.`,
    );
  }
  return actual;
}
