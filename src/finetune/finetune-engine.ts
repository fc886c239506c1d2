import { asLoading } from '../common/loading-progress';
import { createModelAccess } from '../models/installed/model-access';
import type { LoraSession } from '../diffusion/lora/lora-session';
import type { FinetuneApi } from '../contract/finetune';
import type { FinetuneReport } from './run';
import { checkCount } from './split-items';
import { openBackendFor, type Backend } from '../models/runtime/backend';
import { installModel } from '../models/download/download';
import { tuningGraph, storeWithGraphs } from '../models/download/tuning-graphs';
import { checkLearntOn } from '../models/manifest/learnt-on';
import { diffusionEntry } from '../models/manifest/generator';
import { modelHash } from '../models/manifest/located-model';
import type { DiffusionEntry, ModelFile } from '../models/manifest/manifest';
import { measuredEntry } from '../models/store/measure-files';
import { isInstalled, readModelFile } from '../models/store/weight-store';

const GRAPHS = ['loraGraph', 'trainingGraph'] as const;

type Report = (report: FinetuneReport) => void;

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
      const { entry, readFile } = await findFiles(job.modelId, onReport);
      const backend = await openBackendFor(entry, job.choice);
      const { gpu } = backend;
      const run = async () => {
        const { model, lora } = await openTunable(entry, readFile, backend, onReport);
        try {
          const { finetune } = await import('./finetune');
          return await finetune(job, {
            tunable: { model, lora, modelHash: await modelHash(entry) },
            openTraining: () => openTraining(entry, readFile, backend),
            backend: backend.report,
            read,
            keep,
            onReport,
            signal: pausing.signal,
          });
        } finally {
          await model.release();
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

  /** The stored model, or one that is fetched into memory for this run only where nothing may be stored. */
  async function findFiles(modelId: string, onReport: Report) {
    const found = await access.find(modelId);
    for (const which of GRAPHS) tuningGraph(found.entry, which);
    const kept = await access.openStore();
    const store = (await isInstalled(kept, found.entry)) ? kept : access.openSession();
    const options = { signal: pausing.signal, onProgress: asLoading(onReport) };
    if (store !== kept || !kept.persistent) {
      await installModel(found.entry, found.baseUrl, store, options);
    }
    const further = await storeWithGraphs(found, GRAPHS, store, access.openSession(), options);
    const entry = diffusionEntry(await measuredEntry(store, found.entry), 'fine-tuning');
    const graphs = GRAPHS.map((which) => tuningGraph(entry, which));
    const readFile = (file: ModelFile) =>
      readModelFile(graphs.includes(file) ? further : store, modelId, file);
    return { entry, readFile };
  }
}

type ReadFile = (file: ModelFile) => Promise<Blob>;

/** All graphs but the training one, the UNet's with factors. */
async function openTunable(
  entry: DiffusionEntry,
  readFile: ReadFile,
  backend: Backend,
  onReport: Report,
) {
  const [{ loadModel }, { openComponent }, { openLoraUnet }] = await Promise.all([
    import('../diffusion/load-model'),
    import('../models/runtime/open-component'),
    import('../diffusion/lora/open-lora-unet'),
  ]);
  const quiet = () => undefined;
  let lora: LoraSession | null = null;
  const model = await loadModel({
    entry,
    tokenizerJson: await (await readFile(entry.tokenizer.file)).text(),
    tokenizerConfigJson: await (await readFile(entry.tokenizer.config)).text(),
    async createSession(name, component) {
      if (name !== 'unet') return openComponent(name, component, readFile, backend);
      const graph = tuningGraph(entry, 'loraGraph');
      return (lora = await openLoraUnet(component, graph, readFile, backend, quiet));
    },
    gpu: backend.gpu,
    onCompile: (_, done, total) => onReport({ stage: 'load', done, total, msLeft: null }),
  });
  return { model, lora: lora! };
}

async function openTraining(entry: DiffusionEntry, readFile: ReadFile, backend: Backend) {
  const { openComponent } = await import('../models/runtime/open-component');
  const graph = tuningGraph(entry, 'trainingGraph');
  const component = { ...entry.components.unet, graph, selfTest: undefined };
  return openComponent('training step', component, readFile, backend);
}
