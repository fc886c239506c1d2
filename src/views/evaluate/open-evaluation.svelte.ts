import type {
  EvaluationReport,
  EvaluationRequest,
  ImageFeatures,
} from '../../evaluation/report/report';
import type { DatasetsState } from '../datasets/state/datasets.svelte';
import type { EvaluationChoices, MembershipModel } from './evaluation-choices.svelte';
import type { EvaluationRecord } from '../../evaluation/report/kept-evaluations';
import type { KeptEvaluations } from './kept/kept-evaluations.svelte';
import { createMemoryRecords, type Records } from '../../common/records';
import type { EvaluationHooks, EvaluationState } from './evaluation.svelte';
import type { FinetuneSlot } from '../finetune/open-finetune.svelte';
import type { GalleryState } from '../gallery/gallery.svelte';
import type { VolumeJudge, VolumeJudging } from './volume-judging.svelte';
import type { VolumeTrainer } from './volume-training.svelte';
import type { ModelEntry } from '../../models/manifest/manifest';
import { webStorage } from '../../browser/web-storage';
import { texts } from './texts/evaluate';

/** Runs a comparison in a worker of its own; see src/bridge/evaluation-client.ts. */
export type Evaluator = (
  request: EvaluationRequest,
  hooks: EvaluationHooks,
) => Promise<EvaluationReport>;

/** What the page gives the evaluation; absent: it is not offered. */
export interface EvaluationParts {
  /** Loads the client, which the first evaluation needs. */
  evaluator: () => Promise<Evaluator>;
  /** The same for volumes; absent: not offered. */
  volumeJudge?: () => Promise<VolumeJudge>;
  /** Trains segmenters of volumes. */
  volumeTrainer?: () => Promise<VolumeTrainer>;
  /** Where comparisons are kept; absent: they last as long as the page. */
  records?: Records<EvaluationRecord>;
  /** Features of images that were compared before; absent: they are computed anew each time. */
  features?: {
    get(sha256: string): Promise<ImageFeatures | undefined>;
    putAll(computed: ImageFeatures[]): Promise<void>;
  };
}

/** Where images are that can be compared. */
interface Holders {
  readonly entry: ModelEntry;
  readonly gallery: GalleryState;
  readonly datasets: DatasetsState | null;
  readonly finetuning: FinetuneSlot;
  openDatasets(): Promise<DatasetsState>;
}

/** The evaluation view's state, loaded when the view is first opened. */
export class EvaluationSlot {
  current = $state.raw<EvaluationState | null>(null);
  /** Of volumes, where the studio's model makes some. */
  volumes = $state.raw<VolumeJudging | null>(null);
  error = $state.raw<Error | null>(null);

  #parts: EvaluationParts | null;
  #holders: Holders;
  #opening: Promise<void> | null = null;
  /** What is chosen is then no longer kept for a reload. */
  #forget: () => void = () => undefined;

  constructor(parts: EvaluationParts | undefined, holders: Holders) {
    this.#parts = parts ?? null;
    this.#holders = holders;
  }

  get running(): boolean {
    return (this.current?.running ?? false) || (this.volumes?.running ?? false);
  }

  /** At the first look; data sets are read too, for they can be compared. */
  open(): Promise<void> {
    this.#opening ??= this.#open()
      .catch((error: unknown) => void (this.error = error as Error)) // the next look tries again
      .finally(() => (this.#opening = null));
    return this.#opening;
  }

  async #open() {
    if (this.current || !this.#parts) return;
    this.error = null;
    const [{ EvaluationState }, { EvaluationMemory }, { evaluationSources }, kept, choices] =
      await Promise.all([
        import('./evaluation.svelte'),
        import('./kept/evaluation-memory'),
        import('./evaluation-sources'),
        this.#openKept(this.#parts),
        this.#choices(),
        this.#holders.openDatasets(),
        this.#holders.finetuning.wake(),
      ]);
    const sources = () => evaluationSources(this.#holders.datasets, this.#holders.gallery);
    const memory = new EvaluationMemory(webStorage('sessionStorage'));
    const evaluation = new EvaluationState(this.#parts, sources, choices, kept);
    memory.restore(evaluation);
    this.#forget = memory.watch(evaluation);
    this.current = evaluation;
    await this.#openVolumes();
  }

  async #openKept({ records }: EvaluationParts): Promise<KeptEvaluations> {
    const [{ KeptEvaluations }, { EvaluationStore }] = await Promise.all([
      import('./kept/kept-evaluations.svelte'),
      import('../../evaluation/report/kept-evaluations'),
    ]);
    const store = new EvaluationStore(records ?? createMemoryRecords());
    const kept = new KeptEvaluations(store, records ? 'evaluation changes' : null);
    await kept.load();
    return kept;
  }

  async #openVolumes() {
    const { entry, gallery } = this.#holders;
    const { volumeJudge: judge, volumeTrainer: trainer } = this.#parts ?? {};
    if (!entry.volume || !judge) return;
    const { VolumeJudging } = await import('./volume-judging.svelte');
    this.volumes = new VolumeJudging(entry, gallery, judge, trainer);
  }

  /** Models for the membership test: those of the manifest, and what was taught to them here. */
  async #choices(): Promise<EvaluationChoices> {
    const { EvaluationChoices, membershipModels } = await import('./evaluation-choices.svelte');
    const known = await membershipModels();
    const { finetuning } = this.#holders;
    const tuned = (): MembershipModel[] =>
      (finetuning.tuned?.models ?? []).flatMap(({ id, sha256, facts: { title, modelId } }) =>
        known.some((model) => model.id === modelId)
          ? [
              {
                id,
                title: texts.tuned(title),
                modelId: modelId!,
                lora: { sha256, title, strength: 1 },
              },
            ]
          : [],
      );
    return new EvaluationChoices(
      () => [...known, ...tuned()],
      async (lora) => (await finetuning.fill({ lora })).lora,
    );
  }

  /** Ends a run and forgets images and results, for a page that is locked or erased. */
  close() {
    this.#forget();
    this.current?.close();
    this.current = null;
    this.volumes?.cancel();
    this.volumes = null;
  }
}
