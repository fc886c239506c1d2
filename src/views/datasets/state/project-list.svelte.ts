import { InTurn } from '../../../common/in-turn';
import { randomId } from '../../../common/random-id';
import type { Dataset } from '../../../dataset/dataset-store';
import type { Recipe } from '../../../dataset/recipe';
import type { Project } from '../../../project/project';
import { hasSet, newProject } from '../../../project/project';
import type { ProjectStore } from '../../../project/project-store';
import { TabChannel } from '../../../browser/tab-channel';

export type { Project } from '../../../project/project';

/** Longest title of a project. */
const TITLE_LENGTH = 80;
/** So long nothing must be changed before a recipe being written is kept. */
const PAUSE_MS = 300;

/** The recipe of a project as it is being written. */
interface Draft {
  projectId: string | null;
  /** Why it cannot be made as it stands; null where it can. */
  problem: Error | null;
  recipe: Recipe;
}

/** All projects of this browser, in step with other tabs, and the one that is shown. */
export class ProjectList {
  /** Newest first. */
  all = $state.raw<Project[]>([]);
  shownId = $state<string | null>(null);
  /** Why one could not be read or written. */
  error = $state.raw<Error | null>(null);
  shown = $derived(this.find(this.shownId));

  #store: ProjectStore;
  #tabs: TabChannel<'changed'>;
  #turns = new InTurn();
  #draft: { projectId: string; recipe: Recipe } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `channel`: by which tabs that have this store hear of each other; null where it is this page's alone. */
  constructor(store: ProjectStore, channel: string | null) {
    this.#store = store;
    this.#tabs = new TabChannel(channel, () => void this.load());
  }

  async load() {
    await this.#attempt(async () => {
      this.all = await this.#store.list((error) => (this.error = error));
    });
    if (!this.shown) this.shownId = null;
  }

  /** Forgets all that the page holds; `load` brings it back. */
  forget() {
    clearTimeout(this.#timer);
    this.#draft = null;
    this.all = [];
    this.shownId = null;
    this.error = null;
  }

  find(id: string | null | undefined): Project | null {
    return this.all.find((project) => project.id === id) ?? null;
  }

  /** Shows this one; null, or one that is gone: the list. */
  show(id: string | null) {
    this.shownId = this.find(id)?.id ?? null;
  }

  /** The same once everything is read that is being read, as after unlocking. */
  async goTo(id: string | null) {
    await this.#turns.run(async () => undefined);
    this.show(id);
  }

  /** The project that a data set belongs to, as its real images or as what was made; the one that is shown goes first. */
  ofSet(setId: string | undefined): Project | null {
    if (!setId) return null;
    if (this.shown && hasSet(this.shown, setId)) return this.shown;
    return this.all.find((project) => hasSet(project, setId)) ?? null;
  }

  /** Begins one and shows it. */
  async create(title: string) {
    await this.adopt(newProject(title.trim().slice(0, TITLE_LENGTH), randomId()));
  }

  /** Keeps a project that came from elsewhere and shows it. */
  async adopt(project: Project) {
    await this.#attempt(() => this.#store.put(project));
    if (!this.error) await this.#changed();
    this.show(project.id);
  }

  rename(id: string, title: string): Promise<void> {
    const short = title.trim().slice(0, TITLE_LENGTH);
    return short === '' ? Promise.resolve() : this.change(id, { title: short });
  }

  /** Changes what is stored now, whichever tab wrote it last. */
  async change(id: string, change: Partial<Project>) {
    await this.#attempt(() => this.#store.update(id, () => change));
    await this.#changed();
  }

  /** A data set is being made from its recipe. */
  noteMaking(id: string, { id: setId, recipe, total }: Dataset): Promise<void> {
    if (!recipe) return Promise.resolve();
    const made = { setId, recipe, total, numDone: 0, numFailed: 0, finished: false };
    return this.change(id, { recipe, made });
  }

  /** Deletes the project; its data sets stay. */
  async remove(id: string) {
    await this.#attempt(() => this.#store.remove(id));
    await this.#changed();
  }

  /** Keeps the recipe that is being written for a project, once it stands still and can be made. */
  followDraft({ projectId, problem, recipe }: Draft) {
    if (!projectId || problem) return;
    this.#draft = { projectId, recipe };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.keepDraft(), PAUSE_MS);
  }

  /** The same at once, for a recipe that is left. */
  async keepDraft() {
    clearTimeout(this.#timer);
    const draft = this.#draft;
    this.#draft = null;
    if (draft) await this.change(draft.projectId, { recipe: draft.recipe });
  }

  async #changed() {
    await this.load();
    this.#tabs.tell('changed');
  }

  async #attempt(work: () => Promise<unknown>) {
    try {
      await this.#turns.run(work);
      this.error = null;
    } catch (error) {
      this.error = error as Error;
    }
  }
}
