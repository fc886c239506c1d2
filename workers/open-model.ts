import type { GeneratorModel } from '../src/diffusion/generator/generator-model';
import type { ComponentName, ModelSource } from '../src/diffusion/load-model';
import type { DiffusionModel } from '../src/diffusion/model';
import type { Component, ModelEntry } from '../src/models/manifest/manifest';
import type { ReadFile } from '../src/models/runtime/open-component';
import type { ModelSession } from '../src/models/runtime/session-types';
import { importPart } from './import-part';

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

/** Compiles the graphs of a model. The code of a kind is fetched when the first model of it is opened. */
export async function openModel(entry: ModelEntry, parts: OpenParts): Promise<RunnableModel> {
  const { readFile, ...rest } = parts;
  if (entry.kind === 'generator') {
    const { loadGenerator } = await importPart(
      () => import('../src/diffusion/generator/generator-model'),
    );
    return loadGenerator({ entry, ...rest });
  }
  const { loadModel } = await importPart(() => import('../src/diffusion/load-model'));
  return loadModel({
    entry,
    tokenizerJson: await (await readFile(entry.tokenizer.file)).text(),
    tokenizerConfigJson: await (await readFile(entry.tokenizer.config)).text(),
    ...rest,
  });
}

export function isGenerator(model: RunnableModel): model is GeneratorModel {
  return 'draw' in model;
}
