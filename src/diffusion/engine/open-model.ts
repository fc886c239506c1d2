import type { GenerationRequest } from '../../contract/request';
import type { GeneratorModel } from '../generator/generator-model';
import type { ComponentName, ModelSource } from '../load-model';
import type { DiffusionModel } from '../model';
import type { DiffusionEntry, ModelEntry } from '../../models/manifest/manifest';
import type { Twin } from '../../models/manifest/model-files';
import type { Backend } from '../../models/runtime/backend';
import type { ReadFile } from '../../models/runtime/open-component';
import type { GeneratedPixels, JobOptions } from '../pipeline';
import type { Adaptation } from './adaptation';
import { importRuntime } from './import-runtime';

/** What the worker runs, by the kind of its manifest entry. */
export type RunnableModel = DiffusionModel | GeneratorModel;

/** The graphs of either kind. */
export type GraphName = ComponentName | 'generator';

/** How a model is opened. */
export interface OpenOptions extends Pick<ModelSource, 'frugal' | 'signal'> {
  backend: Backend;
  /** Whether something that was learnt may come on top of it. */
  withFactors?: boolean;
  /** On a GPU the UNet's commands are recorded and repeated. */
  replay?: boolean;
  /** Told whether that works here, once it was tried. */
  onRecording?: (works: boolean) => void;
  /** The graphs that are opened in place of the plain ones, where the model has such; see `DeviceHistory`. */
  twin?: Twin;
  /** Told of each graph in float16 that was tried whether it works here. */
  onHalf?: (works: boolean) => void;
  onSelfTest?: () => void;
  /** Takes the self-tests that are put off; absent: none is. */
  later?: (test: () => Promise<void>) => void;
  onCompile?: (graph: GraphName, done: number, total: number) => void;
}

/** A model whose graphs are compiled, and the way to put on top of it what was learnt. */
export interface OpenedModel<Model extends RunnableModel = RunnableModel> {
  model: Model;
  adaptation: Adaptation;
}

type ModelOf<Entry extends ModelEntry> = Entry extends DiffusionEntry
  ? DiffusionModel
  : GeneratorModel;

/** Compiles the graphs of a model whose files `findInstalled` found. */
export async function openModel<Entry extends ModelEntry>(
  { entry, readFile, brought }: { entry: Entry; readFile: ReadFile; brought?: boolean },
  {
    backend,
    withFactors = false,
    replay = false,
    onRecording,
    twin,
    onHalf,
    onSelfTest,
    later,
    ...rest
  }: OpenOptions,
): Promise<OpenedModel<ModelOf<Entry>>> {
  const { createAdaptation, loadGenerator, loadModel } = await importRuntime();
  const adaptation = createAdaptation({
    entry,
    readFile,
    backend,
    withFactors,
    replay,
    onRecording,
    twin,
    onHalf,
    onSelfTest: onSelfTest ?? (() => undefined),
    later,
  });
  const { createSession } = adaptation;
  const options = { createSession, gpu: backend.gpu, ...rest };
  const load = async (entry: ModelEntry): Promise<RunnableModel> => {
    if (entry.kind === 'generator') return loadGenerator({ entry, ...options });
    const { file, config } = entry.tokenizer;
    return loadModel({
      entry,
      tokenizerJson: await (await readFile(file)).text(),
      tokenizerConfigJson: await (await readFile(config)).text(),
      brought,
      ...options,
    });
  };
  return { model: (await load(entry)) as ModelOf<Entry>, adaptation };
}

/** One picture, by the pipeline that the model is for. */
export async function drawPicture(
  model: RunnableModel,
  request: GenerationRequest,
  job: JobOptions,
): Promise<GeneratedPixels> {
  const { drawInOneStep, generate } = await importRuntime();
  return isGenerator(model) ? drawInOneStep(model, request, job) : generate(model, request, job);
}

export function isGenerator(model: RunnableModel): model is GeneratorModel {
  return 'draw' in model;
}
