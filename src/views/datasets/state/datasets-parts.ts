import type { Timing } from '../../../contract/picture';
import type { BackendChoice, GenerationRequest } from '../../../contract/request';
import type { TextReader } from '../../../controls/prompt-words.svelte';
import type { DatasetRecords } from '../../../dataset/dataset-store';
import type { ModelEntry } from '../../../models/manifest/manifest';
import type { FeatureNetwork } from '../../../models/manifest/networks';
import type { TunedState } from '../../finetune/tuned.svelte';
import type { GalleryState } from '../../gallery/gallery.svelte';
import type { ImageMaker } from './dataset-run';

/** What the view of data sets is made of. */
export interface DatasetsParts {
  entry: ModelEntry;
  /** Checks pictures as they are drawn; absent: recipes cannot ask for it here. */
  checker?: FeatureNetwork | null;
  maker: ImageMaker;
  /** What the model makes of texts; absent: nobody is told. */
  readTexts?: TextReader;
  /** null: nothing is kept, so they last as long as the page. */
  records: DatasetRecords | null;
  choice: () => BackendChoice;
  ready: () => Promise<void>;
  turn: () => Promise<void>;
  /** Puts the factors of a tuned model in place of their hash. */
  fillIn?: (request: GenerationRequest) => Promise<GenerationRequest>;
  /** Nothing forbids that images lie on the disk in clear: no encryption, no session. */
  keepsPlain?: () => boolean;
  /** Those that a recipe can name. */
  tuned?: () => TunedState | null;
  /** The studio's gallery, and how the studio shows one of its pictures; absent: it is not offered here. */
  gallery?: { state: GalleryState; show: (id: string) => void };
  /** The kind of image at hand in the studio: a new recipe begins with that. */
  kind: () => string | null;
  /** Of the newest image there is, for a first estimate. */
  lastImage: () => { timing: Timing; bytes: number } | null;
}
