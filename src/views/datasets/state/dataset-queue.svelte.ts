import type { CopyCheck } from '../../../dataset/dataset-item';
import {
  exportedNow,
  type Dataset,
  type DatasetStore,
  type ExportNote,
} from '../../../dataset/dataset-store';
import { createPlan, type Recipe } from '../../../dataset/recipe';
import { appError } from '../../../errors';
import { newDataset } from './new-dataset';
import { makeImages, type ImageMaker, type RunParts } from './dataset-run';
import type { QueueHooks, QueueProgress, TabMessage } from './queue-hooks';
import { RunningMean } from './running-mean';
import { stayingAwake } from '../../../browser/stay-awake';
import { TabChannel } from '../../../browser/tab-channel';
import { InTurn } from '../../../common/in-turn';

/** All data sets of this browser, and the one that is being made. */
export class DatasetQueue {
  /** Oldest first. */
  sets = $state.raw<Dataset[]>([]);
  /** How many images each has, by id. */
  numDone = $state<Record<string, number>>({});
  progress = $state.raw<QueueProgress | null>(null);
  error = $state.raw<Error | null>(null);
  /** Wall time of the last images, milliseconds; null before there is one. */
  msPerImage = $state<number | null>(null);
  /** Of the last PNGs. */
  bytesPerImage = $state<number | null>(null);

  #store: DatasetStore;
  #maker: ImageMaker;
  #hooks: QueueHooks;
  #controller = new AbortController();
  #working: Promise<void> | null = null;
  #ms = new RunningMean(20);
  #bytes = new RunningMean(20);
  #tabs: TabChannel<TabMessage>;
  /** Reads and writes of the list of data sets. */
  #turns = new InTurn();

  constructor(store: DatasetStore, maker: ImageMaker, hooks: QueueHooks) {
    this.#store = store;
    this.#maker = maker;
    this.#hooks = hooks;
    const name = hooks.lockName && `${hooks.lockName} changes`;
    // In their order: what is read last must be shown last.
    const news = new InTurn();
    this.#tabs = new TabChannel(name, (message) => void news.run(() => this.#follow(message)));
  }

  /** Images are being made. */
  get running(): boolean {
    return this.progress !== null && !this.progress.waiting;
  }

  /** Reads what there is and goes on with what was being made. */
  async open() {
    await this.#attempt(() => this.#read());
    this.#start();
  }

  /** What another tab has done: paused, stopped or deleted is what is being made here, too. */
  async #follow(message: TabMessage) {
    if (message !== 'changed') {
      const { madeOf } = message;
      if (madeOf in this.numDone) this.numDone[madeOf]++;
      return;
    }
    await this.#attempt(() => this.#read());
    this.#hooks.onFollowed?.();
    const id = this.progress?.datasetId;
    const current = this.sets.find((set) => set.id === id);
    if (id && !this.progress?.waiting && current?.status !== 'queued') await this.#halt();
    this.#start();
  }

  /** Forgets all data sets that the page holds; the store keeps them, and `open` goes on. */
  async close() {
    await this.#halt();
    this.sets = [];
    this.numDone = {};
    this.error = null;
  }

  /** Puts a recipe that was validated at the end of the queue. */
  async add(recipe: Recipe): Promise<Dataset> {
    const set = newDataset(recipe.title, createPlan(recipe).total, recipe);
    await this.#turns.run(async () => {
      await this.#store.putSet(set);
      this.sets = [...this.sets, set];
      this.numDone[set.id] = 0;
    });
    this.#tabs.tell('changed');
    this.#start();
    return set;
  }

  /** Takes in a data set that is complete: one that came from a folder. */
  async adopt(set: Dataset, numDone: number) {
    await this.#turns.run(async () => {
      await this.#store.putSet(set);
      this.sets = [...this.sets.filter(({ id }) => id !== set.id), set];
      this.numDone[set.id] = numDone;
    });
    this.#tabs.tell('changed');
  }

  /** A folder has been read: it has so many images. */
  async complete(id: string, numDone: number) {
    if (!this.sets.some((set) => set.id === id)) return; // deleted in another tab
    this.numDone[id] = numDone;
    await this.#change(id, { total: numDone, status: 'done' });
  }

  /** Stops it after what is kept; `resume` goes on from there. */
  async pause(id: string) {
    await this.#setStatus(id, 'paused');
  }

  /** As `pause`, and says that nothing more is meant to come. */
  async stop(id: string) {
    await this.#setStatus(id, 'stopped');
  }

  /** Goes on, at the end of the queue; images that failed are tried again. */
  async resume(id: string) {
    this.error = null;
    await this.#change(id, { status: 'queued', queuedAt: Date.now(), failed: [] });
    this.#start();
  }

  /** Deletes a data set with all its images, for good. */
  async remove(id: string) {
    if (this.progress?.datasetId === id) {
      await this.#setStatus(id, 'stopped');
      await this.#working;
    }
    await this.#attempt(async () => {
      await this.#store.removeSet(id);
      this.sets = this.sets.filter((set) => set.id !== id);
      delete this.numDone[id];
    });
    this.#tabs.tell('changed');
    this.#start();
  }

  /** How many images this data set still lacks. */
  numLeft({ id, total, failed }: Dataset): number {
    return Math.max(0, total - (this.numDone[id] ?? 0) - failed.length);
  }

  async #setStatus(id: string, status: 'paused' | 'stopped') {
    const current = this.progress?.datasetId === id;
    await this.#change(id, { status });
    if (current) await this.#halt();
    this.#start();
  }

  async #halt() {
    this.#controller.abort();
    await this.#working;
  }

  async #read() {
    const sets = await this.#store.sets((error) => (this.error = error));
    for (const { id } of sets) this.numDone[id] = (await this.#store.indices(id)).length;
    this.sets = sets;
  }

  #start() {
    if (this.#working || !this.#next()) return;
    this.#controller = new AbortController();
    this.#working = this.#work(this.#controller.signal).finally(() => {
      this.#working = null;
      this.progress = null;
    });
  }

  /** The first in the queue that this model can make. */
  #next(): Dataset | undefined {
    const queued = this.sets.filter(({ status, recipe }) => status === 'queued' && recipe);
    const own = queued.filter(({ recipe }) => recipe?.modelId === this.#hooks.modelId);
    return own.sort((a, b) => a.queuedAt - b.queuedAt).at(0);
  }

  async #work(signal: AbortSignal) {
    const datasetId = this.#next()!.id;
    this.progress = { datasetId, msLeft: null, waiting: true };
    try {
      await this.#asOnlyTab(signal, () => this.#makeQueued(signal));
    } catch (error) {
      if (signal.aborted) return; // paused
      const gone = (error as Error).name === 'AbortError' && !(await this.#store.set(datasetId));
      if (gone)
        await this.#attempt(() => this.#read()); // deleted in another tab
      else await this.#giveUp(error as Error);
    }
  }

  /** Two tabs that make the same data set would do the same work twice. */
  async #asOnlyTab(signal: AbortSignal, work: () => Promise<void>) {
    const { lockName } = this.#hooks;
    if (lockName === null || !navigator.locks) return work();
    await navigator.locks.request(lockName, { signal }, async () => {
      await this.#turns.run(() => this.#read()); // another tab may have made some of it
      await work();
    });
  }

  async #makeQueued(signal: AbortSignal) {
    for (let set = this.#next(); set; set = this.#next()) {
      const plan = createPlan(set.recipe!);
      await stayingAwake(() => makeImages(set, plan, this.#partsFor(set.id), signal));
      await this.#change(set.id, ({ status }) => (status === 'queued' ? { status: 'done' } : {}));
    }
  }

  #partsFor(id: string): RunParts {
    const msLeft = () =>
      this.msPerImage === null ? null : this.msPerImage * this.numLeft(this.#find(id));
    return {
      store: this.#store,
      maker: this.#maker,
      hooks: this.#hooks,
      onWaiting: (waiting) => (this.progress = { datasetId: id, msLeft: msLeft(), waiting }),
      onKept: (facts, ms) => {
        this.msPerImage = this.#ms.add(ms);
        this.bytesPerImage = this.#bytes.add(facts.bytes);
        this.numDone[id] = (this.numDone[id] ?? 0) + 1;
        this.#tabs.tell({ madeOf: id });
        this.#hooks.onKept?.(id, facts);
      },
      onFailed: (index, error) => this.#noteFailed(id, index, error),
    };
  }

  async #noteFailed(id: string, index: number, { name, message }: Error) {
    const notConfirmed = name === 'NotConfirmed';
    const one = { index, message, ...(notConfirmed ? { notConfirmed } : {}) };
    await this.#change(id, ({ failed }) => ({ failed: [...failed, one] }));
  }

  /** Says why and waits; locked stores open again by themselves. */
  async #giveUp(error: Error) {
    this.error = error;
    const id = this.progress?.datasetId;
    if (error.name === 'Locked' || !id) return;
    // The same trouble may keep this from being stored: then it holds for this page.
    const paused = { ...this.#find(id), status: 'paused' as const };
    this.sets = this.sets.map((set) => (set.id === id ? paused : set));
    await this.#store.updateSet(id, () => ({ status: 'paused' })).catch(() => undefined);
  }

  #find(id: string): Dataset {
    const set = this.sets.find((one) => one.id === id);
    if (!set)
      throw appError('AbortError', 'The data set was deleted meanwhile. Nothing is left to do.');
    return set;
  }

  noteExport(id: string, as: ExportNote): Promise<void> {
    return this.#change(id, exportedNow(as));
  }

  /** Keeps what a comparison with real images found, for the data card. */
  noteCopyCheck(id: string, copyCheck: CopyCheck): Promise<void> {
    return this.#change(id, { copyCheck });
  }

  /** On what is stored, for another tab may have changed it; what cannot be stored holds for this page. */
  async #change(id: string, change: Partial<Dataset> | ((set: Dataset) => Partial<Dataset>)) {
    const apply = typeof change === 'function' ? change : () => change;
    let changed: Dataset | null = { ...this.#find(id), ...apply(this.#find(id)) };
    await this.#attempt(async () => {
      try {
        changed = await this.#store.updateSet(id, apply);
        this.#tabs.tell('changed');
      } finally {
        this.sets = this.sets.flatMap((set) => (set.id !== id ? [set] : (changed ?? [])));
      }
    });
  }

  async #attempt(work: () => Promise<void>) {
    try {
      await this.#turns.run(work);
    } catch (error) {
      this.error = error as Error;
    }
  }
}
