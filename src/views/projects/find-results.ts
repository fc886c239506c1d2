import type { Dataset, ImageFacts } from '../../dataset/dataset-store';
import { plainVerdict } from '../../evaluation/report/evaluation-words';
import type { EvaluationFacts, KeptEvaluation } from '../../evaluation/report/kept-evaluations';
import type { Evaluated, Exported, Made, Project, Reviewed } from '../../project/project';

/** What this browser has of a project's data set and comparisons. */
export interface Found {
  /** The data set that was made; null: it is not here, and what is known of it stays. */
  set: { set: Dataset; numDone: number; facts: readonly ImageFacts[] } | null;
  /** Newest first. */
  evaluations: readonly EvaluationFacts[];
  read: (id: string) => Promise<KeptEvaluation | null>;
}

/** What of a project's results is another than it says; empty where nothing is. */
export async function findResults(project: Project, found: Found): Promise<Partial<Project>> {
  const { made } = project;
  if (!made) return {};
  const { set } = found;
  const now: Partial<Project> = {
    ...(set && { made: madeOf(made, set.set, set.numDone) }),
    ...(set && { review: reviewOf(made.setId, set.facts) }),
    ...(set?.set.exportedAt && { exported: exportOf(set.set, set.numDone) }),
    ...(await evaluationOf(project, made, found)),
  };
  const changed = Object.entries(now).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(project[name as keyof Project]),
  );
  return Object.fromEntries(changed);
}

function madeOf(made: Made, { total, failed, status }: Dataset, numDone: number): Made {
  const finished = status === 'done' || status === 'stopped';
  return { ...made, total, numDone, numFailed: failed.length, finished };
}

function reviewOf(setId: string, facts: readonly ImageFacts[]): Reviewed {
  const discarded = facts.filter((one) => one.discarded).length;
  const left = facts.filter((one) => !one.discarded);
  const kept = left.filter(({ verdict }) => verdict === 'keep').length;
  const rejected = left.filter(({ verdict }) => verdict === 'reject').length;
  return { setId, kept, rejected, discarded, open: left.length - kept - rejected };
}

function exportOf({ id, exportedAt, exportedAs }: Dataset, numDone: number): Exported {
  const as = exportedAs ?? { format: '', layout: '', numImages: numDone };
  return { setId: id, at: exportedAt!, ...as };
}

/** The newest comparison of what was made with the project's real images. */
async function evaluationOf(
  { real, evaluation }: Project,
  { setId }: Made,
  { evaluations, read }: Found,
): Promise<{ evaluation?: Evaluated }> {
  const facts = evaluations.find(
    ({ setIds }) => setIds?.synthetic === setId && setIds.real === real?.setId,
  );
  if (!facts || facts.id === evaluation?.evaluationId) return {};
  const kept = await read(facts.id);
  if (!kept) return {};
  const { synthetic: numSynthetic, real: numReal } = facts.samples;
  const verdict = plainVerdict(kept.report);
  const at = facts.createdAt;
  return { evaluation: { setId, evaluationId: facts.id, at, numSynthetic, numReal, verdict } };
}
