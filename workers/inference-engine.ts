import type { BackendChoice, BackendReport, GeneratedImage, GenerationRequest } from './api';
import type { Job } from './job-queue';
import { createModelAccess } from './model-access';
import { loadModel } from '../src/diffusion/load-model';
import type { DiffusionModel } from '../src/diffusion/model';
import { generate as generatePixels } from '../src/diffusion/pipeline';
import { appError } from '../src/errors';
import { encodePng } from '../src/image/png';
import { syntheticTexts } from '../src/image/synthetic-texts';
import { missingRequirement, openBackend, wasmBackend, type Backend } from '../src/models/backend';
import { installModel } from '../src/models/download';
import { modelHash } from '../src/models/load-manifest';
import type { ModelEntry } from '../src/models/manifest';
import { openComponent } from '../src/models/open-component';
import { isInstalled, readModelFile } from '../src/models/weight-store';
import { nextTask } from '../src/next-task';

interface Loaded {
  modelId: string;
  choice: BackendChoice;
  backend: Backend;
  model: DiffusionModel;
  modelHash: string;
}

/** Keeps one model loaded on one backend, and gets over what a device can do wrong. */
export function createInferenceEngine() {
  const access = createModelAccess();
  let backend: Backend | null = null;
  let loaded: Loaded | null = null;

  async function prepare(modelId: string, choice: BackendChoice, job: Job): Promise<BackendReport> {
    return withModel(modelId, choice, job, ({ backend }) => Promise.resolve(backend.report));
  }

  async function generate(
    request: GenerationRequest,
    choice: BackendChoice,
    job: Job,
  ): Promise<GeneratedImage> {
    return withModel(request.modelId, choice, job, async ({ model, backend, modelHash }) => {
      const pixels = await generatePixels(model, request, job);
      await nextTask(); // a loss that is under way arrives
      if (backend.gpu?.lost) return backend.gpu.whenLost;
      job.onProgress({ stage: 'save' });
      const { width, height, timing, unknownWords } = pixels;
      const png = encodePng(pixels, syntheticTexts(request, modelHash));
      const report = backend.report;
      return { png, width, height, request, backend: report, timing, unknownWords, modelHash };
    });
  }

  /** For tests and for "what if": destroys the GPU device under the running job. */
  function loseDevice() {
    backend?.gpu?.lose();
  }

  /**
   * Runs `work` on the loaded model. A lost device starts it over on a new one, once; lost again, or where the device
   * computes wrong numbers, it starts over on the CPU, and the report says why.
   */
  async function withModel<T>(
    modelId: string,
    choice: BackendChoice,
    job: Job,
    work: (loaded: Loaded) => Promise<T>,
  ): Promise<T> {
    let losses = 0;
    let cpuReason: string | null = null;
    for (;;) {
      try {
        return await work(await load(modelId, choice, cpuReason, job));
      } catch (error) {
        const lost = (error as Error).name === 'DeviceLost';
        const onGpu = backend?.gpu != null || (losses > 0 && backend === null);
        if (lost) losses++;
        if (!lost || losses > 1) {
          cpuReason = onGpu ? whyCpu(error as Error, choice) : null;
          if (cpuReason === null) throw error;
        }
        await unload();
      }
    }
  }

  async function load(
    modelId: string,
    choice: BackendChoice,
    cpuReason: string | null,
    job: Job,
  ): Promise<Loaded> {
    if (loaded?.modelId === modelId && loaded.choice === choice && !loaded.backend.gpu?.lost) {
      return loaded;
    }
    await unload();
    const { entry, baseUrl } = await access.find(modelId);
    const store = await access.openStore();
    if (!store.persistent) await installModel(entry, baseUrl, store, job);
    if (!(await isInstalled(store, entry))) throw notInstalled(entry);
    const readFile = (file: Parameters<typeof readModelFile>[2]) =>
      readModelFile(store, modelId, file);

    backend = cpuReason === null ? await openFor(entry, choice) : wasmBackend(cpuReason);
    const on = backend;
    const model = await loadModel({
      entry,
      tokenizerJson: await (await readFile(entry.tokenizer.file)).text(),
      tokenizerConfigJson: await (await readFile(entry.tokenizer.config)).text(),
      createSession: (name, component) =>
        openComponent(name, component, readFile, on, () => job.onProgress({ stage: 'self-test' })),
      onCompile: (component, done, total) => {
        if (component) job.onProgress({ stage: 'compile', component, done, total });
      },
      signal: job.signal,
    });
    loaded = { modelId, choice, backend, model, modelHash: await modelHash(entry) };
    return loaded;
  }

  async function unload() {
    const [model, gpu] = [loaded?.model, backend?.gpu];
    loaded = null;
    backend = null;
    await model?.release();
    gpu?.destroy();
  }

  return { init: access.init, prepare, generate, loseDevice };
}

/** The backend that was chosen, unless the model asks for more than its device has. */
async function openFor(entry: ModelEntry, choice: BackendChoice): Promise<Backend> {
  const backend = await openBackend(choice);
  const missing = missingRequirement(backend, entry.requirements);
  if (missing === null) return backend;
  backend.gpu?.destroy();
  return wasmBackend(`This GPU lacks ${missing}, which the model needs, so the CPU does the work.`);
}

/** Why the CPU should take over from the GPU after this error; null where it should not. */
function whyCpu(error: Error, choice: BackendChoice): string | null {
  switch (error.name) {
    case 'DeviceLost':
      return 'The graphics device was lost twice, so the CPU does the work.';
    case 'NoWebGpu':
    case 'NoAdapter':
      return 'The graphics device was lost and did not come back, so the CPU does the work.';
    case 'SelfTestFailed':
      return 'The graphics device computed wrong numbers in its self-test, so the CPU does the work.';
    case 'OutOfMemory':
    case 'ModelUnsupported':
      return choice === 'auto' ? 'The GPU cannot run this model, so the CPU does the work.' : null;
    default:
      return null;
  }
}

function notInstalled(entry: ModelEntry) {
  return appError(
    'ModelCorrupt',
    `${entry.title} is not stored on this machine, or not whole. Download it, then try again.`,
  );
}
