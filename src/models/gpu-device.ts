import { appError } from '../errors';

/** A device of ours, and whether it still answers. */
export interface GpuDevice {
  readonly device: GPUDevice;
  /** "NVIDIA RTX 3060", as far as the browser says it. */
  readonly description: string;
  /** True from the moment of a loss. Never run or trust anything after it. */
  readonly lost: boolean;
  /** Rejects with `DeviceLost`; stays open for ever when the device is destroyed by `destroy`. */
  readonly whenLost: Promise<never>;
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
  let lost = false;
  let reject: (error: Error) => void;
  const whenLost = new Promise<never>((_, rejectWhenLost) => (reject = rejectWhenLost));
  whenLost.catch(() => undefined); // a loss while nobody waits is not an unhandled error

  function loseBecause(why: string) {
    if (ended || lost) return;
    lost = true;
    reject(deviceLost(why));
  }
  void device.lost.then(({ message }) => loseBecause(message));

  return {
    device,
    description,
    get lost() {
      return lost;
    },
    whenLost,
    destroy() {
      ended = true;
      device.destroy();
    },
    lose() {
      loseBecause('it was destroyed on request.');
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
