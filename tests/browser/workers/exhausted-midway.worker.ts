import { onReport } from './on-report';
import '../../../workers/inference.worker';

/**
 * Finds no room for anything large from the report on that this worker is named after, as on a device whose memory is full:
 * "denoise 2" is in the middle of the steps.
 */
onReport((step) => {
  if (step !== self.name) return;
  const scope = globalThis as unknown as Record<string, new (...args: unknown[]) => object>;
  for (const name of ['ArrayBuffer', 'Float32Array', 'Uint8Array', 'Uint8ClampedArray']) {
    scope[name] = new Proxy(scope[name], {
      construct(target, args, newTarget) {
        if (Number(args[0]) > 256) throw new RangeError('Array buffer allocation failed');
        return Reflect.construct(target, args, newTarget) as object;
      },
    });
  }
});
