import type { LoraChoice } from '../../contract/request';
import type { AdapterPart } from '../lora/adapter';
import { createAdaptedSessions } from '../lora/adapted-sessions';
import type { LoraSession } from '../lora/lora-session';
import { tuningGraph } from '../../models/download/tuning-graphs';
import type { Component, ModelEntry } from '../../models/manifest/manifest';
import { adaptsWeights, unetOf, type Twin } from '../../models/manifest/model-files';
import type { Backend } from '../../models/runtime/backend';
import { openComponent, type ReadFile } from '../../models/runtime/open-component';
import type { ModelSession } from '../../models/runtime/session-types';
import type { GraphName } from './open-model';

/** What was learnt, from the next picture on. */
export type Adapt = (adapters: readonly LoraChoice[]) => Promise<void>;

/** The graphs of a model as they are opened, and the one way to put what was learnt on top of it. */
export interface Adaptation {
  createSession: (name: GraphName, component: Component) => Promise<ModelSession>;
  /** Null for a model that was opened without a place for it. */
  adapt: Adapt | null;
  /** Whether the model as it is open will do. A graph with factors as inputs is another one than that without. */
  suits(withAdapters: boolean): boolean;
}

interface Parts {
  entry: ModelEntry;
  readFile: ReadFile;
  /** Whether the UNet is opened by its graph with factors, where it has one. */
  withFactors: boolean;
  backend: Backend;
  /** On a GPU the UNet's commands are recorded and repeated. */
  replay: boolean;
  onRecording?: (works: boolean) => void;
  /**
   * See `OpenOptions` of `openModel`. Never for graphs whose weights are changed as they are loaded; on a GPU never beside a
   * graph with factors, which computes in float32.
   */
  twin?: Twin;
  onHalf?: (works: boolean) => void;
  onSelfTest: () => void;
  /** See `OpenOptions` of `openComponent`. */
  later?: (test: () => Promise<void>) => void;
}

/** The parts whose weights adapters change. */
const PARTS: Partial<Record<GraphName, AdapterPart>> = {
  unet: 'unet',
  textEncoder: 'text_encoder',
};

/** Opens a model by its graph with factors as inputs, by weights that are changed as they are loaded, or as it is. */
export function createAdaptation(parts: Parts): Adaptation {
  const { entry, readFile, backend, replay, onRecording, onHalf, onSelfTest, later } = parts;
  const hasFactors = parts.withFactors && unetOf(entry)?.loraGraph !== undefined;
  let lora: LoraSession | null = null;
  const adapted = adaptsWeights(entry) ? createAdaptedSessions() : null;
  const withGraph: Adapt = (adapters) => Promise.resolve(lora?.setFactors(adapters));
  return {
    async createSession(name, component) {
      if (name === 'unet' && hasFactors) {
        const { openLoraUnet } = await import('../lora/open-lora-unet');
        const graph = tuningGraph(entry, 'loraGraph');
        return (lora = await openLoraUnet(component, graph, readFile, backend, onSelfTest));
      }
      // A graph whose weights are changed is closed and opened again: a test that is put off would miss it.
      const options = {
        onSelfTest,
        later: adapted ? undefined : later,
        replay: name === 'unet' && replay,
        onRecording,
        twin: adapted || (hasFactors && backend.gpu) ? undefined : parts.twin,
        onHalf,
      };
      const open = (one: Component, read: ReadFile) =>
        openComponent(name, one, read, backend, options);
      const part = PARTS[name];
      if (adapted && part) return adapted.open({ part, component, readFile, open });
      return open(component, readFile);
    },
    adapt: adapted ? adapted.use : hasFactors ? withGraph : null,
    suits: (withAdapters) => !unetOf(entry)?.loraGraph || hasFactors === withAdapters,
  };
}
