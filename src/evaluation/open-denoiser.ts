import type { GenerationProgress } from '../contract/picture';
import type { LoraChoice } from '../contract/request';
import type { createModelAccess } from '../models/installed/model-access';
import type { OpenDenoiser } from './metrics/membership';
import type { Backend } from '../models/runtime/backend';
import { installModel } from '../models/download/download';
import { installGraphs } from '../models/download/tuning-graphs';
import { diffusionEntry } from '../models/manifest/generator';
import { modelHash, type LocatedModel } from '../models/manifest/located-model';
import type { ModelFile } from '../models/manifest/manifest';
import { unetOf } from '../models/manifest/model-files';
import { measuredEntry } from '../models/store/measure-files';
import { isInstalled, readModelFile } from '../models/store/weight-store';

type OnProgress = (progress: GenerationProgress) => void;

/** A model for the membership test, with what it was taught where that is asked for. Weights that are not stored are fetched for this run. */
export async function openDenoiser(
  access: ReturnType<typeof createModelAccess>,
  { modelId, lora, seed }: { modelId: string; lora?: LoraChoice; seed: number },
  backend: Backend,
  onProgress: OnProgress,
): Promise<OpenDenoiser> {
  const { entry, readFile } = await findFiles(access, modelId, lora !== undefined, onProgress);
  const [{ loadModel }, { createDenoiser }, { createAdaptation }] = await Promise.all([
    import('../diffusion/load-model'),
    import('../diffusion/denoiser'),
    import('../diffusion/engine/adaptation'),
  ]);
  const { createSession, adapt } = createAdaptation({
    entry,
    readFile,
    readLoraGraph: lora && unetOf(entry)?.loraGraph ? readFile : null,
    backend,
    replay: false,
    onSelfTest: () => undefined,
  });
  const model = await loadModel({
    entry,
    tokenizerJson: await (await readFile(entry.tokenizer.file)).text(),
    tokenizerConfigJson: await (await readFile(entry.tokenizer.config)).text(),
    createSession,
    gpu: backend.gpu,
  });
  await adapt?.(lora ? [lora] : []);
  const { id, title } = entry;
  return {
    ...createDenoiser(model, seed),
    model: { id, title, sha256: await modelHash(entry) },
    tuned: lora
      ? { title: lora.title ?? '', sha256: lora.sha256 ?? '', strength: lora.strength }
      : null,
  };
}

async function findFiles(
  access: ReturnType<typeof createModelAccess>,
  modelId: string,
  withFactors: boolean,
  onProgress: OnProgress,
) {
  const found: LocatedModel = await access.find(modelId);
  const kept = await access.openStore();
  const store = (await isInstalled(kept, found.entry).catch(() => false))
    ? kept
    : access.openSession();
  const options = { signal: new AbortController().signal, onProgress };
  if (store !== kept) await installModel(found.entry, found.baseUrl, store, options);
  if (withFactors) await installGraphs(found.entry, found.baseUrl, ['loraGraph'], store, options);
  const entry = diffusionEntry(
    await measuredEntry(store, found.entry),
    'the test of what it was trained on',
  );
  return { entry, readFile: (file: ModelFile) => readModelFile(store, modelId, file) };
}
