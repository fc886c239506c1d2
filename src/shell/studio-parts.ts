import type { DatasetRecords } from '../dataset/dataset-store';
import type { Records } from '../common/records';
import type { GalleryStore } from '../gallery/gallery-store';
import type { PromptRecord } from '../gallery/prompt-store';
import type { ModelEntry, ModelManifest } from '../models/manifest/manifest';
import type { FeatureNetwork } from '../models/manifest/networks';
import type { TryResult } from '../privacy/outside-check';
import type { EvaluationParts } from '../views/evaluate/open-evaluation.svelte';
import type { FinetuneParts } from '../views/finetune/open-finetune.svelte';
import type { FootprintState } from '../views/storage/state/requests-and-bytes.svelte';
import type { Generator } from '../views/studio/state/generation.svelte';
import type { KeepingParts } from '../views/storage/state/how-it-is-kept.svelte';
import type { ModelKeeper } from '../views/models/model-shelf.svelte';
import type { ModelLoader } from '../views/studio/state/model.svelte';
import type { OfflineHooks } from '../views/storage/state/offline-ready.svelte';
import type { TextReader } from '../controls/prompt-words.svelte';
import type { SettingsState } from '../browser/settings.svelte';
import type { Updates } from './update.svelte';

/** The dialogs of the whole app. */
export type DialogName =
  'keyboard' | 'models' | 'queue' | 'offline' | 'storage' | 'erase' | 'privacy' | 'diagnostics';

/** What the studio is made of. */
export interface StudioParts {
  entry: ModelEntry;
  client: Generator & ModelLoader & { readTexts: TextReader };
  store: GalleryStore;
  /** Where data sets are kept; absent: they last as long as the page. */
  datasetRecords?: DatasetRecords;
  /** Where prompts and presets are kept; absent: they last as long as the page. */
  promptRecords?: Records<PromptRecord>;
  /** The store forgets everything when the page closes. */
  sessionOnly: boolean;
  settings: SettingsState;
  /** A picture to look at before the first one is made. */
  sampleUrl?: string | null;
  /** Lists, checks, deletes and exports models; none of these is offered without. */
  modelKeeper?: ModelKeeper;
  /** Encryption, session-only, erasing; none of them is offered without. */
  keeping?: KeepingParts;
  /** Counts requests from before the studio; without, none are counted. */
  footprint?: FootprintState;
  /** Compares images; not offered without. */
  evaluation?: EvaluationParts;
  /** Trains the model on the user's images; not offered without. */
  finetune?: FinetuneParts;
  /** The model and those that are a faster or better version of it; absent: there is no other. */
  relatives?: readonly ModelEntry[];
  /** Models that are stored whole, to compare with; absent: the relatives alone are offered. */
  storedModels?: () => Promise<readonly ModelEntry[]>;
  /** Checks pictures as they are drawn; not offered without. */
  checker?: FeatureNetwork | null;
  /** Newer versions of the app; none are looked for without. */
  updates?: Updates;
  /** Fetches ahead what the app has; absent: it is not offered. */
  ahead?: {
    manifest: ModelManifest;
    installNetwork: OfflineHooks['installNetwork'];
    installTunable: OfflineHooks['installModel'];
  };
  /** Tries to reach an outside host in every way there is. */
  checkOutside?: (address: string) => Promise<TryResult[]>;
}
