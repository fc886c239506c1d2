import { exclusively } from '../common/exclusively';
import type { DatasetRecords } from '../dataset/dataset-store';
import { storeError } from '../errors';
import type { Project } from './project';

/**
 * Projects, kept beside the data sets that they tie together: sealed, erased and locked with them. What real images are
 * called may be patient data.
 */
export class ProjectStore {
  #records: DatasetRecords;

  constructor(records: DatasetRecords) {
    this.#records = records;
  }

  /** Newest first; each that does not open is reported instead. */
  async list(onUnreadable: (error: Error) => void = () => undefined): Promise<Project[]> {
    const records = await this.#attempt(this.#records.listSmall('project/', onUnreadable));
    const all = records.flatMap((record) => ('project' in record ? [record.project] : []));
    return all.sort((a, b) => +b.createdAt - +a.createdAt);
  }

  /** Adds the project, or replaces the one with its id. */
  put(project: Project): Promise<void> {
    return this.#attempt(this.#records.putAll([{ id: `project/${project.id}`, project }]));
  }

  /** null: it is gone, maybe by another tab. */
  async get(id: string): Promise<Project | null> {
    const record = await this.#attempt(this.#records.get(`project/${id}`));
    return record && 'project' in record ? record.project : null;
  }

  /** Changes it as it is stored now, whichever tab wrote it last; one that is gone stays gone, and null comes of it. */
  update(id: string, change: (project: Project) => Partial<Project>): Promise<Project | null> {
    return exclusively(lockOf(id), async () => {
      const project = await this.get(id);
      if (!project) return null;
      const changed = { ...project, ...change(project) };
      await this.put(changed);
      return changed;
    });
  }

  /** Deletes the project alone; its data sets stay. */
  remove(id: string): Promise<void> {
    return exclusively(lockOf(id), () => this.#attempt(this.#records.removeAll([`project/${id}`])));
  }

  #attempt<T>(work: Promise<T>): Promise<T> {
    return work.catch((error: unknown) => {
      throw storeError(
        error,
        'projects',
        'Reload the page; what was stored before is still there.',
      );
    });
  }
}

/** Of one project, over all tabs. */
function lockOf(id: string): string {
  return `project ${id}`;
}
