import type { Backend } from '../../models/runtime/backend';
import { chooseBuild, RUNTIME_BUILDS } from '../../models/runtime/runtime';
import {
  installRecord,
  type InstalledModel,
  type WeightStore,
} from '../../models/store/weight-store';

/**
 * What is known of this device and the model that is being loaded. Its self-tests run at once, or behind a picture where
 * the device passed them before; its steps are recorded unless the device refused that before.
 */
export interface DeviceHistory {
  /** Whether it is worth trying to record a step. */
  readonly mayRecord: boolean;
  /** To be called once a recording was tried. */
  readonly noteRecording: (works: boolean) => void;
  /** Says where steps are not recorded although they could be elsewhere. */
  told(backend: Backend): Backend;
  /** Takes a test that is put off; undefined: none is, each graph is tested as it is opened. */
  readonly later: ((test: () => Promise<void>) => void) | undefined;
  /** To be called once every graph is open: those that were not put off have passed. Writes all of it down. */
  notePassed(): Promise<void>;
  /** Runs what was put off. Rejects with `SelfTestFailed`, and the next visit tests at once. */
  catchUp(): Promise<void>;
}

/** `canWait`: graphs stay open until the model is let go, so that a test that is put off still finds them. */
export async function deviceHistoryOf(
  store: WeightStore,
  modelId: string,
  backend: Backend,
  canWait: boolean,
): Promise<DeviceHistory> {
  const place = placeOf(backend);
  const record = await installRecord(store, modelId).catch(() => undefined);
  const trusted = canWait && record?.passedOn === place;
  const waiting: (() => Promise<void>)[] = [];
  // What cannot be written down costs a test, and nothing else.
  const note = (known: Pick<InstalledModel, 'passedOn' | 'notRecordedOn'>) =>
    store.updateInstalled(modelId, (model) => ({ ...model, ...known })).catch(() => undefined);
  const mayRecord = record?.notRecordedOn !== place;
  let records = mayRecord;
  return {
    mayRecord,
    noteRecording: (works) => {
      records = works;
    },
    told: (one) => (records ? one : { ...one, report: { ...one.report, notRecorded: true } }),
    later: trusted ? (test) => void waiting.push(test) : undefined,
    async notePassed() {
      if (!record || (trusted && records === mayRecord)) return;
      await note({ passedOn: place, ...(!records && { notRecordedOn: place }) });
    },
    async catchUp() {
      try {
        while (waiting.length) await waiting.shift()!();
      } catch (error) {
        if ((error as Error).name !== 'SelfTestFailed') return; // whoever runs the graph next meets it
        await note({ passedOn: undefined });
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
