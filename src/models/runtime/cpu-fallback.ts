import type { BackendChoice, BackendReason } from '../../contract/request';

/** So many failures without a name, one after the other, are no accident: from then on the CPU keeps the work. */
const MAX_GPU_FAILURES = 3;

/** Where work goes on that a GPU could not end. */
export interface CpuFallback {
  /** Why the CPU does it; null where it does not, and the error is the answer. */
  reason: BackendReason | null;
  /** For this job only: what failed may work again. */
  standsIn: boolean;
}

/** Remembers how a GPU fares, and says when the CPU takes over: for a job, or for as long as the worker lives. */
export function createCpuFallback() {
  let failures = 0;
  return {
    /** What stands in on the CPU is to stay there. */
    get staysOnCpu(): boolean {
      return failures >= MAX_GPU_FAILURES;
    },
    /** A job has ended well on the GPU. */
    noteSuccess() {
      failures = 0;
    },
    /** A job has failed on the GPU. */
    after({ name }: Error, choice: BackendChoice): CpuFallback {
      const standsIn = name === 'RuntimeFailed';
      if (standsIn) failures++;
      return { reason: whyCpu(name, choice), standsIn };
    },
  };
}

function whyCpu(errorName: string, choice: BackendChoice): BackendReason | null {
  switch (errorName) {
    case 'SelfTestFailed':
      return { kind: 'wrongNumbers' };
    case 'OutOfMemory':
    case 'ModelUnsupported':
      return choice === 'auto' ? { kind: 'cannotRun' } : null;
    case 'RuntimeFailed':
      return choice === 'auto' ? { kind: 'stopped' } : null;
    default:
      return null;
  }
}
