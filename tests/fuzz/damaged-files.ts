import { crc32, PNG_SIGNATURE } from '../../src/image/png';
import { createRandom, mutate, type Random } from './mutations';

/** A whole file that damage starts from. */
export interface Original {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Makes one damaged file. */
type Damage = (
  original: Original,
  random: Random,
) => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;

/** Half of the PNGs get right checksums again, or all of the decoder but the checksum would stay untried. */
const damagePng: Damage = ({ bytes }, random) => {
  const damaged = mutate(bytes, random);
  return random(2) === 0 ? damaged : withChecksums(damaged);
};

/** Half of the packed volumes are damaged inside and packed again. */
const damageNifti: Damage = async ({ name, bytes }, random) => {
  if (!name.endsWith('.gz') || random(2) === 0) return mutate(bytes, random);
  const inside = mutate(await through(bytes, new DecompressionStream('gzip')), random);
  return through(inside, new CompressionStream('gzip'));
};

/** JPEG, DICOM and ZIP have nothing that would have to be mended. */
const damagePlain: Damage = ({ bytes }, random) => mutate(bytes, random);

/** What fuzzing tries; the images' names are those of `readImage`. */
export type FuzzedFormat = 'PNG' | 'JPEG' | 'DICOM' | 'NIfTI' | 'ZIP';

const DAMAGE: Record<FuzzedFormat, Damage> = {
  PNG: damagePng,
  NIfTI: damageNifti,
  JPEG: damagePlain,
  DICOM: damagePlain,
  ZIP: damagePlain,
};

/** The damaged file of this number; the same one whenever it is asked for. */
export function damagedFile(
  format: FuzzedFormat,
  originals: readonly Original[],
  number: number,
): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> {
  const random = createRandom(0x5eed, number);
  return DAMAGE[format](originals[random(originals.length)], random);
}

function withChecksums(png: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(png.buffer);
  for (let at = PNG_SIGNATURE.length; at + 12 <= png.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > png.length) break;
    view.setUint32(end, crc32(png.subarray(at + 4, end)));
    at = end + 4;
  }
  return png;
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const body = new Response(bytes).body!.pipeThrough(stream);
  return new Uint8Array(await new Response(body).arrayBuffer());
}
