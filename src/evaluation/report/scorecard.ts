import type { Scorecard } from '../../dataset/dataset-item';
import { verdictOf } from './evaluation-words';
import type { EvaluationReport } from './report';

/** What goes into a data set's export: the verdict and the figures, without the name of any real image. */
export function scorecardOf(report: EvaluationReport): Scorecard {
  const { createdAt, seed, networks, samples, kid, fid, density, coverage, msSsim } = report;
  const { figures, copies, usefulness } = report;
  return {
    createdAt,
    sentences: verdictOf(report),
    figures: {
      seed,
      networks,
      samples,
      kid,
      fid,
      ...(figures && { figures }),
      density,
      coverage,
      msSsim,
      copies: copies && {
        rate: copies.rate,
        low: copies.low,
        high: copies.high,
        count: copies.count,
        numSynthetic: copies.numSynthetic,
        numReal: copies.numReal,
        numHoldout: copies.numHoldout,
        holdoutRate: copies.holdoutRate,
        threshold: copies.threshold,
        limit: copies.limit,
        aboveLimit: copies.aboveLimit,
      },
      usefulness: usefulness && { ...usefulness, trained: undefined },
    },
  };
}
