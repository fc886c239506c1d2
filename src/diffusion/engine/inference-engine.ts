import type { BenchmarkRequest, BenchmarkResult } from '../../contract/benchmark';
import type { WorkerSetup } from '../../contract/inference';
import type { GeneratedImage, GeneratedVolume } from '../../contract/picture';
import type { Provenance } from '../../contract/provenance';
import type { BackendChoice, BackendReport, GenerationRequest } from '../../contract/request';
import type { Job } from '../../common/job-queue';
import { checkBase } from '../../models/installed/check-base';
import type { Checker } from '../../evaluation/checker';
import { createCpuFallback, type CpuFallback } from '../../models/runtime/cpu-fallback';
import { importPart } from '../../common/import-part';
import { notTimed } from './model-errors';
import { findInstalled } from '../../models/installed/find-installed';
import type { ModelAccess } from '../../models/installed/model-access';
import type { Adaptation } from './adaptation';
import { drawPicture, isGenerator, openModel, type RunnableModel } from './open-model';
import { createPromptReader } from './prompt-reader';
import { deviceHistoryOf, type DeviceHistory } from './device-history';
import { adaptersOf } from '../lora/adapters-of';
import type { GeneratedPixels } from '../pipeline';
import type { LabelledVolume } from '../../image/volume/labelled-volume';
import { encodePng, rgbOf } from '../../image/png';
import { provenanceOf } from '../../image/provenance';
import { syntheticTexts } from '../../image/synthetic-texts';
import {
  memoryIsShort,
  openBackendFor,
  wasmBackend,
  type Backend,
} from '../../models/runtime/backend';
import { describeCovariates } from '../../models/manifest/describe-covariates';
import { factorGraphs } from '../../models/download/tuning-graphs';
import type { ModelEntry } from '../../models/manifest/manifest';
import { nameMemoryError } from '../../models/runtime/runtime-errors';
import { sha256Hex } from '../../models/manifest/verify';
import { installRecord } from '../../models/store/weight-store';
import { nextTask } from '../../common/next-task';
import { createWarmUp } from './warm-up';

interface Loaded {
  modelId: string;
  choice: BackendChoice;
  backend: Backend;
  model: RunnableModel;
  adaptation: Adaptation;
  deviceHistory: DeviceHistory;
  /** Rejects where a self-test that was put off has failed: what was drawn before it is not to be trusted. */
  caughtUp: Promise<void>;
  modelHash: string;
  /** Of the install that the weights are of. */
  installedAt: Date | undefined;
  /** On the CPU for one job only: what failed on the GPU may work again. */
  standsIn: boolean;
}

/** After these a model is opened anew: its sessions may be broken, or its numbers wrong. */
const UNLOADING = new Set(['RuntimeFailed', 'SelfTestFailed']);

/** Keeps one model loaded on one backend; what it draws is checked by `checker` where a request asks for it. */
export function createInferenceEngine(access: ModelAccess, checker: Checker) {
  const fallback = createCpuFallback();
  const warmUp = createWarmUp(access);
  const { readTexts } = createPromptReader(access);
  let cpuReason: CpuFallback['reason'] = null;
  let sessionWeights = false;
  let backend: Backend | null = null;
  let loaded: Loaded | null = null;
  /** Whom a graph concerns that is compiled late: not the job that loaded the model. */
  let currentJob: Job | null = null;

  function init(setup: WorkerSetup) {
    access.init(setup);
    cpuReason = setup.cpuReason ?? null;
    sessionWeights = setup.sessionWeights ?? false;
  }

  /** Needs the manifest only: bad input is answered before anything is fetched or compiled for it. */
  async function check(request: GenerationRequest) {
    await findChecked(request);
  }

  async function findChecked(request: GenerationRequest): Promise<ModelEntry> {
    const { entry } = await access.find(request.modelId);
    const { validateRequest } = await importPart(() => import('../request'));
    validateRequest(request, entry);
    await checker.validate(request);
    await checkBase(access, adaptersOf(request));
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
    const found = await findChecked(request);
    const { conditions } = found;
    const asked = describeCovariates(request.covariates, conditions.covariates);
    const adapters = adaptersOf(request);
    const make = async ({ model, backend, modelHash, adaptation }: Loaded) => {
      await adaptation.adapt?.(adapters);
      const drawn = await checker.draw(request, job, (one) => drawPicture(model, one, job));
      const { pixels } = drawn;
      await nextTask(); // a loss that is under way arrives
      if (backend.gpu?.loss) throw backend.gpu.loss;
      job.onProgress({ stage: 'save' });
      const { width, height, timing, unknownWords, ignoredWords } = pixels;
      const { request: recorded, ...masks } = await record(
        { ...drawn.request, ...methodOf(found) },
        pixels,
      );
      const provenance = provenanceOf(drawn.request, {
        rgba: pixels.rgba,
        voxels: pixels.volume?.image,
      });
      const png = encodePng(pixels, syntheticTexts(recorded, modelHash, asked, provenance));
      const volume = pixels.volume && (await volumeFiles(pixels.volume, provenance));
      const files = { png, ...(volume && { volume }), ...masks };
      const made = { ...files, width, height, request: recorded, backend: backend.report };
      const pixelHash = await sha256Hex(pixels.volume?.image ?? rgbOf(pixels));
      return { ...made, timing, unknownWords, ignoredWords, modelHash, provenance, pixelHash };
    };
    const made = await withModel(request.modelId, choice, job, make, adapters.length > 0);
    if (loaded) catchUpBehind(loaded);
    return made;
  }

  /** After the answer is on its way: a test takes as long as a step of a picture. */
  function catchUpBehind(one: Loaded) {
    const caughtUp = one.caughtUp.then(nextTask).then(() => one.deviceHistory.catchUp());
    caughtUp.catch(() => undefined); // the next job meets it
    one.caughtUp = caughtUp;
  }

  async function benchmark(
    { modelId, choice, numInferenceSteps, numImages }: BenchmarkRequest,
    job: Job,
  ): Promise<BenchmarkResult> {
    const start = performance.now();
    return withModel(modelId, choice, job, async ({ model, backend, adaptation }) => {
      if (isGenerator(model)) throw notTimed(model.entry);
      await adaptation.adapt?.([]); // the model as it is, whatever the last picture was made with
      const msLoad = performance.now() - start;
      const { guidanceScale, scheduler } = model.entry.defaults;
      const request = {
        modelId,
        prompt: 'chest x-ray',
        negativePrompt: '',
        seed: 1,
        imageIndex: 0,
        numInferenceSteps,
        guidanceScale,
        scheduler,
        covariates: {},
      };
      const { measureModel } = await import('../benchmark');
      const measured = await measureModel(model, request, numImages, job.signal);
      const asked = { modelId, numInferenceSteps, guidanceScale, numImages };
      return { ...asked, backend: backend.report, msLoad, ...measured };
    });
  }

  /** For tests and for "what if": destroys the GPU device under the running job. */
  function loseDevice() {
    backend?.gpu?.lose();
  }

  /**
   * Runs `work` on the loaded model. Where the GPU cannot do it (cpu-fallback.ts) it starts over on the CPU, and the
   * report says why. A lost device is passed on: the runtime may wait for it for ever, so the page restarts this worker.
   */
  async function withModel<T>(
    modelId: string,
    choice: BackendChoice,
    job: Job,
    work: (loaded: Loaded) => Promise<T>,
    withFactors = false,
  ): Promise<T> {
    let onCpuBecause = cpuReason;
    let standsIn = false;
    currentJob = job;
    for (;;) {
      try {
        const done = await work(
          await load(modelId, choice, withFactors, onCpuBecause, job, standsIn),
        );
        if (backend?.gpu) fallback.noteSuccess();
        return done;
      } catch (cause) {
        const error = nameMemoryError(cause);
        const next = backend?.gpu ? fallback.after(error as Error, choice) : null;
        if (next?.reason || UNLOADING.has((error as Error).name)) await unload();
        if (!next?.reason) throw error;
        ({ reason: onCpuBecause, standsIn } = next);
      }
    }
  }

  async function load(
    modelId: string,
    choice: BackendChoice,
    withFactors: boolean,
    onCpuBecause: CpuFallback['reason'],
    job: Job,
    standsIn: boolean,
  ): Promise<Loaded> {
    const asLoaded = loaded?.choice === choice && (await isCurrent(loaded, modelId));
    const stays = !loaded?.standsIn || fallback.staysOnCpu;
    if (loaded && asLoaded && stays && loaded.adaptation.suits(withFactors)) {
      await loaded.caughtUp;
      return loaded;
    }
    await unload();
    const running = warmUp.start(); // while the files are looked up
    const needs = { graphs: withFactors ? factorGraphs : undefined, intoMemory: sessionWeights };
    const found = await findInstalled(access, modelId, needs, job);
    const { entry, hash, installedAt } = found;
    backend =
      onCpuBecause === null ? await openBackendFor(entry, choice) : wasmBackend(onCpuBecause);
    const frugal = memoryIsShort(backend, entry.requirements);
    const store = await access.openStore();
    const fetchTwins = withFactors && backend.gpu ? undefined : found.fetchTwins;
    const deviceHistory = await deviceHistoryOf(store, modelId, backend, !frugal, fetchTwins);
    await running;
    const { model, adaptation } = await openModel(found, {
      backend,
      withFactors,
      replay: !frugal && deviceHistory.mayRecord,
      onRecording: deviceHistory.noteRecording,
      twin: deviceHistory.twin,
      onHalf: deviceHistory.noteHalf,
      frugal,
      onSelfTest: () => currentJob?.onProgress({ stage: 'self-test' }),
      later: deviceHistory.later,
      onCompile: (component, done, total) => {
        if (component) job.onProgress({ stage: 'compile', component, done, total });
      },
      signal: job.signal,
    });
    await deviceHistory.notePassed();
    backend = deviceHistory.told(backend);
    loaded = {
      modelId,
      choice,
      backend,
      model,
      adaptation,
      deviceHistory,
      caughtUp: Promise.resolve(),
      modelHash: hash,
      installedAt,
      standsIn,
    };
    return loaded;
  }

  /** False for a model that was replaced since it was loaded, by hand or in another tab. */
  async function isCurrent({ modelId, installedAt }: Loaded, asked: string): Promise<boolean> {
    if (modelId !== asked) return false;
    const record = await installRecord(await access.openStore(), modelId).catch(() => undefined);
    return !record || +record.installedAt === +(installedAt ?? record.installedAt);
  }

  async function unload() {
    await loaded?.caughtUp.catch(() => undefined);
    const [model, gpu] = [loaded?.model, backend?.gpu];
    loaded = null;
    backend = null;
    await model?.release();
    gpu?.destroy();
  }

  const warm = warmUp.startFor;
  return { init, warm, check, readTexts, prepare, generate, benchmark, loseDevice };
}

async function volumeFiles(
  volume: LabelledVolume,
  provenance: Provenance,
): Promise<GeneratedVolume> {
  const { encodeVolume } = await importPart(() => import('../../image/volume/volume-files'));
  return encodeVolume(volume, provenance);
}

/** What is saved of a request; most have neither source image nor mask. */
async function record(request: GenerationRequest, pixels: GeneratedPixels) {
  if (!request.init && !request.mask && adaptersOf(request).length === 0) return { request };
  const { maskFiles, recordedRequest } = await import('../recorded-request');
  const recorded = await recordedRequest(request);
  // A label map of a volume is no picture; what was drawn to it is kept as a volume.
  return { request: recorded, ...(pixels.volume ? {} : maskFiles(request, pixels)) };
}

/** What is saved of a picture of a generator: how that was made. */
function methodOf(entry: ModelEntry): Pick<GenerationRequest, 'method'> {
  return entry.kind === 'generator' ? { method: entry.generator.method } : {};
}
