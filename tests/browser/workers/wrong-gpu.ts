/** A driver that loses what is written into mapped buffers: graphs run on zeros, and compute wrong numbers. */
type CreateBuffer = (this: GPUDevice, descriptor: GPUBufferDescriptor) => GPUBuffer;

const { createBuffer } = GPUDevice.prototype as { createBuffer: CreateBuffer };
GPUDevice.prototype.createBuffer = function (descriptor) {
  const buffer = createBuffer.call(this, descriptor);
  if (descriptor.mappedAtCreation) {
    buffer.getMappedRange = (_, size = descriptor.size) => new ArrayBuffer(size);
  }
  return buffer;
};
