import type { FactorArray } from '../../contract/request';
import { sha256Hex } from './verify';

/** sha256 of the factors' numbers as little-endian float32, in the order of their names, hex. */
export async function hashFactors(factors: readonly FactorArray[]): Promise<string> {
  const sorted = [...factors].sort((a, b) => (a.name < b.name ? -1 : 1));
  return sha256Hex(new Uint8Array(await new Blob(sorted.map(({ data }) => data)).arrayBuffer()));
}
