import { expose } from 'comlink';
import { createFinetuneEngine } from '../../../src/finetune/finetune-engine';

/** Trains, and crashes after its fifth step, as a renderer short of memory does. */
const engine = createFinetuneEngine();
expose({
  ...engine,
  run: (job, onReport, read, keep) =>
    engine.run(job, (report) => (onReport(report), crashAt(report)), read, keep),
} satisfies typeof engine);

function crashAt(report: Parameters<Parameters<typeof engine.run>[1]>[0]) {
  if (report.stage !== 'train' || report.step !== 5) return;
  setTimeout(() => {
    throw new Error('crashed on purpose');
  });
}
