import type { InstanceMask } from './dataset-item';
import type { StoredMask } from './dataset-store';

/** The ids of a mask that is kept as a PNG. */
export async function readStoredMask({ png, classOf }: StoredMask): Promise<InstanceMask> {
  const { readPng } = await import('../image/read-png');
  const { width, height, samples } = await readPng(new Uint8Array(await png.arrayBuffer()));
  return { width, height, values: Uint16Array.from(samples), classOf };
}
