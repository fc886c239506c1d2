import type {
  CopyCheck,
  DatasetDescription,
  DatasetItem,
  ImageRecord,
} from '../../dataset/dataset-item';
import type { ImageFacts } from '../../dataset/dataset-store';
import { allTunedOf, fileId, otherThan, tunedOf } from '../../dataset/export-items';
import { readStoredMask } from '../../dataset/stored-mask';
import { countSources, UNKNOWN } from '../../image/provenance';
import type { ModelEntry } from '../../models/manifest/manifest';
import type { GalleryEntry } from './gallery-entry';
import { galleryCopyCheck } from '../../pictures/gallery-gate';

/** A picture of the gallery, and what its grid says of it: both of the same one. */
export interface GalleryPicture {
  entry: GalleryEntry;
  facts: ImageFacts;
}

/** Pictures of the gallery as an export takes them; parents are named where they are exported too. */
export function galleryItems(pictures: readonly GalleryPicture[]): DatasetItem[] {
  const places = new Map(pictures.map(({ entry: { id } }, i) => [id, i]));
  return pictures.map(({ entry, facts }, i) => ({
    record: {
      ...toRecord(entry, facts, i),
      ...parentOf(entry, places),
    },
    load: async () => {
      const { png, maskPng, volume } = entry;
      if (!maskPng) return { png, ...(volume && { volume }) };
      return { png, mask: await readStoredMask({ png: maskPng, classOf: [] }) };
    },
  }));
}

/**
 * What the export says about itself. Of other models than the studio's own, and of other versions of it, only name and hash are
 * known; `ownHash` is that of its own.
 */
export function describeGallery(
  pictures: readonly GalleryPicture[],
  own: ModelEntry,
  appVersion: string,
  ownHash: string,
): DatasetDescription {
  const requests = pictures.map(({ entry }) => entry.request);
  const used = new Set(requests.flatMap(({ covariates }) => Object.keys(covariates)));
  const models = pictures.map(({ entry }) => describeModel(entry, own, ownHash));
  const [licence] = models.every(({ id }) => id === own.id)
    ? [own.licence]
    : [{ name: 'that of each model, see below', url: '' }];
  const tuned = pictures.flatMap(({ entry }) => allTunedOf(entry.request));
  return {
    title: 'Pictures of the studio',
    description: describeChosen(pictures),
    version: '1.0.0',
    createdAt: new Date(),
    licence,
    models: onceEach(models, ({ hash }) => hash),
    ...(tuned.length > 0
      ? { tuned: onceEach(tuned, (one) => `${one.sha256} ${one.strength}`) }
      : {}),
    covariates: [
      ...own.conditions.covariates.filter(({ name }) => used.delete(name)),
      ...[...used].map((name) => ({ name, title: name, unit: '' })),
    ],
    maskClasses: own.conditions.mask?.classes ?? ['background', 'instance'],
    ...withSources(pictures),
    copyCheck: copyCheckOf(pictures),
    appVersion,
  };
}

function describeChosen(pictures: readonly GalleryPicture[]): string {
  const { outside, unknown } = countSources(pictures.map(({ entry }) => entry.provenance));
  const made = pictures.length - outside - unknown;
  const others = [
    ...(outside ? [`${outside} that contain parts of a source image`] : []),
    ...(unknown ? [`${unknown} of which that is not known`] : []),
  ];
  return `${[`${made} synthetic images`, ...others].join(', ')}, chosen by hand from the gallery of the studio.`;
}

/** As the gallery's, with the files' names. */
function copyCheckOf(pictures: readonly GalleryPicture[]): CopyCheck | null {
  const check = galleryCopyCheck(pictures.map(({ entry }) => entry));
  if (!check) return null;
  const suspects = pictures.flatMap(({ entry }, i) => (entry.copy?.suspected ? [fileId(i)] : []));
  return { ...check, suspects };
}

function withSources(pictures: readonly GalleryPicture[]) {
  const sources = countSources(pictures.map(({ entry }) => entry.provenance));
  return sources.outside + sources.unknown > 0 ? { sources } : {};
}

/** What a file of one picture alone says of it and of its model. */
export function describeEntry(entry: GalleryEntry, own: ModelEntry, ownHash: string) {
  return { record: toRecord(entry, { label: '' }, 0), model: describeModel(entry, own, ownHash) };
}

function toRecord(
  entry: GalleryEntry,
  { label }: Pick<ImageFacts, 'label'>,
  i: number,
): ImageRecord {
  const { request, modelHash, createdAt, provenance = UNKNOWN } = entry;
  const { prompt, negativePrompt, seed, imageIndex, numInferenceSteps } = request;
  const { guidanceScale, scheduler, covariates, modelId, checked } = request;
  return {
    id: fileId(i),
    row: 0,
    label,
    prompt,
    negativePrompt,
    seed,
    imageIndex,
    numInferenceSteps,
    guidanceScale,
    scheduler,
    covariates,
    modelId,
    modelHash,
    createdAt,
    provenance,
    ...tunedOf(request),
    ...(checked && { checked }),
  };
}

function parentOf({ request: { init } }: GalleryEntry, places: Map<string, number>) {
  const place = init?.sourceId === undefined ? undefined : places.get(init.sourceId);
  return place === undefined ? {} : { parent: fileId(place) };
}

function describeModel(
  { request: { modelId, method }, modelHash: hash }: GalleryEntry,
  own: ModelEntry,
  ownHash: string,
) {
  const made = { hash, ...(method && { method }) };
  if (modelId === own.id) {
    const { id, title, version, licence } = own;
    const known = hash === ownHash ? version : otherThan(version);
    return { id, title, version: known, ...made, licence };
  }
  const licence = { name: 'see its card', url: '' };
  return { id: modelId, title: modelId, version: 'not known', ...made, licence };
}

function onceEach<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
