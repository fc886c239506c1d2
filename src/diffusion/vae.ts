import {
  createGpuTensor,
  readFloat32,
  readGpuBuffer,
  tensorBytes,
} from '../models/runtime/gpu-tensor';
import { threePlanes, type LabelledVolume } from '../image/volume/labelled-volume';
import type { DiffusionEntry } from '../models/manifest/manifest';
import type { GpuTensor, ModelSession } from '../models/runtime/session-types';
import { checkInputs } from './graph-inputs';
import type { GpuMath } from './gpu-latents';
import { latentDims, scaleLatents, unscaleLatents, type Latents } from './latents';
import { assertFinite, selectRows, toFloat32, toTensor, wrongNumber } from './tensors';
import { decodeInTiles } from './vae-tiles';
import { toVolume } from './volume';

/** Opaque pixels, row by row, four bytes each: what a canvas and a PNG take. */
export interface RgbaImage {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** What a decoder makes: a picture, and where the model makes volumes the one that it shows three planes of. */
export interface Decoded extends RgbaImage {
  volume?: LabelledVolume;
}

/** Clean latents [1, c, h, w] (or [1, c, x, y, z]) at the UNet's scale → an image. */
export interface VaeDecoder {
  decode(latents: Latents): Promise<Decoded>;
  /** [3, height, width] or [3, x, y, z], −1…1 and a little beyond, before it is clamped and rounded. */
  decodeFloat(latents: Latents): Promise<Float32Array>;
}

/** The VAE decoder of a model; in tiles where the whole image would not fit. */
export function createVaeDecoder(
  entry: DiffusionEntry,
  session: ModelSession,
  math: GpuMath | null,
): VaeDecoder {
  checkInputs(`The VAE decoder of ${entry.title}`, entry.components.vaeDecoder, session, [
    'latents',
  ]);
  const { width, height } = entry.image;
  const onCpu = createCpuDecoder(entry, session, tileSize(entry, math));
  const decodeOnCpu = async (latents: Latents) => {
    return onCpu(latents instanceof Float32Array ? latents : await readFloat32(math!.gpu, latents));
  };
  const { volume: facts } = entry;
  if (facts) {
    return {
      decodeFloat: decodeOnCpu,
      async decode(latents) {
        const volume = toVolume(await decodeOnCpu(latents), facts);
        return { ...threePlanes(volume), volume };
      },
    };
  }
  if (!math || tileSize(entry, math) !== null) {
    return {
      decodeFloat: decodeOnCpu,
      decode: async (latents) => toPixels(await decodeOnCpu(latents), width, height),
    };
  }
  return createGpuDecoder(entry, session, math);
}

/** A wasm heap has room for no larger tensors beside the weights. */
const MAX_WASM_TENSOR = 2 ** 30;

/** The side of a tile in latent pixels; null where the image is decoded at once. */
export function tileSize(
  { image, volume, latents, components }: DiffusionEntry,
  math: GpuMath | null,
) {
  const { tile } = components.vaeDecoder;
  if (!tile || volume || Math.max(image.width, image.height) <= tile.size * latents.downscale)
    return null;
  const { maxBufferSize = MAX_WASM_TENSOR, maxStorageBufferBindingSize = MAX_WASM_TENSOR } =
    math?.gpu.device.limits ?? {};
  const room = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  return room < (tile.wholeNeedsBytes ?? Infinity) ? tile.size : null;
}

function createCpuDecoder(entry: DiffusionEntry, session: ModelSession, tile: number | null) {
  const { inputs, outputs } = entry.components.vaeDecoder;
  const dims = latentDims(entry);
  async function run(encoded: Float32Array, runDims: number[]): Promise<Float32Array> {
    const [batch] = inputs.latents.shape;
    const rows = Array<number>(typeof batch === 'number' ? batch : 1).fill(0);
    const sample = toTensor(inputs.latents, runDims, selectRows(encoded, 1, rows));
    const { [outputs.image.name]: image } = await session.run({ [inputs.latents.name]: sample });
    const decoded = toFloat32(image);
    return decoded.subarray(0, decoded.length / rows.length);
  }
  return (latents: Float32Array): Promise<Float32Array> => {
    assertFinite(latents, 'the latents');
    const encoded = unscaleLatents(latents, entry);
    if (tile === null) return run(encoded, dims);
    return decodeInTiles(encoded, dims, tile, entry.latents.downscale, run);
  };
}

/** Latents stay where they are, and only bytes come back. */
function createGpuDecoder(entry: DiffusionEntry, session: ModelSession, math: GpuMath): VaeDecoder {
  const { inputs, outputs } = entry.components.vaeDecoder;
  const { gpu, kernels } = math;
  const { width, height } = entry.image;
  const { scalingFactor, shift } = entry.latents;
  const [, ...dims] = latentDims(entry);
  const count = dims.reduce((product, size) => product * size, 1);
  const [fixed] = inputs.latents.shape;
  const rows = typeof fixed === 'number' ? fixed : 1;

  /** Runs the graph and then `read` on its image [rows, 3, height, width]; the buffers go when that is done. */
  async function withImage<T>(latents: GpuTensor, read: (image: GpuTensor) => Promise<T>) {
    const encoded = createGpuTensor(gpu.device, inputs.latents.dtype, [rows, ...dims]);
    const image = createGpuTensor(gpu.device, outputs.image.dtype, [rows, 3, height, width]);
    const scale = { f32: 1 / scalingFactor };
    const uniforms = kernels.uniforms([{ u32: count }, { u32: rows }, scale, { f32: shift }]);
    const half = encoded.dtype === 'float16';
    kernels.run('affine', half, count * rows, uniforms, [latents.buffer, encoded.buffer]);
    uniforms.destroy();
    try {
      const feeds = { [inputs.latents.name]: encoded };
      await session.runInto!(feeds, { [outputs.image.name]: image });
      return await read(image);
    } finally {
      encoded.buffer.destroy();
      image.buffer.destroy();
    }
  }

  const plane = width * height;
  return {
    decode: (latents) =>
      withImage(latents as GpuTensor, async (image) => {
        // One word more than there are pixels: the kernel counts wrong numbers there.
        const pixels = createGpuTensor(gpu.device, 'int32', [plane + 1]);
        const uniforms = kernels.uniforms([{ u32: plane }]);
        const half = image.dtype === 'float16';
        kernels.run('pixels', half, plane, uniforms, [image.buffer, pixels.buffer]);
        uniforms.destroy();
        const bytes = await readGpuBuffer(gpu, pixels.buffer, 4 * (plane + 1));
        pixels.buffer.destroy();
        if (new Uint32Array(bytes, 4 * plane)[0] > 0) throw wrongNumber('the decoded pixels');
        return { width, height, rgba: new Uint8ClampedArray(bytes.slice(0, 4 * plane)) };
      }),
    decodeFloat: (latents) =>
      withImage(latents as GpuTensor, async ({ dtype, buffer }) => {
        const dims = [3, height, width];
        const bytes = await readGpuBuffer(gpu, buffer, tensorBytes(dtype, dims));
        const data = dtype === 'float16' ? new Uint16Array(bytes) : new Float32Array(bytes);
        return toFloat32({ dtype, dims, data });
      }),
  };
}

/** An image [3, height, width] (or [3, x, y, z]) in −1…1 → latents [1, c, h, w] at the UNet's scale: the posterior's mean. */
export type EncodeImage = (image: Float32Array) => Promise<Float32Array>;

/** The VAE encoder of a model that has one. */
export function createVaeEncoder(entry: DiffusionEntry, session: ModelSession): EncodeImage {
  const { inputs, outputs } = entry.components.vaeEncoder!;
  checkInputs(`The VAE encoder of ${entry.title}`, entry.components.vaeEncoder!, session, [
    'image',
  ]);
  const { width, height } = entry.image;
  const sides = entry.volume?.size ?? [height, width];
  const count = latentDims(entry).reduce((product, size) => product * size, 1);
  return async (image) => {
    const [batch] = inputs.image.shape;
    const rows = Array<number>(typeof batch === 'number' ? batch : 1).fill(0);
    const feed = toTensor(inputs.image, [rows.length, 3, ...sides], selectRows(image, 1, rows));
    const results = await session.run({ [inputs.image.name]: feed });
    const encoded = toFloat32(results[outputs.latents.name]).subarray(0, count);
    assertFinite(encoded, 'the encoded image');
    return scaleLatents(encoded, entry);
  };
}

/** [3, height, width] in −1…1, clamped to it, → bytes. */
export function toPixels(image: Float32Array, width: number, height: number): RgbaImage {
  assertFinite(image, 'the decoded pixels');
  const plane = width * height;
  const rgba = new Uint8ClampedArray(plane * 4).fill(255);
  for (let i = 0; i < plane; i++) {
    // The array clamps, and rounds halves to even as NumPy does.
    rgba[i * 4] = (image[i] + 1) * 127.5;
    rgba[i * 4 + 1] = (image[plane + i] + 1) * 127.5;
    rgba[i * 4 + 2] = (image[2 * plane + i] + 1) * 127.5;
  }
  return { width, height, rgba };
}
