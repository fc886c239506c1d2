import type { Dataset, FactsChange, ImageFacts, Picture } from '../dataset/dataset-store';
import { tunedOf } from '../dataset/export-items';
import { UNKNOWN } from '../image/provenance';
import type { ModelEntry } from '../models/manifest/manifest';
import type { GalleryEntry } from '../views/gallery/gallery-entry';
import type { GalleryState } from '../views/gallery/gallery.svelte';

/** The studio's gallery as the grid of data sets sees it; it has no recipe and no place in the queue. */
export const GALLERY_SET: Dataset = {
  id: 'gallery',
  title: 'Gallery of the studio',
  createdAt: new Date(0),
  recipe: null,
  total: 0,
  status: 'done',
  queuedAt: 0,
  failed: [],
};

/** Where the grid's pictures and decisions come from and go to: the gallery itself. Newest first. */
export function galleryRecords(gallery: GalleryState, examples: ModelEntry['examples']) {
  const find = (id: string) => gallery.entries.find((entry) => entry.id === id);
  return {
    facts: async () => gallery.entries.map((entry, index) => toFacts(entry, index, examples)),
    picture: async (id: string) => {
      const entry = find(id);
      return entry ? toPicture(entry) : null;
    },
    changeFacts: async (changes: FactsChange[]) => {
      await gallery.mark(changes);
      const ids = changes.map(({ id }) => id);
      const all = gallery.entries.map((entry, index) => toFacts(entry, index, examples));
      return all.filter(({ id }) => ids.includes(id));
    },
    /** The studio's own undo still brings them back. */
    empty: (gone: ImageFacts[]) => gallery.remove(...gone.map(({ id }) => id)),
  };
}

function toFacts(entry: GalleryEntry, index: number, examples: ModelEntry['examples']): ImageFacts {
  const { id, createdAt, request, modelHash, width, height, png } = entry;
  const { prompt, covariates, seed, modelId, init, checked } = request;
  const { provenance, pixelHash } = entry;
  return {
    id,
    index,
    createdAt,
    prompt,
    covariates,
    seed,
    modelId,
    modelHash,
    width,
    height,
    label: modalityOf(prompt, examples),
    words: {},
    bytes: png.size,
    rating: entry.rating ?? 0,
    verdict: entry.verdict ?? null,
    discarded: entry.discarded ?? false,
    ...(checked ? { checked } : {}),
    ...tunedOf(request),
    parentId: init?.sourceId ?? null,
    provenance: provenance ?? UNKNOWN,
    pixelHash,
  };
}

function toPicture({ png, maskPng, ...entry }: GalleryEntry): Picture {
  const { request, backend, timing, unknownWords, ignoredWords, modelHash } = entry;
  const { provenance, pixelHash, width, height, volume } = entry;
  return {
    png,
    ...(maskPng && { mask: { png: maskPng, classOf: [] } }),
    made: {
      width,
      height,
      request,
      backend,
      timing,
      unknownWords,
      modelHash,
      provenance,
      pixelHash,
      ignoredWords: ignoredWords ?? [],
      ...(volume && { volume }),
    },
  };
}

/** The modality all of whose words are in the prompt; empty where there is none. */
function modalityOf(prompt: string, examples: ModelEntry['examples']): string {
  const words = wordsOf(prompt);
  const found = examples.find(({ modality }) =>
    [...wordsOf(modality)].every((word) => words.has(word)),
  );
  return found?.modality ?? '';
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().split(/[^\p{L}\p{N}-]+/u));
}
