import { formatDuration } from '../../../controls/describe-progress';
import type { ShownResult, TunedResults } from './tuned-results.svelte';
import { fixed, plain, precise } from '../../../languages/numbers';
import { texts } from '../texts';

/** What a page lists: a term and what is said of it. */
export type Row = [term: string, words: string];

/** Held-out losses of a run, and what they say. */
export function learnedRows(heldOut: TunedResults['heldOut']): { rows: Row[]; verdict: string } {
  if (!heldOut) return { rows: [], verdict: texts.notMeasured };
  const { first, best, last } = heldOut;
  const loss = ({ heldOutLoss = NaN }: { heldOutLoss?: number }) => fixed(heldOutLoss, 4);
  const rows: Row[] = [
    [texts.heldOutFirst(first.step), loss(first)],
    [texts.heldOutBest(best.step), loss(best)],
    [texts.heldOutLast(last.step), loss(last)],
  ];
  const gain = 1 - best.heldOutLoss! / first.heldOutLoss!;
  const verdict =
    gain > 0 ? texts.learnedLess(`${precise(100 * gain, 2)} %`) : texts.learnedNothing;
  return { rows, verdict };
}

/** What the run cost of what the base model knew, and what it did against that. */
export function forgotRows({ result }: ShownResult): { rows: Row[]; verdict: string } {
  const { priorRows = 0, batch = 0, numPrior = 0 } = result?.settings ?? {};
  const reminded = priorRows > 0 ? ` ${texts.forgotPrior(priorRows, batch, numPrior)}` : '';
  const forgotten = result?.forgotten;
  if (!forgotten) return { rows: [], verdict: texts.forgotNotMeasured + reminded };
  const { lossBefore, lossAfter } = forgotten;
  const rise = lossAfter / lossBefore - 1;
  const verdict = rise > 0 ? texts.forgotMore(`${precise(100 * rise, 2)} %`) : texts.forgotNothing;
  const rows: Row[] = [
    [texts.forgotBefore, fixed(lossBefore, 4)],
    [texts.forgotAfter, fixed(lossAfter, 4)],
  ];
  return { rows, verdict: verdict + reminded };
}

/** Everything that decided the factors besides the images. */
export function settingsRows({ model, result }: ShownResult): Row[] {
  if (!result) return [];
  const { settings, numHeldOut, msTraining } = result;
  const yesNo = (yes: boolean) => (yes ? texts.yes : texts.no);
  const orNone = (value: number | null) => (value === null ? '–' : plain(value));
  return [
    [texts.model, model.facts.modelId ?? '–'],
    [texts.imagesTrainedOn, orNone(model.facts.numImages ?? null)],
    [texts.heldOutCount, orNone(numHeldOut)],
    [texts.stepsPlanned, orNone(settings.numSteps)],
    [texts.timeTraining, formatDuration(msTraining)],
    [texts.imagesStep, plain(settings.batch)],
    [texts.ofThoseBaseModels, plain(settings.priorRows)],
    [texts.rankNumbersEachLayer, plain(settings.rank)],
    [texts.learningRate, plain(settings.learningRate)],
    [texts.warmUpSteps, plain(settings.warmUpSteps)],
    [texts.weightDecay, plain(settings.weightDecay)],
    [texts.maxGradientNorm, plain(settings.maxGradientNorm)],
    [texts.averageDecay, plain(settings.averageDecay)],
    [texts.heldOutShare, plain(settings.heldOutShare)],
    [texts.evaluateEvery, orNone(settings.evaluateEvery)],
    [texts.patience, settings.patience === null ? texts.never : plain(settings.patience)],
    [texts.sampleSteps, plain(settings.sampleSteps)],
    [texts.mirrored, yesNo(settings.mirror)],
    [texts.shape, settings.fit === 'crop' ? texts.cutLongerSide : texts.addBlack],
    [texts.newWordToLearn, settings.word || '–'],
    [texts.seed, plain(settings.seed)],
  ];
}
