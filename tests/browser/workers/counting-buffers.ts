/**
 * Counts buffers of graphics devices that are there and not destroyed, and does to one of them what the worker's name
 * says: `refuse-N` makes the N-th buffer unusable, as one for which there was no memory; `destroy-N` takes the device
 * away as it is asked for its N-th buffer.
 */
type CreateBuffer = (this: GPUDevice, descriptor: GPUBufferDescriptor) => GPUBuffer;

/** Says how many there are to whoever asks, by this channel. */
export const BUFFER_CHANNEL = 'live buffers';

const [act, at] = self.name.split('-');
const { createBuffer } = GPUDevice.prototype as { createBuffer: CreateBuffer };
const live = new Map<number, number>();
let created = 0;
const collected = new FinalizationRegistry<number>((id) => live.delete(id));

GPUDevice.prototype.createBuffer = function (descriptor) {
  const id = created++;
  const meant = id === Number(at);
  if (meant && act === 'destroy') this.destroy();
  // MAP_READ goes with COPY_DST only: the buffer is invalid, and nothing throws.
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE;
  const refused = meant && act === 'refuse' && !descriptor.mappedAtCreation;
  const buffer = createBuffer.call(this, refused ? { ...descriptor, usage } : descriptor);
  live.set(id, buffer.size);
  collected.register(buffer, id);
  const destroy = buffer.destroy.bind(buffer);
  buffer.destroy = () => {
    live.delete(id);
    destroy();
  };
  return buffer;
};

const channel = new BroadcastChannel(BUFFER_CHANNEL);
channel.onmessage = ({ data }) => {
  if (data !== 'how many') return;
  const bytes = [...live.values()].reduce((sum, size) => sum + size, 0);
  channel.postMessage({ created, live: live.size, bytes });
};
