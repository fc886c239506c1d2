import type {
  Dataset,
  FactsChange,
  ImageFacts,
  Picture,
  Verdict,
} from '../../../dataset/dataset-store';
import { createMatch, NO_FILTER, type Filter } from '../../../dataset/filter';
import { InTurn } from '../../../common/in-turn';
import {
  among,
  countFilters,
  merged,
  neighbourOf,
  rangeOf,
  rejectedOf,
  replaced,
  takenBack,
  ratingWords,
  verdictWords,
} from './facts-list';
import { distinct } from '../../../common/distinct';
import type { GridStore } from './grid-store';
import { showingPicture } from './showing-picture';
import { between, select, toggled, type ClickKeys, type Selection } from './selection';
import { texts } from '../texts';

/** New images are shown so often at most, milliseconds. */
const FLUSH_MS = 500;

/** One data set as a grid: which images are shown, which are selected, and what was decided about them. */
export class DatasetGrid {
  readonly set: Dataset;
  filter = $state<Filter>({ ...NO_FILTER });
  /** Ids. */
  selected = $state.raw<Selection>(select());
  /** The image that keys act on. */
  focusedId = $state<string | null>(null);
  /** One image at a time, by keyboard. */
  reviewing = $state(false);
  /** Two images side by side. */
  compared = $state.raw<[ImageFacts, ImageFacts] | null>(null);
  error = $state.raw<Error | null>(null);
  loading = $state(true);
  /** What takes the last changes back, for `undo`: of each image no more than was changed. */
  undoable = $state.raw<FactsChange[][]>([]);
  /** What was done last, in words; empty once it is old. */
  notice = $state('');

  #facts = $state.raw<ImageFacts[]>([]);
  #store: GridStore;
  #onChanged: () => void;
  #arrived: ImageFacts[] = [];
  #flushTimer: ReturnType<typeof setTimeout> | undefined;
  #followTimer: ReturnType<typeof setTimeout> | undefined;
  /** Where a selection with shift begins. */
  #anchorId: string | null = null;
  #reviewIds = $state.raw<string[]>([]);
  /** Reads and writes of the store. */
  #turns = new InTurn();

  #match = $derived(createMatch(this.filter));
  /** Passes the filter, in the order of the recipe; in review, what passed it when review began. */
  shown = $derived(
    this.reviewing ? among(this.#facts, this.#reviewIds) : this.#facts.filter(this.#match),
  );
  focused = $derived(this.shown.find(({ id }) => id === this.focusedId) ?? null);
  selectedFacts = $derived(this.shown.filter(({ id }) => this.selected.has(id)));
  numJudged = $derived(this.shown.filter(({ verdict }) => verdict !== null).length);
  numRejected = $derived(rejectedOf(this.#facts).length);
  numFilters = $derived(countFilters(this.filter));
  /** Discarded, and not yet deleted for good. */
  discarded = $derived(this.#facts.filter(({ discarded, emptied }) => discarded && !emptied));
  labels = $derived(distinct(this.#facts.map(({ label }) => label)));
  models = $derived(distinct(this.#facts.map(({ modelId }) => modelId)));
  covariateNames = $derived(distinct(this.#facts.flatMap((one) => Object.keys(one.covariates))));

  /** `onChanged`: told of every decision that is kept. */
  constructor(store: GridStore, set: Dataset, onChanged: () => void = () => undefined) {
    this.#store = store;
    this.set = set;
    this.#onChanged = onChanged;
  }

  /** Every image, whatever the filter. */
  get all(): readonly ImageFacts[] {
    return this.#facts;
  }

  async load() {
    await this.#attempt(async () => {
      let unreadable: Error | null = null;
      this.#facts = await this.#store.facts(this.set.id, (error) => (unreadable = error));
      if (unreadable) throw unreadable as Error;
    });
    this.loading = false;
  }

  /** An image has just been made. Shown with the next ones, for each change of the list costs its whole length. */
  arrive(facts: ImageFacts) {
    this.#arrived.push(facts);
    this.#flushTimer ??= setTimeout(() => void this.whole(), FLUSH_MS);
  }

  /** Every image there is by now, those too that are not shown yet. */
  whole(): Promise<readonly ImageFacts[]> {
    this.#flushTimer = undefined; // one that still comes finds nothing new
    const merge = async () => (this.#facts = merged(this.#facts, this.#arrived.splice(0)));
    return this.#turns.run(merge);
  }

  /** Another tab has changed something: read anew, not oftener than new images are shown. */
  follow() {
    this.#followTimer ??= setTimeout(() => {
      this.#followTimer = undefined;
      void this.load();
    }, FLUSH_MS);
  }

  /** Gives up what it holds. */
  close() {
    clearTimeout(this.#flushTimer);
    clearTimeout(this.#followTimer);
    this.#facts = [];
  }

  picture(id: string): Promise<Picture | null> {
    return this.#store.picture(id);
  }

  /** For an <img>: reads the picture while the element is there, and gives it up afterwards. */
  showIn(id: string): (image: HTMLImageElement) => () => void {
    return showingPicture(
      () => this.picture(id),
      (error) => (this.error = error),
    );
  }

  click(id: string, { shift, command }: ClickKeys) {
    if (shift && this.#anchorId) this.#selectTo(id);
    else {
      this.#anchorId = id;
      this.selected = command ? toggled(this.selected, id) : select([id]);
    }
    this.focusedId = id;
  }

  /** Moves the focus to an image, even if the filter hides it. */
  look(id: string | null) {
    if (!id) return;
    if (!this.shown.some((facts) => facts.id === id)) this.clearFilter();
    this.#focusOn(id);
  }

  clearFilter() {
    this.filter = { ...NO_FILTER };
  }

  /** Asks for a covariate, over the whole range that occurs; an empty name asks for none. */
  filterCovariate(name: string) {
    this.filter.covariate = name ? { name, ...rangeOf(this.#facts, name) } : null;
  }

  selectAll() {
    this.selected = select(this.shown.map(({ id }) => id));
  }

  /** Moves the focus through what is shown; `extend` takes the images on the way into the selection. */
  walk(by: number, { extend = false } = {}) {
    if (!this.shown.length) return;
    const at = this.shown.findIndex(({ id }) => id === this.focusedId);
    const next = Math.max(0, Math.min(this.shown.length - 1, at < 0 ? 0 : at + by));
    const { id } = this.shown[next];
    this.focusedId = id;
    if (extend && this.#anchorId) this.#selectTo(id);
    else {
      this.#anchorId = id;
      this.selected = select([id]);
    }
  }

  /** Looks at what is shown, one by one, from this one or the first that nobody has judged. */
  startReview(from?: string) {
    if (!this.shown.length) return;
    this.#reviewIds = this.shown.map(({ id }) => id);
    const first = this.shown.find(({ verdict }) => verdict === null) ?? this.shown[0];
    this.reviewing = true;
    this.compared = null;
    this.#focusOn(from ?? first.id);
  }

  endReview() {
    this.reviewing = false;
  }

  /** Shows two that are selected side by side. */
  compare() {
    const [one, other] = this.selectedFacts;
    if (one && other) this.compared = [one, other];
  }

  /** Out of comparison, out of review, out of the selection. */
  back() {
    if (this.compared) this.compared = null;
    else if (this.reviewing) this.endReview();
    else this.selected = select();
  }

  /** In review the next image comes at once. */
  async judge(verdict: Verdict) {
    const subject = this.#subject();
    if (this.reviewing) this.walk(1);
    await this.#change(subject, { verdict }, verdictWords(verdict));
  }

  async rate(rating: ImageFacts['rating']) {
    await this.#change(this.#subject(), { rating }, ratingWords(rating));
  }

  /** Takes what is selected out of the data set; `undo` brings it back, and so does the filter for discarded ones. */
  async discard() {
    const subject = this.#subject();
    const neighbour = neighbourOf(this.shown, subject);
    await this.#change(subject, { discarded: true }, texts.discarded);
    this.selected = select();
    if (neighbour) this.#focusOn(neighbour.id);
  }

  async restore() {
    await this.#change(this.#subject(), { discarded: false }, texts.broughtBack);
  }

  /** Discards every image that was rejected. */
  async discardRejected() {
    await this.#change(rejectedOf(this.#facts), { discarded: true }, texts.discarded);
  }

  /** Deletes what was discarded; this cannot be undone. */
  async empty() {
    const gone = this.discarded;
    await this.#attempt(async () => {
      await this.#store.empty(gone);
      this.#replace(gone.map((facts) => ({ ...facts, emptied: true })));
      this.undoable = [];
      this.notice = '';
    });
  }

  async undo() {
    await this.#attempt(async () => {
      const before = this.undoable.at(-1);
      if (!before) return;
      this.#replace(await this.#store.changeFacts(before));
      this.undoable = this.undoable.slice(0, -1);
      this.notice = '';
      this.#focusOn(before[0].id);
    });
  }

  /** What a key or button acts on: the selection, or the image with the focus. */
  #subject(): ImageFacts[] {
    if (this.reviewing || !this.selectedFacts.length) return this.focused ? [this.focused] : [];
    return this.selectedFacts;
  }

  async #change(subject: ImageFacts[], change: Partial<ImageFacts>, verb: string) {
    if (!subject.length) return;
    await this.#attempt(async () => {
      const back = takenBack(replaced(subject, this.#facts), change); // as they are by now
      this.#replace(await this.#store.changeFacts(subject.map(({ id }) => ({ id, ...change }))));
      this.undoable = [...this.undoable, back];
      this.notice = texts.changed(verb, subject.length);
    });
  }

  #replace(changed: ImageFacts[]) {
    this.#facts = replaced(this.#facts, changed);
    this.#onChanged();
  }

  #focusOn(id: string) {
    this.focusedId = id;
    this.#anchorId = id;
    this.selected = select([id]);
  }

  #selectTo(id: string) {
    const ids = this.shown.map((facts) => facts.id);
    this.selected = between(ids, this.#anchorId ?? id, id) ?? this.selected;
  }

  async #attempt(work: () => Promise<void>) {
    try {
      await this.#turns.run(work);
      this.error = null;
    } catch (error) {
      this.error = error as Error;
    }
  }
}
