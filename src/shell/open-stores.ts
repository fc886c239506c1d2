import { PrivateStore } from '../crypto/private-store';
import { Vault } from '../crypto/vault';
import type { DatasetRecord } from '../dataset/dataset-store';
import type { EvaluationRecord } from '../evaluation/report/kept-evaluations';
import type { ImageFeatures } from '../evaluation/report/report';
import type { FinetuneRecord } from '../finetune/finetune-store';
import { createMemoryGallery, openGallery, type GalleryStore } from '../gallery/gallery-store';
import type { PromptRecord } from '../gallery/prompt-store';

/** Where this page keeps what is made on it. */
export interface Kept {
  store: GalleryStore;
  /** Records of the data sets; absent where nothing is kept. */
  datasets?: PrivateStore<DatasetRecord>;
  /** Features of images that were compared; absent where nothing is kept. */
  features?: PrivateStore<ImageFeatures>;
  /** Comparisons of synthetic with real images; absent where nothing is kept. */
  evaluations?: PrivateStore<EvaluationRecord>;
  /** Runs of fine-tuning and what came of them; absent where nothing is kept. */
  finetunes?: PrivateStore<FinetuneRecord>;
  /** Prompts that were used, and presets; absent where nothing is kept. */
  prompts?: PrivateStore<PromptRecord>;
  /** The store forgets everything when the page closes. */
  sessionOnly: boolean;
  /** Absent where nothing is kept, or nothing can be encrypted. */
  vault?: Vault;
  /** Why a store could not be opened, a whole sentence each. */
  problems: Error[];
  /** Turning encryption on was interrupted and has been undone. */
  undone?: boolean;
  close(): void;
}

/**
 * Opens the stores, unless `sessionOnly` is asked for. Each fails by itself, and what belongs there then lasts as long as
 * the page. A browser that denies storage still makes images.
 */
export async function openKept({ sessionOnly }: { sessionOnly: boolean }): Promise<Kept> {
  if (sessionOnly) return inMemory([]);
  const problems: Error[] = [];
  const attempt = <T>(opening: Promise<T>) =>
    opening.catch((error: Error) => {
      problems.push(error);
      return undefined;
    });
  const vault = await attempt(Vault.open());
  // Whether records are to be sealed nobody knows then: none is written.
  if (!vault) return inMemory(problems);
  const gallery = await attempt(openGallery('gallery', vault));
  const datasets = await attempt(PrivateStore.open<DatasetRecord>('datasets', vault));
  const features = await attempt(PrivateStore.open<ImageFeatures>('features', vault));
  const evaluations = await attempt(PrivateStore.open<EvaluationRecord>('evaluations', vault));
  const finetunes = await attempt(PrivateStore.open<FinetuneRecord>('finetunes', vault));
  const prompts = await attempt(PrivateStore.open<PromptRecord>('prompts', vault));
  const stores = [gallery?.sealable, datasets, features, evaluations, finetunes, prompts].filter(
    (one) => !!one,
  );
  if (stores.length === 0) return inMemory(problems.slice(0, 1));
  if (problems.length > 0) vault.refuseTurningOn(problems[0]);
  const undone = await vault.protect(stores);
  const close = () =>
    [vault, gallery, datasets, features, evaluations, finetunes, prompts].forEach((one) =>
      one?.close(),
    );
  // WebCrypto is for secure pages only: https, or this very machine.
  const offered = isSecureContext ? { vault, undone } : {};
  const store = gallery ?? createMemoryGallery();
  const kept = {
    store,
    datasets,
    features,
    evaluations,
    finetunes,
    prompts,
    sessionOnly: !gallery,
    problems,
  };
  return { ...kept, ...offered, close };
}

/** Denied as a whole, in private windows above all, is no news: the gallery says that it lasts as long as the page. */
function inMemory(problems: Error[]): Kept {
  const named = problems.filter(({ name }) => name === 'StorageDenied');
  const store = createMemoryGallery();
  return { store, sessionOnly: true, problems: named, close: () => undefined };
}
