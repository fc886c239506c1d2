import type { GenerationProgress } from '../contract/picture';

/** How a run reports that weights are fetched for it; bytes, and milliseconds where they are known. */
export interface LoadingProgress {
  stage: 'load';
  done: number;
  total: number;
  msLeft: number | null;
}

/** An install's progress as that of the run it is for; nothing of what counts no bytes. */
export function asLoading(
  report: (progress: LoadingProgress) => void,
): (progress: GenerationProgress) => void {
  return (progress) => {
    if (!('bytesTotal' in progress)) return;
    const msLeft = progress.stage === 'download' ? progress.msLeft : null;
    report({ stage: 'load', done: progress.bytesDone, total: progress.bytesTotal, msLeft });
  };
}
