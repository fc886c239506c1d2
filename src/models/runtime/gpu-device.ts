import { appError } from '../../errors';
import { nextTask } from '../../common/next-task';

/** A device of ours, and whether it still answers. */
export interface GpuDevice {
  readonly device: GPUDevice;
  /** "NVIDIA RTX 3060", as far as the browser says it. */
  readonly description: string;
  /** True from the moment of a loss, or of an error that no error scope took. Never run or trust anything after it. */
  readonly lost: boolean;
  /** Why: `DeviceLost`, or `OutOfMemory` where a buffer found no room; null while the device can be trusted. */
  readonly loss: Error | null;
  /** What `work` resolves to, unless the device is lost first. Nothing of it is held once it has ended. */
  untilLost<T>(work: Promise<T>): Promise<T>;
  /** Resolves once the errors of all that was queued before have arrived; rejects with `loss` where there was one. */
  trustworthy(): Promise<void>;
  /** Runs what may fail on the device without harm to it: an attempt for which something else stands in. */
  tolerating<T>(work: () => Promise<T>): Promise<T>;
  /** The normal end. */
  destroy(): void;
  /** Ends as if the driver had taken it away. */
  lose(): void;
}

/** Asked for where present. `subgroups` stays out of fallback adapters: fused attention is silently wrong there. */
const FEATURES: GPUFeatureName[] = ['shader-f16', 'timestamp-query', 'subgroups'];

/** Opens a device with all that the adapter can do. `NoWebGpu`, `NoAdapter` where there is none to be had. */
export async function openGpuDevice(
  gpu: GPU | undefined,
  { allowFallback }: { allowFallback: boolean },
): Promise<GpuDevice> {
  if (!gpu) {
    throw appError(
      'NoWebGpu',
      'This browser has no WebGPU. Use a current Chrome, Edge, Safari or Firefox over https, or choose ' +
        'the CPU (wasm).',
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter || (adapter.info.isFallbackAdapter && !allowFallback)) {
    const found = adapter ? 'only a software adapter, which is slower than the CPU' : 'none';
    throw appError(
      'NoAdapter',
      `WebGPU found no usable graphics adapter (expected a GPU, got ${found}). Turn on hardware ` +
        'acceleration in the browser or update the graphics driver, or choose the CPU (wasm).',
    );
  }
  const device = await adapter.requestDevice({
    requiredFeatures: wantedFeatures(adapter),
    requiredLimits: limitsOf(adapter),
  });
  return watch(device, describe(adapter.info));
}

/** The features to ask for, of those the adapter has. */
export function wantedFeatures(adapter: Pick<GPUAdapter, 'features' | 'info'>): GPUFeatureName[] {
  return FEATURES.filter(
    (feature) =>
      adapter.features.has(feature) && !(feature === 'subgroups' && adapter.info.isFallbackAdapter),
  );
}

/** The defaults are far below what adapters can do: 128 MiB for a buffer's binding, say. */
function limitsOf(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const name in adapter.limits) {
    const value = adapter.limits[name as keyof GPUSupportedLimits];
    if (typeof value === 'number') limits[name] = value;
  }
  return limits;
}

function describe(info: GPUAdapterInfo): string {
  const name = info.description || [info.vendor, info.architecture].filter(Boolean).join(' ');
  return (name || 'GPU') + (info.isFallbackAdapter ? ' (software)' : '');
}

function watch(device: GPUDevice, description: string): GpuDevice {
  let ended = false;
  let tolerated = 0;
  let loss: Error | null = null;
  // Not one promise of the loss to race against: it would hold every result for as long as the device lives.
  const waiting = new Set<(loss: Error) => void>();

  function lose(error: Error) {
    if (ended || loss) return;
    loss = error;
    for (const reject of waiting) reject(error);
  }
  void device.lost.then(({ message }) => lose(deviceLost(message)));
  // A buffer that found no room is an object like any other, and what is computed with it is zeros.
  device.addEventListener('uncapturederror', ({ error }) => {
    if (error instanceof GPUOutOfMemoryError) lose(outOfMemory(error.message));
    else if (tolerated === 0) lose(deviceLost(error.message));
  });

  async function flushErrors() {
    // Answers come in the order of the calls, so an empty scope comes back after the errors before it.
    device.pushErrorScope('internal');
    await untilLost(device.popErrorScope().catch(() => null));
    await nextTask();
  }

  function untilLost<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      waiting.add(reject);
      void work.then(resolve, reject).finally(() => waiting.delete(reject));
      if (loss) reject(loss);
    });
  }

  return {
    device,
    description,
    get lost() {
      return loss !== null;
    },
    get loss() {
      return loss;
    },
    untilLost,
    async trustworthy() {
      await flushErrors();
      if (loss) throw loss;
    },
    async tolerating(work) {
      tolerated++;
      try {
        const result = await work();
        await flushErrors();
        return result;
      } finally {
        tolerated--;
      }
    },
    destroy() {
      ended = true;
      device.destroy();
    },
    lose() {
      lose(deviceLost('it was destroyed on request.'));
      device.destroy();
    },
  };
}

function deviceLost(why: string) {
  return appError(
    'DeviceLost',
    `The graphics device was lost in mid-run: ${why || 'the driver gave no reason.'} Try again; where it ` +
      'keeps happening, close other programs that use the GPU or choose the CPU (wasm).',
  );
}

function outOfMemory(why: string) {
  return appError(
    'OutOfMemory',
    `The graphics device had no room left for what the model computes (${why}). Close other tabs and programs that ` +
      'use the GPU, choose a smaller model, or choose the CPU (wasm).',
  );
}
