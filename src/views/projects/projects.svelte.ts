import { randomId } from '../../common/random-id';
import { createPlan } from '../../dataset/recipe';
import { validateRecipe } from '../../dataset/validate-recipe';
import { saveBlob } from '../../browser/save-file';
import { InTurn } from '../../common/in-turn';
import type { EvaluationReport } from '../../evaluation/report/report';
import { formatProjectFile, PROJECT_ENDING, readProjectFile } from '../../project/project-file';
import type { StudioState } from '../../shell/studio.svelte';
import type { Dataset, DatasetsState } from '../datasets/state/datasets.svelte';
import type { Project } from '../datasets/state/project-list.svelte';
import { stepsOf, type Here, type StepId } from './describe-project';
import { findResults } from './find-results';
import { texts } from './texts';

/** Given at build time: package.json's. */
declare const __APP_VERSION__: string;

/** The page of projects: each step opens the view that does it, and what comes of it is gathered here. */
export class ProjectsState {
  /** Why a step could not be begun, or a file not be opened. */
  error = $state.raw<Error | null>(null);
  /** Asked for before it is deleted. */
  deleting = $state.raw<Project | null>(null);

  #studio: StudioState;
  #datasets: DatasetsState;
  #turns = new InTurn();

  constructor(studio: StudioState, datasets: DatasetsState) {
    this.#studio = studio;
    this.#datasets = datasets;
  }

  get #kept() {
    return this.#studio.evaluating.current?.kept;
  }

  get list() {
    return this.#datasets.projects;
  }

  get importing() {
    return this.#datasets.importing;
  }

  /** Sets of real images that are here. */
  get realSets(): Dataset[] {
    return this.#datasets.queue.sets.filter(({ recipe }) => recipe === null);
  }

  get datasets(): DatasetsState {
    return this.#datasets;
  }

  /** The data set that was made, where it is here. */
  setOf({ made }: Project): Dataset | null {
    return this.#datasets.queue.sets.find(({ id }) => id === made?.setId) ?? null;
  }

  /** Its real images, where they are here. */
  realOf({ real }: Project): Dataset | null {
    return this.realSets.find(({ id }) => id === real?.setId) ?? null;
  }

  hereOf(project: Project): Here {
    const real = this.realOf(project);
    return {
      real: real && (this.#datasets.isForVisit(real) ? 'visit' : 'kept'),
      set: this.setOf(project) !== null,
      modelId: this.#datasets.entry.id,
    };
  }

  /** Whether the comparison of a project is still kept here. */
  hasComparison({ evaluation }: Project): boolean {
    const kept = this.#kept?.all ?? [];
    return kept.some(({ id }) => id === evaluation?.evaluationId);
  }

  stepsOf(project: Project) {
    return stepsOf(project, this.hereOf(project));
  }

  /** What decides the results of the project that is shown, as text: where it changes, `follow` has something to do. */
  get version(): string {
    const { shown } = this.list;
    const set = shown && this.setOf(shown);
    const numDone = set && this.#datasets.queue.numDone[set.id];
    const kept = this.#kept?.all ?? [];
    const real = shown?.real?.setId;
    return JSON.stringify([shown?.id, real, set?.status, set?.exportedAt, numDone, kept.length]);
  }

  /** Takes over what has come of the steps of the project that is shown. */
  follow(): Promise<void> {
    return this.#turns.run(async () => {
      const project = this.list.shown;
      if (!project?.made) return;
      await this.#studio.evaluating.open();
      const set = this.setOf(project);
      const kept = this.#kept;
      const { queue } = this.#datasets;
      const changes = await findResults(project, {
        set: set && {
          set,
          numDone: queue.numDone[set.id] ?? 0,
          facts: await this.#datasets.facts(set.id),
        },
        evaluations: kept?.all ?? [],
        read: (id) => kept?.read(id) ?? Promise.resolve(null),
      });
      if (Object.keys(changes).length > 0) await this.list.change(project.id, changes);
    });
  }

  /** Takes a set that is here as the project's real images. */
  async chooseReal(project: Project, setId: string) {
    const set = this.realSets.find(({ id }) => id === setId);
    if (!set) return;
    const count = this.#datasets.queue.numDone[set.id] ?? set.total;
    await this.list.change(project.id, { real: { setId, title: set.title, count } });
  }

  /** Offers the images of a ZIP as real ones: the dialog then asks how long they may stay. */
  async offerZip(file: File) {
    await this.#attempt(async () => {
      const { readZip } = await import('../../browser/read-zip');
      this.#datasets.offered = await readZip(file);
    });
  }

  /** Takes in what was offered as the project's real images. */
  async takeReal(project: Project, stay: 'visit' | 'kept') {
    const set = await this.#datasets.takeOffered(stay);
    if (set) await this.chooseReal(project, set.id);
  }

  /** Makes the images of the recipe, in the background. */
  async make(project: Project) {
    const { recipe } = project;
    if (!recipe) return;
    await this.#attempt(async () => {
      validateRecipe(recipe, this.#datasets.entry);
      await this.list.noteMaking(project.id, await this.#datasets.queue.add(recipe));
    });
  }

  /** How many images the recipe makes. */
  numPlanned({ recipe }: Project): number {
    return recipe ? createPlan(recipe).total : 0;
  }

  /** Opens the view that does a step, with what is the project's. */
  async open(project: Project, step: StepId) {
    await this.#attempt(() => this.#open(project, step));
  }

  async #open(project: Project, step: StepId) {
    const set = this.setOf(project);
    if (step === 'compare') return this.#compare(project);
    const studio = this.#studio;
    const datasets = this.#datasets;
    if (step === 'recipe') datasets.takeUp(project.id);
    else if (step === 'real') {
      const real = this.realOf(project);
      if (real) await datasets.goTo({ what: 'set', id: real.id, reviewing: false });
    } else if (set) {
      await datasets.goTo({ what: 'set', id: set.id, reviewing: step === 'review' });
      datasets.dialog = step === 'export' ? 'export' : null;
    }
    studio.show('datasets');
  }

  async #compare(project: Project) {
    const { evaluating } = this.#studio;
    this.#studio.show('evaluate');
    await evaluating.open();
    if (project.made) {
      await evaluating.current?.face(project.made.setId, project.real?.setId ?? null);
    }
  }

  /** Shows the comparison that was kept. */
  async showComparison({ evaluation }: Project) {
    if (!evaluation) return;
    this.#studio.show('evaluate');
    await this.#studio.evaluating.open();
    await this.#kept?.show(evaluation.evaluationId);
  }

  /** Saves the project without any image. */
  async save(project: Project) {
    await this.#attempt(async () => {
      await this.#studio.evaluating.open();
      const { evaluation } = project;
      const kept = this.#kept;
      const found = evaluation && (await kept?.read(evaluation.evaluationId));
      const file = { project, report: found?.report ?? null };
      const text = formatProjectFile(file, __APP_VERSION__);
      const name = project.title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
      const blob = new Blob([text], { type: 'application/json' });
      saveBlob(blob, `${name || 'project'}${PROJECT_ENDING}`);
    });
  }

  /** Opens a project that was saved here or elsewhere, as a new one; the report of its comparison is kept here, too. */
  async openFile(file: File) {
    await this.#attempt(async () => {
      const { project, report } = await readProjectFile(file);
      const evaluationId = report ? await this.#keepReport(project, report) : '';
      const evaluation = project.evaluation && { ...project.evaluation, evaluationId };
      await this.list.adopt({ ...project, evaluation, id: randomId() });
    });
  }

  async #keepReport({ title, evaluation, real }: Project, report: EvaluationReport) {
    await this.#studio.evaluating.open();
    const compared = { synthetic: title, real: texts.realTitle, holdout: '' };
    const setIds = { synthetic: evaluation?.setId, real: real?.setId };
    return (await this.#kept?.adopt(report, { ...compared, setIds })) ?? '';
  }

  /** Deletes the project, and those of its data sets that were chosen. */
  async remove(project: Project, setIds: readonly string[]) {
    this.deleting = null;
    await this.list.remove(project.id);
    for (const id of setIds) await this.#datasets.remove(id);
  }

  async #attempt(work: () => Promise<unknown>) {
    this.error = null;
    try {
      await work();
    } catch (error) {
      this.error = error as Error;
    }
  }
}
