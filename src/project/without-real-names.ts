import type { EvaluationReport, Skipped } from '../evaluation/report/report';

/** How the warning begins that lists labels which only real images have: folders of patients, maybe. */
const ONLY_REAL = 'No synthetic images have the label';

/**
 * The report without what files of real images are called: names of files may be names of patients. Labels stay where
 * synthetic images have them too.
 */
export function withoutRealNames(report: EvaluationReport): EvaluationReport {
  const { copies, skipped, warnings } = report;
  const real = copies && numbered(copies.pairs.map((pair) => pair.real));
  return {
    ...report,
    copies: copies && {
      ...copies,
      pairs: copies.pairs.map((pair) => ({ ...pair, real: real!.get(pair.real)! })),
    },
    warnings: warnings.filter((sentence) => !sentence.startsWith(ONLY_REAL)),
    skipped: skipped.map((one): Skipped => (one.set === 'synthetic' ? one : unnamed(one))),
  };
}

/** Equal names get equal numbers, so that it still shows where two pictures are near to one. */
function numbered(names: string[]): Map<string, string> {
  return new Map([...new Set(names)].map((name, i) => [name, `real image ${i + 1}`]));
}

/** Why a file could not be read may name it, too. */
function unnamed({ set }: Skipped): Skipped {
  return { set, name: 'a real image', message: 'It could not be read.' };
}
