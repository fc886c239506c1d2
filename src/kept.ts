import { PrivateStore } from './crypto/private-store';
import { Vault } from './crypto/vault';
import type { DatasetRecord } from './dataset/dataset-store';
import type { ImageFeatures } from './evaluation/report';
import type { FinetuneRecord } from './finetune/finetune-store';
import { createMemoryGallery, openGallery, type GalleryStore } from './gallery/gallery-store';

/** Where this page keeps what is made on it. */
export interface Kept {
  store: GalleryStore;
  /** Records of the data sets; absent where nothing is kept. */
  datasets?: PrivateStore<DatasetRecord>;
  /** Features of images that were compared; absent where nothing is kept. */
  features?: PrivateStore<ImageFeatures>;
  /** Runs of fine-tuning and what came of them; absent where nothing is kept. */
  finetunes?: PrivateStore<FinetuneRecord>;
  /** The store forgets everything when the page closes. */
  sessionOnly: boolean;
  /** Absent where nothing is kept, or nothing can be encrypted. */
  vault?: Vault;
  /** Turning encryption on was interrupted and has been undone. */
  undone?: boolean;
  close(): void;
}

/** Opens the stores, unless `sessionOnly` is asked for. A browser that denies storage still makes images. */
export async function openKept({ sessionOnly }: { sessionOnly: boolean }): Promise<Kept> {
  if (sessionOnly) return inMemory();
  try {
    const vault = await Vault.open();
    const gallery = await openGallery('gallery', vault);
    const datasets = await PrivateStore.open<DatasetRecord>('datasets', vault);
    const features = await PrivateStore.open<ImageFeatures>('features', vault);
    const finetunes = await PrivateStore.open<FinetuneRecord>('finetunes', vault);
    const undone = await vault.protect([gallery.sealable, datasets, features, finetunes]);
    const close = () => {
      vault.close();
      gallery.close();
      datasets.close();
      features.close();
      finetunes.close();
    };
    // WebCrypto is for secure pages only: https, or this very machine.
    const offered = isSecureContext ? { vault, undone } : {};
    return { store: gallery, datasets, features, finetunes, sessionOnly: false, ...offered, close };
  } catch {
    return inMemory();
  }
}

function inMemory(): Kept {
  return { store: createMemoryGallery(), sessionOnly: true, close: () => undefined };
}
