import { asLoading } from '../common/loading-progress';
import { createModelAccess } from '../models/installed/model-access';
import type { FinetuneApi } from '../contract/finetune';
import type { FinetuneReport } from './run';
import { checkCount } from './split-items';
import { openModel } from '../diffusion/engine/open-model';
import { findInstalled, type InstalledModel } from '../models/installed/find-installed';
import { openBackendFor, type Backend } from '../models/runtime/backend';
import { tuningGraph } from '../models/download/tuning-graphs';
import { checkLearntOn } from '../models/manifest/learnt-on';
import { diffusionEntry } from '../models/manifest/generator';
import type { DiffusionEntry } from '../models/manifest/manifest';

const GRAPHS = ['loraGraph', 'trainingGraph'] as const;
/** A model that is not stored is fetched into memory for this run only. */
const NEEDS = { graphs: () => GRAPHS, intoMemory: true };

type Report = (report: FinetuneReport) => void;

/** A stored model that can be tuned. */
type Tunable = InstalledModel & { entry: DiffusionEntry };

/** One fine-tuning: opens what it needs, runs it, and lets go of it. */
export function createFinetuneEngine(): FinetuneApi {
  const access = createModelAccess();
  const pausing = new AbortController();

  return {
    init: access.init,
    pause: () => pausing.abort(),
    async run(job, onReport, read, keep) {
      checkCount(job.items.filter(({ skipped }) => skipped === undefined).length);
      if (job.base) {
        const { entry } = await access.find(job.modelId);
        await checkLearntOn(job.base, 'This run', entry);
      }
      const found = await findTunable(job.modelId, onReport);
      const backend = await openBackendFor(found.entry, job.choice);
      const { gpu } = backend;
      const run = async () => {
        const tunable = await openTunable(found, backend, onReport);
        try {
          const { finetune } = await import('./finetune');
          return await finetune(job, {
            tunable,
            openTraining: () => openTraining(found, backend),
            backend: backend.report,
            read,
            keep,
            onReport,
            signal: pausing.signal,
          });
        } finally {
          await tunable.model.release();
        }
      };
      try {
        // To let go of a session on a lost device may take for ever: the page hears of the loss first, and ends this worker.
        return await (gpu ? gpu.untilLost(run()) : run());
      } finally {
        gpu?.destroy();
      }
    },
  };

  async function findTunable(modelId: string, onReport: Report): Promise<Tunable> {
    const options = { signal: pausing.signal, onProgress: asLoading(onReport) };
    const found = await findInstalled(access, modelId, NEEDS, options);
    return { ...found, entry: diffusionEntry(found.entry, 'fine-tuning') };
  }
}

/** All graphs but the training one, the UNet's with factors. */
async function openTunable(found: Tunable, backend: Backend, onReport: Report) {
  const { model, adaptation } = await openModel(found, {
    backend,
    withFactors: true,
    onCompile: (_, done, total) => onReport({ stage: 'load', done, total, msLeft: null }),
  });
  return { model, adapt: adaptation.adapt!, modelHash: found.hash };
}

async function openTraining({ entry, readFile }: Tunable, backend: Backend) {
  const { openComponent } = await import('../models/runtime/open-component');
  const graph = tuningGraph(entry, 'trainingGraph');
  const component = { ...entry.components.unet, graph, selfTest: undefined };
  return openComponent('training step', component, readFile, backend);
}
