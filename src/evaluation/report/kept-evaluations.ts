import { appError, storeError } from '../../errors';
import { randomId } from '../../common/random-id';
import type { Records } from '../../common/records';
import type { EvaluationReport, SetName } from './report';
import type { Pictures } from './report-html';

/** A comparison that was kept, in short. */
export interface EvaluationFacts {
  id: string;
  title: string;
  createdAt: Date;
  /** What each set was: a data set's or a folder's title; empty: there was none. */
  compared: Record<SetName, string>;
  /** Ids of those that were data sets of this browser; absent in older ones, and where none was. */
  setIds?: Partial<Record<SetName, string>>;
  samples: Record<SetName, number>;
  /** Kernel inception distance of the first network; null: too few images. */
  kid: number | null;
  /** Share of real images with a synthetic neighbour; null: not measured. */
  coverage: number | null;
  /** Synthetic images that are nearer to a real one than the threshold; null: nobody looked. */
  copies: number | null;
}

/** What was compared: titles, and ids of data sets. */
export type Compared = EvaluationFacts['compared'] & Pick<EvaluationFacts, 'setIds'>;

/** A kept comparison with all its figures, and small pictures of its nearest pairs. */
export interface KeptEvaluation {
  facts: EvaluationFacts;
  report: EvaluationReport;
  pictures: Pictures;
}

/** One record of the database; the id's first word says which kind it is. */
export type EvaluationRecord = { id: string } & (
  { facts: EvaluationFacts } | { report: EvaluationReport; pictures: [string, string][] }
);

/** Where comparisons are kept: names and pictures of the user's real images are among them, so it is patient data. */
export class EvaluationStore {
  #records: Records<EvaluationRecord>;

  constructor(records: Records<EvaluationRecord>) {
    this.#records = records;
  }

  /** Newest first. */
  async list(onUnreadable: (error: Error) => void = () => undefined): Promise<EvaluationFacts[]> {
    const records = await this.#records.listSmall('facts/', onUnreadable);
    const all = records.flatMap((record) => ('facts' in record ? [record.facts] : []));
    return all.sort((a, b) => +b.createdAt - +a.createdAt);
  }

  /** null: it was deleted, maybe by another tab. */
  async get(id: string): Promise<KeptEvaluation | null> {
    const [head, body] = await Promise.all([
      this.#records.get(`facts/${id}`),
      this.#records.get(`report/${id}`),
    ]);
    if (!head || !body || !('facts' in head) || !('report' in body)) return null;
    return { facts: head.facts, report: body.report, pictures: new Map(body.pictures) };
  }

  async keep(
    report: EvaluationReport,
    pictures: Pictures,
    compared: Compared,
  ): Promise<EvaluationFacts> {
    const facts = factsOf(report, compared, randomId());
    const { id } = facts;
    const records: EvaluationRecord[] = [
      { id: `facts/${id}`, facts },
      { id: `report/${id}`, report, pictures: [...pictures] },
    ];
    await this.#records.putAll(records).catch((error: unknown) => {
      throw notKept(error);
    });
    return facts;
  }

  /** As `keep`, for a report that came without pictures. */
  keepReport(report: EvaluationReport, compared: Compared): Promise<EvaluationFacts> {
    return this.keep(report, new Map(), compared);
  }

  /** One that is gone stays gone. */
  async rename(id: string, title: string) {
    const head = await this.#records.get(`facts/${id}`);
    if (!head || !('facts' in head)) return;
    await this.#records.putAll([{ ...head, facts: { ...head.facts, title } }]);
  }

  remove(id: string): Promise<void> {
    return this.#records.removeAll([`facts/${id}`, `report/${id}`]);
  }
}

/** What is listed of a comparison. `id`: empty where it is not kept. */
export function factsOf(
  report: EvaluationReport,
  { setIds, ...compared }: Compared,
  id: string,
): EvaluationFacts {
  return {
    id,
    title: `${compared.synthetic} against ${compared.real}`,
    createdAt: new Date(report.createdAt),
    compared,
    ...(setIds && { setIds }),
    samples: report.samples,
    kid: report.kid?.value ?? null,
    coverage: report.coverage,
    copies: report.copies?.count ?? null,
  };
}

function notKept(error: unknown): unknown {
  if ((error as Error).name === 'QuotaExceededError') {
    return appError(
      'QuotaExceeded',
      'The browser has no room left for this site, so this comparison is not kept (expected room for its figures). ' +
        'Save its report as a file, or free space and compare again.',
      error,
    );
  }
  return storeError(error, 'comparisons', 'Save the report as a file, then reload the page.');
}
