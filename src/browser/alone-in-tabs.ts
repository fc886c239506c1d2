import { appError } from '../errors';

/**
 * Does something with the unfinished fine-tuning run, which no two tabs may do at once: to train it, keep it as it is or
 * discard it. `RequestInvalid` while another tab does. `sessionOnly`: the run is this page's alone.
 */
export async function aloneWithRun<T>(sessionOnly: boolean, work: () => Promise<T>): Promise<T> {
  const locks = navigator.locks as LockManager | undefined;
  if (!locks || sessionOnly) return work();
  return await locks.request('finetune', { ifAvailable: true }, (lock) => {
    if (lock) return work();
    throw appError(
      'RequestInvalid',
      'Another tab of this site is fine-tuning already. Wait for it, or go on there.',
    );
  });
}

/** Where another tab has finished or discarded the run that this one still shows. */
export function runIsGone(): Error {
  return appError(
    'TunedMissing',
    'This run is no longer there: another tab has finished or discarded it (expected an unfinished run, got none). What came of ' +
      'it is under Tuned models.',
  );
}
