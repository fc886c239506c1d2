import type { GenerationRequest } from '../../contract/request';
import type { GeneratorModel } from '../generator/generator-model';
import type { ComponentName, ModelSource } from '../load-model';
import type { DiffusionModel } from '../model';
import type { Component, ModelEntry } from '../../models/manifest/manifest';
import type { ReadFile } from '../../models/runtime/open-component';
import type { ModelSession } from '../../models/runtime/session-types';
import type { GeneratedPixels, JobOptions } from '../pipeline';
import { importRuntime } from './import-runtime';

/** What the worker runs, by the kind of its manifest entry. */
export type RunnableModel = DiffusionModel | GeneratorModel;

/** The graphs of either kind. */
export type GraphName = ComponentName | 'generator';

/** Where the parts of a model of either kind come from. */
export interface OpenParts extends Pick<ModelSource, 'gpu' | 'frugal' | 'signal'> {
  readFile: ReadFile;
  createSession: (name: GraphName, component: Component) => Promise<ModelSession>;
  onCompile: (component: GraphName, done: number, total: number) => void;
}

/** Compiles the graphs of a model. */
export async function openModel(entry: ModelEntry, parts: OpenParts): Promise<RunnableModel> {
  const { readFile, ...rest } = parts;
  const { loadGenerator, loadModel } = await importRuntime();
  if (entry.kind === 'generator') return loadGenerator({ entry, ...rest });
  return loadModel({
    entry,
    tokenizerJson: await (await readFile(entry.tokenizer.file)).text(),
    tokenizerConfigJson: await (await readFile(entry.tokenizer.config)).text(),
    ...rest,
  });
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
