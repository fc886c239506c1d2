import { expose } from 'comlink';
import { createFinetuneEngine } from '../../../src/finetune/finetune-engine';

/** Trains on a graphics device that is destroyed under it after its fifth step, as a driver reset does. */
let device: GPUDevice | null = null;
const request = navigator.gpu.requestAdapter.bind(navigator.gpu);
navigator.gpu.requestAdapter = async (options) => {
  const adapter = await request(options);
  const open = adapter?.requestDevice.bind(adapter);
  if (adapter && open) adapter.requestDevice = async (wanted) => (device = await open(wanted));
  return adapter;
};

const engine = createFinetuneEngine();
expose({
  ...engine,
  run: (job, onReport, read, keep) =>
    engine.run(
      job,
      (report) => {
        onReport(report);
        if (report.stage === 'train' && report.step === 5) device!.destroy();
      },
      read,
      keep,
    ),
} satisfies typeof engine);
