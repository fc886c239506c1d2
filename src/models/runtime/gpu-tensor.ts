import type { GpuDevice } from './gpu-device';
import type { DType } from '../manifest/manifest';
import type { GpuTensor, TensorData } from './session-types';

const ELEMENT_BYTES: Record<DType, number> = {
  float32: 4,
  float16: 2,
  int32: 4,
  int64: 8,
  int8: 1,
  uint8: 1,
};

/** The runtime reads and clears buffers in pieces of 16 bytes. */
const ALIGNMENT = 16;

/** A buffer for a tensor, filled with zeros. */
export function createGpuTensor(device: GPUDevice, dtype: DType, dims: number[]): GpuTensor {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const size = Math.ceil(tensorBytes(dtype, dims) / ALIGNMENT) * ALIGNMENT;
  return { dtype, dims, buffer: device.createBuffer({ size, usage }) };
}

/** A copy on the GPU. */
export function uploadTensor(device: GPUDevice, { dtype, dims, data }: TensorData): GpuTensor {
  const tensor = createGpuTensor(device, dtype, dims);
  writeGpuBuffer(device, tensor.buffer, data);
  return tensor;
}

/** Writes numbers to the start of a buffer; the API takes whole words only. */
export function writeGpuBuffer(device: GPUDevice, buffer: GPUBuffer, data: TensorData['data']) {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  whole.set(bytes); // shared memory cannot be written from, and odd lengths neither
  device.queue.writeBuffer(buffer, 0, whole);
}

/**
 * The first `size` bytes of a buffer, once all that was queued before is done. Rejects with `DeviceLost` or
 * `OutOfMemory`, and never resolves to what a lost device or a buffer without memory left behind.
 */
export async function readGpuBuffer(
  gpu: GpuDevice,
  buffer: GPUBuffer,
  size: number,
): Promise<ArrayBuffer> {
  const { device } = gpu;
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  const whole = Math.ceil(size / 4) * 4;
  const staging = device.createBuffer({ size: whole, usage });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, whole);
  device.queue.submit([encoder.finish()]);
  try {
    await gpu.untilLost(staging.mapAsync(GPUMapMode.READ));
    await gpu.trustworthy();
    return staging.getMappedRange().slice(0, size);
  } catch (error) {
    // The mapping may fail a moment before the loss is announced.
    await gpu.untilLost(new Promise((resolve) => setTimeout(resolve, 50)));
    throw error;
  } finally {
    staging.destroy();
  }
}

/** A tensor's numbers as float32; its dtype is float32. */
export async function readFloat32(gpu: GpuDevice, tensor: GpuTensor): Promise<Float32Array> {
  const bytes = await readGpuBuffer(gpu, tensor.buffer, tensorBytes(tensor.dtype, tensor.dims));
  return new Float32Array(bytes);
}

/** Bytes of a tensor without padding. */
export function tensorBytes(dtype: DType, dims: number[]): number {
  return dims.reduce((product, size) => product * size, 1) * ELEMENT_BYTES[dtype];
}
