/** A picture or a stack of them, to be written as NIfTI-1. */
export interface NiftiContent {
  width: number;
  height: number;
  /** [volumes · slices · height · width · channels], first row on top; the array's type decides the voxels' type. */
  samples: Uint8Array | Int16Array | Uint16Array | Float32Array;
  numSlices: number;
  /** Of time, or whatever they are; absent: 1. */
  numVolumes?: number;
  /** 3 only for Uint8Array: RGB24. */
  channels: 1 | 3;
  /** Millimetres between columns, rows and slices; null where nothing is known: then 1. */
  spacing: [number, number, number] | null;
  rescale?: { slope: number; intercept: number };
  /** What the header says that it is, at most 79 bytes of ASCII: nifti1.h leaves 80 for it. */
  description: string;
  /** The same in one word, at most 15 bytes. */
  kind: 'synthetic' | 'composite' | 'unknown' | 'imported';
  /** 1 where an axis of the array runs to the patient's right, front or top, −1 where it runs against it; absent: see encodeNifti. */
  directions?: [1 | -1, 1 | -1, 1 | -1];
}

const HEADER_BYTES = 348;
const VOXEL_OFFSET = 352;

/**
 * NIfTI-1 in one file (.nii), little-endian. Seen as radiology sees an axial slice: columns run to the patient's left, rows
 * to the back, which the sform says. https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h
 */
export function encodeNifti(content: NiftiContent): Blob {
  const { width, height, numSlices, numVolumes = 1, channels, samples } = content;
  const expected = width * height * numSlices * numVolumes * channels;
  if (samples.length !== expected) {
    throw new Error(`expected ${expected} samples, got ${samples.length}`);
  }
  const header = niftiHeader(content);
  const { buffer, byteOffset, byteLength } = samples;
  // Typed arrays lie in memory as little-endian on every machine a browser runs on.
  const voxels = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  return new Blob([header, voxels], { type: 'application/octet-stream' });
}

function niftiHeader({ width, height, numSlices, numVolumes = 1, ...content }: NiftiContent) {
  const { channels, samples, spacing, rescale, directions = [-1, -1, 1] } = content;
  const view = new DataView(new ArrayBuffer(VOXEL_OFFSET));
  const [dx, dy, dz] = spacing ?? [1, 1, 1];
  const [code, bits] = channels === 3 ? [128, 24] : voxelType(samples);
  view.setInt32(0, HEADER_BYTES, true);
  const dims = [numVolumes > 1 ? 4 : 3, width, height, numSlices, numVolumes, 1, 1, 1];
  dims.forEach((n, i) => view.setInt16(40 + i * 2, n, true));
  view.setInt16(70, code, true);
  view.setInt16(72, bits, true);
  [1, dx, dy, dz, 1].forEach((mm, i) => view.setFloat32(76 + i * 4, mm, true));
  view.setFloat32(108, VOXEL_OFFSET, true);
  view.setFloat32(112, rescale?.slope ?? 1, true);
  view.setFloat32(116, rescale?.intercept ?? 0, true);
  view.setUint8(123, 2); // millimetres
  writeText(view, 148, content.description);
  view.setInt16(254, 1, true); // sform: scanner's axes
  const [rx, ry, rz] = directions;
  [rx * dx, 0, 0, 0].forEach((x, i) => view.setFloat32(280 + i * 4, x, true));
  [0, ry * dy, 0, 0].forEach((x, i) => view.setFloat32(296 + i * 4, x, true));
  [0, 0, rz * dz, 0].forEach((x, i) => view.setFloat32(312 + i * 4, x, true));
  writeText(view, 328, content.kind);
  writeText(view, 344, 'n+1\0');
  return new Uint8Array(view.buffer);
}

/** Datatype code and bits of nifti1.h. */
function voxelType(samples: NiftiContent['samples']): [code: number, bits: number] {
  if (samples instanceof Uint8Array) return [2, 8];
  if (samples instanceof Int16Array) return [4, 16];
  if (samples instanceof Uint16Array) return [512, 16];
  return [16, 32];
}

function writeText(view: DataView, offset: number, text: string) {
  new Uint8Array(view.buffer).set(new TextEncoder().encode(text), offset);
}

/** The same as .nii.gz. */
export async function encodeNiftiGz(content: NiftiContent): Promise<Blob> {
  const packed = new Response(encodeNifti(content)).body!.pipeThrough(
    new CompressionStream('gzip'),
  );
  return new Response(packed, { headers: { 'Content-Type': 'application/gzip' } }).blob();
}
