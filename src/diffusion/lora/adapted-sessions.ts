import type { LoraChoice } from '../../contract/request';
import type { Component } from '../../models/manifest/manifest';
import type { ReadFile } from '../../models/runtime/open-component';
import type { ModelSession } from '../../models/runtime/session-types';
import type { AdapterPart } from './adapter';
import { changesPart, weightsKey } from './adapters-of';
import type { patchWeights } from './patch-weights';

/** What a session of an adapted part is made of. */
export interface AdaptedPart {
  part: AdapterPart;
  component: Component;
  readFile: ReadFile;
  /** Compiles the graph on what `read` gives. The self-test's answers are those of the weights as they are stored. */
  open: (component: Component, read: ReadFile) => Promise<ModelSession>;
}

/** The sessions of a model whose weights adapters change as they are made. */
export interface AdaptedSessions {
  /** A session that looks like the part's own, and is made again with other weights when `use` says so. */
  open(part: AdaptedPart): Promise<ModelSession>;
  /** From the next run on; none: the model as it is. Parts that none of them changes, or that have them already, stay. */
  use: (adapters: readonly LoraChoice[]) => Promise<void>;
}

interface PartInUse extends AdaptedPart {
  session: ModelSession | null;
  /** Of the adapters that the session has. */
  key: string;
}

/** At first no adapter is used. */
export function createAdaptedSessions(): AdaptedSessions {
  const parts = new Set<PartInUse>();
  let adapters: readonly LoraChoice[] = [];

  async function make(inUse: PartInUse) {
    const { part, component, readFile, open } = inUse;
    const mine = adapters.filter((one) => changesPart(one, part));
    const key = weightsKey(mine, part);
    if (inUse.session && inUse.key === key) return;
    // Read before the old one goes: where an adapter does not fit, that stays.
    const made = mine.length
      ? await patched(part, component, readFile, mine)
      : { component, read: readFile };
    const old = inUse.session;
    inUse.session = null;
    await old?.release();
    inUse.session = await open(
      mine.length ? { ...made.component, selfTest: undefined } : component,
      made.read,
    );
    inUse.key = key;
  }

  return {
    async open(part) {
      const inUse: PartInUse = { ...part, session: null, key: '' };
      await make(inUse);
      parts.add(inUse);
      const release = async () => {
        parts.delete(inUse);
        await inUse.session?.release();
      };
      return standIn(inUse, release);
    },
    async use(wanted) {
      adapters = wanted;
      for (const inUse of parts) await make(inUse);
    },
  };
}

/** Loaded with the first adapter. */
const patched: typeof patchWeights = async (...args) =>
  (await import('./patch-weights')).patchWeights(...args);

/** What asks for the session each time it is used. */
function standIn(inUse: PartInUse, release: () => Promise<void>): ModelSession {
  const session = () => inUse.session!;
  return {
    get inputNames() {
      return session().inputNames;
    },
    get inputShapes() {
      return session().inputShapes;
    },
    get replays() {
      return session().replays;
    },
    run: (feeds) => session().run(feeds),
    runInto: inUse.session?.runInto && ((feeds, results) => session().runInto!(feeds, results)),
    release,
  };
}
