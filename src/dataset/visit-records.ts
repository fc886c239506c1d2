import { createMemoryRecords } from '../common/records';
import type { DatasetRecord, DatasetRecords } from './dataset-store';

/**
 * Records of which those of some data sets last as long as the visit: real images that somebody has opened and did not ask to
 * keep never reach the disk. The id's second word is the data set: `set/ID`, `facts/ID/…`, `picture/ID/…`.
 */
export class VisitRecords implements DatasetRecords {
  #kept: DatasetRecords;
  #visit = createMemoryRecords<DatasetRecord>();
  #ids = new Set<string>();

  constructor(kept: DatasetRecords) {
    this.#kept = kept;
  }

  /** From now on nothing of this data set is kept. Call it before the first record. */
  forVisit(datasetId: string) {
    this.#ids.add(datasetId);
  }

  isForVisit(datasetId: string): boolean {
    return this.#ids.has(datasetId);
  }

  /** Drops all that was for the visit. */
  forget() {
    this.#visit = createMemoryRecords<DatasetRecord>();
    this.#ids.clear();
  }

  async putAll(records: DatasetRecord[]) {
    await this.#each(
      records,
      ({ id }) => id,
      (side, part) => side.putAll(part),
    );
  }

  get(id: string) {
    return this.#sideOf(id).get(id);
  }

  async ids(prefix: string) {
    if (datasetOf(prefix)) return this.#sideOf(prefix).ids(prefix);
    return [...(await this.#kept.ids(prefix)), ...(await this.#visit.ids(prefix))].sort();
  }

  async listSmall(prefix: string, onUnreadable: (error: Error) => void) {
    if (datasetOf(prefix)) return this.#sideOf(prefix).listSmall(prefix, onUnreadable);
    const kept = await this.#kept.listSmall(prefix, onUnreadable);
    return [...kept, ...(await this.#visit.listSmall(prefix, onUnreadable))];
  }

  async removeAll(ids: string[]) {
    await this.#each(
      ids,
      (id) => id,
      (side, part) => side.removeAll(part),
    );
  }

  /** One transaction on each side that has any. */
  async #each<T>(
    all: T[],
    idOf: (one: T) => string,
    work: (side: DatasetRecords, part: T[]) => Promise<void>,
  ) {
    for (const side of [this.#visit, this.#kept]) {
      const part = all.filter((one) => this.#sideOf(idOf(one)) === side);
      if (part.length > 0) await work(side, part);
    }
  }

  #sideOf(id: string): DatasetRecords {
    return this.#ids.has(datasetOf(id)) ? this.#visit : this.#kept;
  }
}

/** `facts/ID/00000001` → `ID`; empty where a prefix names no data set. */
function datasetOf(id: string): string {
  return id.split('/')[1] ?? '';
}
