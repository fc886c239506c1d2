import type { GeneratedImage } from '../contract/picture';
import type { Provenance } from '../contract/provenance';
import type { CheckResult } from '../contract/request';
import { exclusively } from '../common/exclusively';
import type { Records } from '../common/records';
import { appError, storeError } from '../errors';
import type { StoredOriginal } from '../image/stored-original';
import type { CopyCheck, DrawnHow } from './dataset-item';
import type { Project } from '../project/project';
import type { Recipe, TunedChoice } from './recipe';

/** 'queued': is being made, or will be, also after a reload. */
export type DatasetStatus = 'queued' | 'paused' | 'stopped' | 'done';

/** An image that could not be made, after a second try. */
export interface FailedImage {
  index: number;
  message: string;
  /** It was drawn as often as allowed, and the checker never saw what was asked for. */
  notConfirmed?: boolean;
}

/** A data set without its images. */
export interface Dataset {
  id: string;
  title: string;
  createdAt: Date;
  /** null: its images came from a folder. */
  recipe: Recipe | null;
  /** How many images it is to have. */
  total: number;
  status: DatasetStatus;
  /** Place in the queue: the smallest goes first. */
  queuedAt: number;
  failed: FailedImage[];
  /** What the last comparison with real images found; absent: there was none. */
  copyCheck?: CopyCheck;
  /** When it was last saved as a ZIP; absent: never. */
  exportedAt?: Date;
  /** What that ZIP held; absent also where it was saved before this was noted. */
  exportedAs?: ExportNote;
}

/** How a data set was saved: names of formats/ and layouts/, and how many images it was. */
export interface ExportNote {
  format: string;
  layout: string;
  numImages: number;
}

/** What is noted of a data set that was saved as a ZIP just now. */
export function exportedNow(as: ExportNote): Pick<Dataset, 'exportedAt' | 'exportedAs'> {
  return { exportedAt: new Date(), exportedAs: as };
}

/** Whether an image has passed review. */
export type Verdict = 'keep' | 'reject' | null;

/** What a list shows of an image, and what filters ask for: some hundred bytes. */
export interface ImageFacts {
  /** `imageId` of its data set and index. */
  id: string;
  index: number;
  createdAt: Date;
  label: string;
  prompt: string;
  words: Record<string, string>;
  covariates: Record<string, number>;
  seed: number;
  modelId: string;
  modelHash: string;
  /** In pixels. */
  width: number;
  height: number;
  /** Of its PNG. */
  bytes: number;
  /** 0: not rated. */
  rating: 0 | 1 | 2 | 3 | 4 | 5;
  verdict: Verdict;
  /** Hidden, and still there; its place in the recipe counts as made. */
  discarded: boolean;
  /** Its pixels are gone for good; only its place in the recipe is still taken. */
  emptied?: boolean;
  /** What the check while drawing said; absent: it was not checked. */
  checked?: CheckResult;
  /** Not as its recipe says but so: a picture of the gallery that a pair begins with. Absent: as the recipe says. */
  drawn?: DrawnHow;
  /** The tuned model of a picture of the gallery; one that a recipe has drawn has that of its row. */
  lora?: TunedChoice;
  /** Tuned models that the prompt named, besides that of its row; absent: none. */
  moreLoras?: TunedChoice[];
  /** The image that it was made from. */
  parentId: string | null;
  /** Its name in the folder it came from: it is a real image, or nobody knows. */
  source?: string;
  /** What it was made from; absent in data sets, which know by their recipe or by `source`. */
  provenance?: Provenance;
  /** sha256 of its pixels as RGB bytes, hex; absent in images of 0.3.0 and older, and in imported ones. */
  pixelHash?: string;
}

/** What of an image is to be another. */
export type FactsChange = { id: string } & Partial<ImageFacts>;

/** Instance ids as a grey PNG, as `encodeMask` writes it, and the class of each. */
export interface StoredMask {
  png: Blob;
  /** By id; `classOf[0]` is 0. */
  classOf: number[];
}

/** The image itself. */
export interface Picture {
  png: Blob;
  /** Where it was made from one or came with one. */
  mask?: StoredMask;
  /** What an imported file says beyond its PNG: 16 bit, units, a whole volume. */
  original?: StoredOriginal;
  /** null: it came from a folder. */
  made: Omit<GeneratedImage, 'png'> | null;
}

/** One record of the database; the id's first word says which kind it is. */
export type DatasetRecord = { id: string } & (
  { set: Dataset } | { facts: ImageFacts } | { project: Project } | Picture
);

/** Where data sets are kept, and the projects that tie them together. */
export type DatasetRecords = Records<DatasetRecord>;

/** Ids sort like indices. */
export function imageId(datasetId: string, index: number): string {
  return `${datasetId}/${String(index).padStart(8, '0')}`;
}

function datasetOf({ id }: { id: string }): string {
  return id.slice(0, id.lastIndexOf('/'));
}

/** How many records one transaction removes or changes at most. */
const CHUNK = 500;

/**
 * Data sets, their images' facts and their pictures. An image is one transaction, and its key is its place in the
 * recipe: what is done is what is there, so nothing is lost, and nothing comes twice.
 */
export class DatasetStore {
  #records: DatasetRecords;

  constructor(records: DatasetRecords) {
    this.#records = records;
  }

  /** Oldest first. */
  async sets(onUnreadable: (error: Error) => void = () => undefined): Promise<Dataset[]> {
    const records = await this.#attempt(this.#records.listSmall('set/', onUnreadable));
    const sets = records.flatMap((record) => ('set' in record ? [record.set] : []));
    return sets.sort((a, b) => +a.createdAt - +b.createdAt);
  }

  putSet(set: Dataset): Promise<void> {
    return this.#attempt(this.#records.putAll([{ id: `set/${set.id}`, set }]));
  }

  /** The data set as it is stored now; null where it is gone. */
  async set(id: string): Promise<Dataset | null> {
    const record = await this.#attempt(this.#records.get(`set/${id}`));
    return record && 'set' in record ? record.set : null;
  }

  /**
   * Changes a data set as it is stored now, whichever tab has written it last. Resolves to what came of it; null where it
   * is gone, and gone it stays.
   */
  updateSet(id: string, change: (set: Dataset) => Partial<Dataset>): Promise<Dataset | null> {
    return exclusively(lockOf(id), async () => {
      const set = await this.set(id);
      if (!set) return null;
      const changed = { ...set, ...change(set) };
      await this.putSet(changed);
      return changed;
    });
  }

  /** As `addImage`, for a data set that is there: `AbortError` where another tab has deleted it. */
  addMade(facts: ImageFacts, picture: Picture): Promise<void> {
    const id = datasetOf(facts);
    return exclusively(lockOf(id), async () => {
      if (await this.set(id)) return this.addImage(facts, picture);
      throw appError('AbortError', 'The data set was deleted meanwhile. Nothing is left to do.');
    });
  }

  /** Keeps an image and, by that, the progress of its data set. */
  addImage(facts: ImageFacts, picture: Picture): Promise<void> {
    const { id } = facts;
    return this.#attempt(
      this.#records.putAll([
        { id: `picture/${id}`, ...picture },
        { id: `facts/${id}`, facts },
      ]),
    );
  }

  /**
   * Changes facts of one data set as they are stored now, whichever tab wrote them last. Resolves to what came of them; those
   * of images that are gone stay gone.
   */
  async changeFacts(changes: FactsChange[]): Promise<ImageFacts[]> {
    if (!changes.length) return [];
    return exclusively(lockOf(datasetOf(changes[0])), async () => {
      const changed: ImageFacts[] = [];
      for (const chunk of inChunks(changes)) {
        const records = await Promise.all(
          chunk.map(async (change) => {
            const record = await this.#attempt(this.#records.get(`facts/${change.id}`));
            if (!record || !('facts' in record)) return [];
            return [{ id: record.id, facts: { ...record.facts, ...change } }];
          }),
        );
        await this.#attempt(this.#records.putAll(records.flat()));
        changed.push(...records.flat().map(({ facts }) => facts));
      }
      return changed;
    });
  }

  /** Which places of the recipe are taken, in order. */
  async indices(datasetId: string): Promise<number[]> {
    const prefix = `facts/${datasetId}/`;
    const ids = await this.#attempt(this.#records.ids(prefix));
    return ids.map((id) => Number(id.slice(prefix.length)));
  }

  /** In the order of the recipe. */
  async facts(
    datasetId: string,
    onUnreadable: (error: Error) => void = () => undefined,
  ): Promise<ImageFacts[]> {
    const prefix = `facts/${datasetId}/`;
    const records = await this.#attempt(this.#records.listSmall(prefix, onUnreadable));
    return records.flatMap((record) => ('facts' in record ? [record.facts] : []));
  }

  async picture(id: string): Promise<Picture | null> {
    const record = await this.#attempt(this.#records.get(`picture/${id}`));
    return record && 'png' in record ? record : null;
  }

  /** Deletes these pictures for good; their places stay taken, so that they are not made again. */
  async empty(discarded: ImageFacts[]): Promise<void> {
    for (const facts of inChunks(discarded)) {
      await this.changeFacts(facts.map(({ id }) => ({ id, discarded: true, emptied: true })));
      const ids = facts.map(({ id }) => `picture/${id}`);
      await this.#attempt(this.#records.removeAll(ids));
    }
  }

  /** Deletes a data set and all its images, pictures first. */
  removeSet(datasetId: string): Promise<void> {
    return exclusively(lockOf(datasetId), async () => {
      for (const kind of ['picture', 'facts']) {
        const ids = await this.#attempt(this.#records.ids(`${kind}/${datasetId}/`));
        for (const chunk of inChunks(ids)) await this.#attempt(this.#records.removeAll(chunk));
      }
      await this.#attempt(this.#records.removeAll([`set/${datasetId}`]));
    });
  }

  #attempt<T>(work: Promise<T>): Promise<T> {
    return work.catch(named);
  }
}

/** Of one data set, over all tabs. */
function lockOf(id: string): string {
  return `dataset ${id}`;
}

function inChunks<T>(all: T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, i) =>
    all.slice(i * CHUNK, (i + 1) * CHUNK),
  );
}

function named(error: unknown): never {
  const { name } = error as Error;
  if (name === 'QuotaExceededError') {
    throw appError(
      'QuotaExceeded',
      'The browser has no room left for this site, so the data set stopped (expected room for one more image). ' +
        'What was made is kept. Export it, delete what you do not need, then resume.',
      error,
    );
  }
  throw storeError(error, 'data sets', 'Reload the page; what was stored before is still there.');
}
