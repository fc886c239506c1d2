import type { Samples } from '../decoded-image';

/** How one kind of voxel is read: NIfTI-1's datatype code → bytes, array and reader. */
export interface VoxelType {
  bytes: number;
  bits: number;
  channels: 1 | 3;
  create: (length: number) => Samples;
  read: (view: DataView, at: number, littleEndian: boolean) => number;
}

const uint8 = (length: number) => new Uint8Array(length);
const int16 = (length: number) => new Int16Array(length);
const uint16 = (length: number) => new Uint16Array(length);
const float32 = (length: number) => new Float32Array(length);

/** https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h, DT_*; complex and 128-bit numbers are no pictures. */
export const VOXEL_TYPES: Record<number, VoxelType> = {
  2: { bytes: 1, bits: 8, channels: 1, create: uint8, read: (v, at) => v.getUint8(at) },
  4: { bytes: 2, bits: 16, channels: 1, create: int16, read: (v, at, le) => v.getInt16(at, le) },
  8: { bytes: 4, bits: 32, channels: 1, create: float32, read: (v, at, le) => v.getInt32(at, le) },
  16: {
    bytes: 4,
    bits: 32,
    channels: 1,
    create: float32,
    read: (v, at, le) => v.getFloat32(at, le),
  },
  64: {
    bytes: 8,
    bits: 32,
    channels: 1,
    create: float32,
    read: (v, at, le) => v.getFloat64(at, le),
  },
  128: { bytes: 3, bits: 8, channels: 3, create: uint8, read: (v, at) => v.getUint8(at) },
  256: { bytes: 1, bits: 8, channels: 1, create: int16, read: (v, at) => v.getInt8(at) },
  512: {
    bytes: 2,
    bits: 16,
    channels: 1,
    create: uint16,
    read: (v, at, le) => v.getUint16(at, le),
  },
  768: {
    bytes: 4,
    bits: 32,
    channels: 1,
    create: float32,
    read: (v, at, le) => v.getUint32(at, le),
  },
  1024: {
    bytes: 8,
    bits: 32,
    channels: 1,
    create: float32,
    read: (v, at, le) => Number(v.getBigInt64(at, le)),
  },
  1280: {
    bytes: 8,
    bits: 32,
    channels: 1,
    create: float32,
    read: (v, at, le) => Number(v.getBigUint64(at, le)),
  },
};
