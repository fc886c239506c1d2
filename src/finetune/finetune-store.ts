import type { FactorArray } from '../contract/request';
import type { LearntOn } from '../models/manifest/learnt-on';
import type { LoraFacts } from './lora-file';
import type {
  Checkpoint,
  FinetuneItem,
  FinetuneJob,
  FinetuneSettings,
  KeptPart,
  SampleCopies,
} from './run';
import type { TunedResult } from './tuned-result';
import { randomId } from '../common/random-id';
import type { Records } from '../common/records';

/** A run that is not finished: what a reload needs to go on with it. */
export interface FinetuneRun {
  id: string;
  title: string;
  createdAt: Date;
  modelId: string;
  /** Its weights when the run began; absent in runs begun before that was noted. */
  base?: LearntOn;
  settings: FinetuneSettings;
  /** Names are kept to find an image's file again that was not encoded yet. */
  items: { name: string; caption: string; covariates: Record<string, number> }[];
}

/** A run of its own id, begun now. */
export function newRun(run: Omit<FinetuneRun, 'id' | 'createdAt'>): FinetuneRun {
  return { id: randomId(), createdAt: new Date(), ...run };
}

/** A finished fine-tuning, without its factors. */
export interface TunedModel {
  id: string;
  createdAt: Date;
  /** sha256 of its factors, hex. */
  sha256: string;
  /** Made elsewhere and brought in as a file. */
  imported: boolean;
  facts: Partial<LoraFacts> & { title: string; rank: number };
  /** A sample, as a PNG. */
  picture: Blob | null;
  /** What was found of copies at the end of the run; absent: nothing was compared. */
  copies?: SampleCopies;
}

/** An image made while training. */
export interface KeptSample {
  step: number;
  index: number;
  prompt: string;
  png: Blob;
}

/** One record of the database; the id's first word says which kind it is. */
export type FinetuneRecord = { id: string } & (
  | { run: FinetuneRun }
  | {
      item: {
        index: number;
        latents?: Float32Array<ArrayBuffer>;
        mirrored?: Float32Array<ArrayBuffer>;
        skipped?: string;
      };
    }
  | { prior: { index: number; latents: Float32Array<ArrayBuffer> } }
  | { checkpoint: Checkpoint }
  | { sample: KeptSample }
  | { tuned: TunedModel }
  | { result: TunedResult }
  | { factors: FactorArray[] }
);

/** Where runs and tuned models are kept. */
export type FinetuneRecords = Records<FinetuneRecord>;

const KINDS = ['item', 'prior', 'checkpoint', 'sample', 'run'] as const;

/** The run in progress with its latents, checkpoint and samples, and the tuned models. All of it is patient data. */
export class FinetuneStore {
  #records: FinetuneRecords;

  constructor(records: FinetuneRecords) {
    this.#records = records;
  }

  /** The newest unfinished run. */
  async run(): Promise<FinetuneRun | null> {
    const records = await this.#list('run/');
    const runs = records.flatMap((record) => ('run' in record ? [record.run] : []));
    return runs.sort((a, b) => +b.createdAt - +a.createdAt)[0] ?? null;
  }

  /** The run as it is stored now; null once it is finished or discarded. */
  async runNow(runId: string): Promise<FinetuneRun | null> {
    const record = await this.#records.get(`run/${runId}`);
    return record && 'run' in record ? record.run : null;
  }

  putRun(run: FinetuneRun): Promise<void> {
    return this.#records.putAll([{ id: `run/${run.id}`, run }]);
  }

  /** Keeps what the worker sends. */
  async keep(run: FinetuneRun, part: KeptPart): Promise<void> {
    const { id } = run;
    switch (part.kind) {
      case 'latents': {
        const { kind: _, ...item } = part;
        return this.#records.putAll([{ id: `item/${id}/${padded(part.index)}`, item }]);
      }
      case 'skipped': {
        const item = { index: part.index, skipped: part.message };
        return this.#records.putAll([{ id: `item/${id}/${padded(part.index)}`, item }]);
      }
      case 'plan':
        return this.putRun({ ...run, settings: part.settings });
      case 'prior': {
        const { index, latents } = part;
        return this.#records.putAll([
          { id: `prior/${id}/${padded(index)}`, prior: { index, latents } },
        ]);
      }
      case 'checkpoint': {
        const { checkpoint } = part;
        return this.#records.putAll([{ id: `checkpoint/${id}`, checkpoint }]);
      }
      case 'sample': {
        const { kind: _, ...sample } = part;
        const key = `sample/${id}/${padded(part.step)}/${padded(part.index)}`;
        return this.#records.putAll([{ id: key, sample }]);
      }
    }
  }

  async checkpoint(runId: string): Promise<Checkpoint | null> {
    const record = await this.#records.get(`checkpoint/${runId}`);
    return record && 'checkpoint' in record ? record.checkpoint : null;
  }

  /** In the order they were made. */
  async samples(runId: string): Promise<KeptSample[]> {
    const records = await this.#list(`sample/${runId}/`);
    return records.flatMap((record) => ('sample' in record ? [record.sample] : []));
  }

  /** All that the worker needs to begin, or to go on. */
  async job(run: FinetuneRun, choice: FinetuneJob['choice']): Promise<FinetuneJob> {
    const items: FinetuneItem[] = run.items.map(({ caption, covariates }) => {
      return { caption, covariates };
    });
    for (const record of await this.#list(`item/${run.id}/`)) {
      if ('item' in record) Object.assign(items[record.item.index], withoutIndex(record.item));
    }
    const prior: Float32Array<ArrayBuffer>[] = [];
    for (const record of await this.#list(`prior/${run.id}/`)) {
      if ('prior' in record) prior[record.prior.index] = record.prior.latents;
    }
    const { modelId, base, settings } = run;
    const checkpoint = await this.checkpoint(run.id);
    const asked = { modelId, ...(base ? { base } : {}), choice, settings };
    return { ...asked, items, prior, checkpoint };
  }

  /** Images that could not be read, with why. */
  async skipped(run: FinetuneRun): Promise<{ name: string; message: string }[]> {
    const records = await this.#list(`item/${run.id}/`);
    return records.flatMap((record) => {
      if (!('item' in record) || record.item.skipped === undefined) return [];
      return [{ name: run.items[record.item.index].name, message: record.item.skipped }];
    });
  }

  /** Deletes a run and everything that it has kept; the run itself last. */
  async removeRun(runId: string): Promise<void> {
    for (const kind of KINDS) {
      await this.#records.removeAll(await this.#records.ids(`${kind}/${runId}`));
    }
  }

  /** Newest first. */
  async tuned(): Promise<TunedModel[]> {
    const records = await this.#list('tuned/');
    const models = records.flatMap((record) => ('tuned' in record ? [record.tuned] : []));
    return models.sort((a, b) => +b.createdAt - +a.createdAt);
  }

  addTuned(tuned: TunedModel, factors: FactorArray[]): Promise<void> {
    return this.#records.putAll([
      { id: `factors/${tuned.id}`, factors },
      { id: `tuned/${tuned.id}`, tuned },
    ]);
  }

  async factors(id: string): Promise<FactorArray[] | null> {
    const record = await this.#records.get(`factors/${id}`);
    return record && 'factors' in record ? record.factors : null;
  }

  /** Keeps what there is to see of the run that a tuned model came of. */
  putResult(tunedId: string, result: TunedResult): Promise<void> {
    return this.#records.putAll([{ id: `result/${tunedId}`, result }]);
  }

  /** null: it was imported, or made before such was kept. */
  async result(tunedId: string): Promise<TunedResult | null> {
    const record = await this.#records.get(`result/${tunedId}`);
    return record && 'result' in record ? record.result : null;
  }

  /** With its factors and with what its run has left. */
  removeTuned(id: string): Promise<void> {
    return this.#records.removeAll([`tuned/${id}`, `factors/${id}`, `result/${id}`]);
  }

  #list(prefix: string): Promise<FinetuneRecord[]> {
    return this.#records.listSmall(prefix, () => undefined);
  }
}

/** Ids sort like numbers. */
function padded(index: number): string {
  return String(index).padStart(8, '0');
}

function withoutIndex<T extends { index: number }>({ index: _, ...rest }: T): Omit<T, 'index'> {
  return rest;
}
