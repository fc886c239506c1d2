import type { GenerationRequest, LoraChoice } from '../contract/request';
import { encodeSamples } from '../image/png';
import { hashFactors } from '../models/manifest/hash-factors';
import { sha256Hex } from '../models/manifest/verify';

/** A request as it is saved: hashes stand for the pixels of the source image and of the masks. */
export async function recordedRequest(request: GenerationRequest): Promise<GenerationRequest> {
  const { init, inpaint, mask, lora, moreLoras, ...rest }: GenerationRequest = request;
  const recorded: GenerationRequest = { ...rest };
  if (init) {
    const { rgb, voxels, from: _said, ...kept } = init; // provenance says it
    recorded.init = { ...kept, sha256: await sha256Hex((voxels ?? rgb)!) };
  }
  if (inpaint) {
    const { region, ...kept } = inpaint;
    recorded.inpaint = { ...kept, sha256: await sha256Hex(region!) };
  }
  if (lora) recorded.lora = await recordedLora(lora);
  if (moreLoras) recorded.moreLoras = await Promise.all(moreLoras.map(recordedLora));
  if (mask) recorded.mask = { sha256: await sha256Hex(littleEndian(mask.labels!)) };
  return recorded;
}

async function recordedLora({ factors = [], ...kept }: LoraChoice): Promise<LoraChoice> {
  return { ...kept, sha256: await hashFactors(factors) };
}

/** The instance mask and the region of a request as grey PNGs, to be kept beside the image. */
export function maskFiles(
  { inpaint, mask }: GenerationRequest,
  { width, height }: { width: number; height: number },
): { maskPng?: Blob; regionPng?: Blob } {
  const file = (samples: Uint8Array | Uint16Array, what: string) =>
    encodeSamples({ width, height, samples }, { Description: `${what} of a synthetic image` });
  return {
    ...(mask && { maskPng: file(narrow(mask.labels!), 'Instance mask') }),
    ...(inpaint && {
      regionPng: file(
        inpaint.region!.map((value) => (value === 0 ? 0 : 255)),
        'Region painted anew',
      ),
    }),
  };
}

/** 8 bit where all ids fit. */
function narrow(labels: Uint16Array): Uint8Array | Uint16Array {
  return labels.every((id) => id < 256) ? Uint8Array.from(labels) : labels;
}

/** Typed arrays lie in memory as little-endian on every machine a browser runs on. */
function littleEndian({ buffer, byteOffset, byteLength }: Uint16Array<ArrayBuffer>) {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
