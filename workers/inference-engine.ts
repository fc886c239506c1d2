import type {
  BackendChoice,
  BackendReport,
  GeneratedImage,
  GenerationRequest,
  WorkerSetup,
} from './api';
import type { Job } from './job-queue';
import { createModelAccess } from './model-access';
import type { DiffusionModel } from '../src/diffusion/model';
import { generate as generatePixels } from '../src/diffusion/pipeline';
import { validateRequest } from '../src/diffusion/request';
import { appError } from '../src/errors';
import { encodePng } from '../src/image/png';
import { syntheticTexts } from '../src/image/synthetic-texts';
import { missingRequirement, openBackend, wasmBackend, type Backend } from '../src/models/backend';
import { describeCovariates } from '../src/models/describe-covariates';
import { installModel } from '../src/models/download';
import { modelHash } from '../src/models/load-manifest';
import type { ModelEntry } from '../src/models/manifest';
import { isInstalled, readModelFile } from '../src/models/weight-store';
import { nextTask } from '../src/next-task';

interface Loaded {
  modelId: string;
  choice: BackendChoice;
  backend: Backend;
  model: DiffusionModel;
  modelHash: string;
}

/** Keeps one model loaded on one backend. */
export function createInferenceEngine() {
  const access = createModelAccess();
  let cpuReason: string | null = null;
  let backend: Backend | null = null;
  let loaded: Loaded | null = null;

  function init(setup: WorkerSetup) {
    access.init(setup);
    cpuReason = setup.cpuReason ?? null;
  }

  /** Needs the manifest only: bad input is answered before anything is fetched or compiled for it. */
  async function check(request: GenerationRequest) {
    await findChecked(request);
  }

  async function findChecked(request: GenerationRequest): Promise<ModelEntry> {
    const { entry } = await access.find(request.modelId);
    validateRequest(request, entry);
    return entry;
  }

  async function prepare(modelId: string, choice: BackendChoice, job: Job): Promise<BackendReport> {
    return withModel(modelId, choice, job, ({ backend }) => Promise.resolve(backend.report));
  }

  async function generate(
    request: GenerationRequest,
    choice: BackendChoice,
    job: Job,
  ): Promise<GeneratedImage> {
    const { conditions } = await findChecked(request);
    const asked = describeCovariates(request.covariates, conditions.covariates);
    return withModel(request.modelId, choice, job, async ({ model, backend, modelHash }) => {
      const pixels = await generatePixels(model, request, job);
      await nextTask(); // a loss that is under way arrives
      if (backend.gpu?.lost) return backend.gpu.whenLost;
      job.onProgress({ stage: 'save' });
      const { width, height, timing, unknownWords, ignoredWords } = pixels;
      const png = encodePng(pixels, syntheticTexts(request, modelHash, asked));
      const words = { unknownWords, ignoredWords };
      return { png, width, height, request, backend: backend.report, timing, ...words, modelHash };
    });
  }

  /** For tests and for "what if": destroys the GPU device under the running job. */
  function loseDevice() {
    backend?.gpu?.lose();
  }

  /**
   * Runs `work` on the loaded model. Where the GPU computes wrong numbers it starts over on the CPU, and the report
   * says why. A lost device is passed on: the runtime may wait for it for ever, so the page restarts this worker.
   */
  async function withModel<T>(
    modelId: string,
    choice: BackendChoice,
    job: Job,
    work: (loaded: Loaded) => Promise<T>,
  ): Promise<T> {
    let onCpuBecause = cpuReason;
    for (;;) {
      try {
        return await work(await load(modelId, choice, onCpuBecause, job));
      } catch (error) {
        onCpuBecause = backend?.gpu ? whyCpu(error as Error, choice) : null;
        if (onCpuBecause === null) throw error;
        await unload();
      }
    }
  }

  async function load(
    modelId: string,
    choice: BackendChoice,
    onCpuBecause: string | null,
    job: Job,
  ): Promise<Loaded> {
    if (loaded?.modelId === modelId && loaded.choice === choice) return loaded;
    await unload();
    const { entry, baseUrl } = await access.find(modelId);
    const store = await access.openStore();
    if (!store.persistent) await installModel(entry, baseUrl, store, job);
    if (!(await isInstalled(store, entry))) throw notInstalled(entry);
    const readFile = (file: Parameters<typeof readModelFile>[2]) =>
      readModelFile(store, modelId, file);

    const { loadModel, openComponent } = await importRuntime();
    backend = onCpuBecause === null ? await openFor(entry, choice) : wasmBackend(onCpuBecause);
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

  return { init, check, prepare, generate, loseDevice };
}

/** The tokenizer library and ONNX Runtime: most of this worker's bytes, and nothing before a model is loaded. */
async function importRuntime() {
  try {
    const [{ loadModel }, { openComponent }] = await Promise.all([
      import('../src/diffusion/load-model'),
      import('../src/models/open-component'),
    ]);
    return { loadModel, openComponent };
  } catch (cause) {
    throw appError(
      'NetworkFailed',
      'The part of this app that runs models could not be fetched from its server ' +
        `(${(cause as Error).message}). Check the connection and try again, or reload the page.`,
      cause,
    );
  }
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
