import type { Twin } from '../../models/manifest/model-files';
import { hasHalf, type Backend } from '../../models/runtime/backend';
import { chooseBuild, RUNTIME_BUILDS } from '../../models/runtime/runtime';
import {
  installRecord,
  type InstalledModel,
  type WeightStore,
} from '../../models/store/weight-store';

/**
 * What is known of this device and the model that is being loaded. Its self-tests run at once, or behind a picture where
 * the device passed them before; its steps are recorded, and its graphs compute in float16, unless the device failed at
 * that before.
 */
export interface DeviceHistory {
  /** Whether it is worth trying to record a step. */
  readonly mayRecord: boolean;
  /** To be called once a recording was tried. */
  readonly noteRecording: (works: boolean) => void;
  /**
   * The graphs to open in place of the plain ones, which are at hand then: in float16 on a GPU that did not fail at that,
   * with fewer multiplications on a CPU with the memory for them.
   */
  readonly twin: Twin | undefined;
  /** To be called once a graph in float16 was tried; again where it failed a test that was put off. */
  readonly noteHalf: (works: boolean) => void;
  /** Says where graphs compute in float16, and what this device cannot do that could be done elsewhere. */
  told(backend: Backend): Backend;
  /** Takes a test that is put off; undefined: none is, each graph is tested as it is opened. */
  readonly later: ((test: () => Promise<void>) => void) | undefined;
  /** To be called once every graph is open: those that were not put off have passed. Writes all of it down. */
  notePassed(): Promise<void>;
  /** Runs what was put off. Rejects with `SelfTestFailed`, and the next visit tests at once. */
  catchUp(): Promise<void>;
}

/**
 * `isRoomy`: there is memory enough for graphs to stay open until the model is let go, so that a test that is put off still
 * finds them. `fetchTwins` brings the model's graphs of a kind, if it has any; asked only where this device gains by them
 * and did not fail before.
 */
export async function deviceHistoryOf(
  store: WeightStore,
  modelId: string,
  backend: Backend,
  isRoomy: boolean,
  fetchTwins: (twin: Twin) => Promise<boolean> = () => Promise.resolve(false),
): Promise<DeviceHistory> {
  const place = placeOf(backend);
  const record = await installRecord(store, modelId).catch(() => undefined);
  const failedHalf = record?.notHalfOn === place;
  const gains = hasHalf(backend) ? !failedHalf : !backend.gpu && isRoomy;
  const kind = backend.gpu ? 'halfGraph' : 'cpuGraph';
  const twin = gains && (await fetchTwins(kind)) ? kind : undefined;
  let inHalf = false;
  let halfFails = failedHalf;
  // Right numbers of one graph say nothing of those of another.
  const passing = twin ? `${place} · ${twin}` : place;
  const trusted = isRoomy && record?.passedOn === passing;
  const waiting: (() => Promise<void>)[] = [];
  // What cannot be written down costs a test, and nothing else.
  const note = (known: Pick<InstalledModel, 'passedOn' | 'notRecordedOn' | 'notHalfOn'>) =>
    store.updateInstalled(modelId, (model) => ({ ...model, ...known })).catch(() => undefined);
  const mayRecord = record?.notRecordedOn !== place;
  let records = mayRecord;
  return {
    mayRecord,
    noteRecording: (works) => {
      records = works;
    },
    twin,
    noteHalf: (works) => {
      if (works) inHalf = true;
      else halfFails = true;
    },
    told(one) {
      if (records && !inHalf && !halfFails) return one;
      const { device } = one.report;
      const report = {
        ...one.report,
        device: inHalf ? `${device}, float16` : device,
        ...(!records && { notRecorded: true as const }),
        ...(halfFails && { notHalf: true as const }),
      };
      return { ...one, report };
    },
    later: trusted ? (test) => void waiting.push(test) : undefined,
    async notePassed() {
      if (!record || (trusted && records === mayRecord && halfFails === failedHalf)) return;
      await note({
        // Where float16 has failed just now, the next visit opens other graphs than those that passed.
        passedOn: halfFails === failedHalf ? passing : undefined,
        ...(!records && { notRecordedOn: place }),
        ...(halfFails && { notHalfOn: place }),
      });
    },
    async catchUp() {
      try {
        while (waiting.length) await waiting.shift()!();
      } catch (error) {
        if ((error as Error).name !== 'SelfTestFailed') return; // whoever runs the graph next meets it
        await note({ passedOn: undefined, ...(halfFails && { notHalfOn: place }) });
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
