import type { Backend } from '../../models/runtime/backend';
import { chooseBuild, RUNTIME_BUILDS } from '../../models/runtime/runtime';
import { installRecord, type WeightStore } from '../../models/store/weight-store';

/** The self-tests of a model that is being loaded: at once, or behind a picture where the device passed them before. */
export interface SelfTests {
  /** Takes a test that is put off; undefined: none is, each graph is tested as it is opened. */
  readonly later: ((test: () => Promise<void>) => void) | undefined;
  /** To be called once every graph is open: those that were not put off have passed. */
  notePassed(): Promise<void>;
  /** Runs what was put off. Rejects with `SelfTestFailed`, and the next visit tests at once. */
  catchUp(): Promise<void>;
}

/** `canWait`: graphs stay open until the model is let go, so that a test that is put off still finds them. */
export async function selfTestsOf(
  store: WeightStore,
  modelId: string,
  backend: Backend,
  canWait: boolean,
): Promise<SelfTests> {
  const place = placeOf(backend);
  const record = await installRecord(store, modelId).catch(() => undefined);
  const trusted = canWait && record?.passedOn === place;
  const waiting: (() => Promise<void>)[] = [];
  // What cannot be written down costs a test, and nothing else.
  const note = (passedOn: string | undefined) =>
    store.updateInstalled(modelId, (model) => ({ ...model, passedOn })).catch(() => undefined);
  return {
    later: trusted ? (test) => void waiting.push(test) : undefined,
    async notePassed() {
      if (!trusted && record) await note(place);
    },
    async catchUp() {
      try {
        while (waiting.length) await waiting.shift()!();
      } catch (error) {
        if ((error as Error).name !== 'SelfTestFailed') return; // whoever runs the graph next meets it
        await note(undefined);
        throw error;
      }
    },
  };
}

/** All that a passed test speaks for but the weights, which have a new record when they change. */
function placeOf({ report }: Backend): string {
  const runtime = RUNTIME_BUILDS[chooseBuild()].wasmGzUrl;
  const browser = (globalThis as { navigator?: { userAgent: string } }).navigator?.userAgent;
  return [report.backend, report.device, browser, runtime].join(' · ');
}
