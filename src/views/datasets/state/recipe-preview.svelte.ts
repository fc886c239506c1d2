import { createPlan, numImages, type PlannedImage, type Recipe } from '../../../dataset/recipe';
import type { FirstImage, ImageMaker, PreparedImage, RunHooks } from './dataset-run';

/** Pictures that a row is shown with; of a row of pairs one more, so that each is whole. */
const PER_ROW = 3;
/** So long nothing must be typed before pictures are drawn, milliseconds. */
const PAUSE_MS = 600;
/** Pictures that are kept in memory: a change that is taken back shows them again. */
const MOST_KEPT = 120;

/** One picture of the preview. */
export interface PreviewPicture {
  /** What it is drawn from, as text: equal for equal pictures. */
  key: string;
  prompt: string;
  seed: number;
  /** null: not drawn yet. */
  png: Blob | null;
  /** It is the one in the making. */
  drawing: boolean;
}

/** Who draws, and what of the page it waits for. */
export interface PreviewParts {
  maker: ImageMaker;
  hooks: Pick<RunHooks, 'choice' | 'ready' | 'turn'> & {
    prepare: (planned: PlannedImage, first?: FirstImage) => Promise<PreparedImage>;
  };
}

/**
 * The first three pictures, or two pairs, of the row that is being written, exactly as the recipe will make them: its settings, its seed.
 * Drawn once nothing more is typed; another row, another wording and leaving the recipe end what is being drawn.
 */
export class RecipePreview {
  /** Somebody wants to see it. */
  on = $state(true);
  /** Index of the row whose pictures are drawn. */
  row = $state(0);
  /** Why the pictures of that row cannot be drawn. */
  error = $state.raw<Error | null>(null);

  #parts: PreviewParts;
  /** By key, the oldest first. */
  #drawn = $state.raw<Readonly<Record<string, Blob>>>({});
  #current = $state<string | null>(null);

  constructor(parts: PreviewParts) {
    this.#parts = parts;
  }

  /** The pictures of a row, as far as they are drawn. */
  picturesOf(recipe: Recipe, row: number): PreviewPicture[] {
    return firstOf(recipe, row).map((planned) => {
      const key = keyOf(planned);
      const { seed } = planned.request;
      const { change } = planned.pair ?? {};
      const prompt = [planned.request.prompt, ...(change ? [change.sentence] : [])].join(' → ');
      const drawing = this.#current === key;
      return { key, prompt, seed, png: this.#drawn[key] ?? null, drawing };
    });
  }

  /** Draws what is missing of the row, soon; returns what ends that. `recipe`: null where it cannot be made. */
  follow(recipe: Recipe | null): (() => void) | undefined {
    this.error = null;
    if (!recipe || !this.on || !recipe.rows[this.row]) return undefined;
    const planned = firstOf(recipe, this.row);
    const controller = new AbortController();
    const timer = setTimeout(() => void this.#draw(planned, controller.signal), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }

  /** Forgets all pictures, for a page that is locked. */
  forget() {
    this.#drawn = {};
    this.error = null;
  }

  async #draw(planned: readonly PlannedImage[], signal: AbortSignal) {
    try {
      for (const one of planned) {
        const key = keyOf(one);
        if (this.#drawn[key]) continue;
        const png = await this.#make(one, this.#firstOf(one, planned), signal);
        const all = Object.entries({ ...this.#drawn, [key]: png });
        this.#drawn = Object.fromEntries(all.slice(-MOST_KEPT));
      }
    } catch (error) {
      if (!signal.aborted) this.error = error as Error; // left or changed is not an error
    }
  }

  /** Of a pair the first is drawn before the second. */
  #firstOf({ pair }: PlannedImage, row: readonly PlannedImage[]): FirstImage | undefined {
    const first = pair?.change && row.find(({ index }) => index === pair.first);
    return first && { png: this.#drawn[keyOf(first)] };
  }

  async #make(planned: PlannedImage, first: FirstImage | undefined, signal: AbortSignal) {
    const { maker, hooks } = this.#parts;
    const key = keyOf(planned);
    await hooks.turn(); // a picture that somebody waits for goes first
    await hooks.ready();
    signal.throwIfAborted();
    this.#current = key;
    try {
      const { request, found } = await hooks.prepare(planned, first);
      if (found) return found.png;
      const onProgress = () => undefined;
      const { png } = await maker.generate(request, hooks.choice(), { signal, onProgress });
      signal.throwIfAborted();
      return png;
    } finally {
      if (this.#current === key) this.#current = null;
    }
  }
}

/** What the recipe says of the first pictures of a row. */
function firstOf(recipe: Recipe, row: number): PlannedImage[] {
  const before = recipe.rows.slice(0, row).reduce((sum, one) => sum + numImages(one), 0);
  const plan = createPlan(recipe);
  const own = recipe.rows[row];
  const count = own ? Math.min(own.pair ? PER_ROW + 1 : PER_ROW, numImages(own)) : 0;
  return Array.from({ length: count }, (_, i) => plan.image(before + i));
}

function keyOf({ request, mask, pair }: PlannedImage): string {
  return JSON.stringify([request, mask, pair?.change, pair?.source]);
}
