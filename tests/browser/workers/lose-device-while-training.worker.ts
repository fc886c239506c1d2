import { expose } from 'comlink';
import { appError } from '../../../src/errors';
import { createFinetuneEngine } from '../../../src/finetune/finetune-engine';

/** Trains, and after its fifth step says what a worker says whose graphics device is lost. */
const engine = createFinetuneEngine();
expose({
  ...engine,
  run: (job, onReport, read, keep) =>
    new Promise((resolve, reject) => {
      const watched: typeof onReport = (report) => {
        onReport(report);
        if (report.stage === 'train' && report.step === 5) {
          reject(appError('DeviceLost', 'The device was lost.'));
        }
      };
      engine.run(job, watched, read, keep).then(resolve, reject);
    }),
} satisfies typeof engine);
