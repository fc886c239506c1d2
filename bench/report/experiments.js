/**
 * What docs/report.md tells of: which recipe makes the synthetic images, which folders of
 * training/data/make_report_sets.py they are compared with, and how.
 *
 * @typedef {object} Experiment
 * @property {string} set  Folder below runs/report, and NAME.recipe.json.
 * @property {string} real  Folder of the real images that may be learned from.
 * @property {string | null} holdout  Folder of the real images that are tested on; null: the page holds patients out.
 * @property {string[]} flags  Of `npm run evaluate`.
 */

/** @type {Record<string, Experiment>} */
export const EXPERIMENTS = {
  chest: { set: 'chest', real: 'real', holdout: 'test', flags: [] },
  nuclei: {
    set: 'nuclei',
    real: 'real',
    holdout: 'test',
    flags: ['--masks', '--steps', '200', '--no-usefulness'],
  },
  skin: { set: 'skin', real: 'real', holdout: 'test', flags: [] },
  'skin-held-out-patients': { set: 'skin', real: 'all', holdout: null, flags: ['--no-copies'] },
};

/**
 * What of report.json is worth keeping: figures, not names of images.
 *
 * @param {import('../../src/evaluation/report/report.ts').EvaluationReport} report
 */
export function figuresOf(report) {
  const { samples, seed, networks, kid, fid, density, coverage, msSsim, fidelity } = report;
  const { copies, usefulness, warnings, skipped, seconds, secondsByStage } = report;
  return {
    samples,
    seed,
    networks,
    kid,
    fid,
    density,
    coverage,
    msSsim,
    fidelity,
    copies: copies && {
      ...copies,
      pairs: copies.pairs.slice(0, 1).map(({ distance }) => distance),
    },
    usefulness,
    warnings,
    skipped: skipped.length,
    seconds,
    secondsByStage,
  };
}

/**
 * One CSV for both sides: that of the real images, and a line for each generated one.
 *
 * @param {string} csv  file,label,patient,skin_tone
 * @param {{ file: string, label: string }[]} generated  Lines of a data set's labels.jsonl.
 */
export function mergedLabels(csv, generated) {
  const lines = generated.map(({ file, label }) => `${file},"${label.replaceAll('"', '""')}",,`);
  return `${[csv.trim(), ...lines].join('\n')}\n`;
}
