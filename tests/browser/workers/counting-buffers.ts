/**
 * Counts buffers of graphics devices that are there and not destroyed, notes how many had been made at each report of
 * progress, and does to one of them what the worker's name says: `refuse-N` makes the N-th buffer unusable, as one for which
 * there was no memory; `destroy-N` takes the device away as it is asked for its N-th buffer.
 */
import { onReport } from './on-report';

type CreateBuffer = (this: GPUDevice, descriptor: GPUBufferDescriptor) => GPUBuffer;

/** What the worker says of its buffers. */
export interface Buffers {
  created: number;
  live: number;
  bytes: number;
  /** Of each step, in its order: what it is called, and how many buffers there had been before. */
  steps: { name: string; created: number }[];
  /** Of each buffer in the order they were made: it was mapped as it was made, and could not be refused. */
  mapped: boolean[];
}

/** Says how many there are to whoever asks, by this channel. */
export const BUFFER_CHANNEL = 'live buffers';

const [act, at] = self.name.split('-');
const { createBuffer } = GPUDevice.prototype as { createBuffer: CreateBuffer };
const live = new Map<number, number>();
const steps: Buffers['steps'] = [{ name: 'start', created: 0 }];
const mapped: boolean[] = [];
let created = 0;
const collected = new FinalizationRegistry<number>((id) => live.delete(id));
onReport((name) => void steps.push({ name, created }));

GPUDevice.prototype.createBuffer = function (descriptor) {
  const id = created++;
  mapped.push(descriptor.mappedAtCreation ?? false);
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
  channel.postMessage({ created, live: live.size, bytes, steps, mapped } satisfies Buffers);
};
