import { copyWords } from '../../evaluation/report/evaluation-words';
import type { TunedModel } from '../../finetune/finetune-store';
import type { FinetuneReport, SampleCopies } from '../../finetune/run';
import { texts } from './texts';
import { fixed } from '../../languages/numbers';

/** What a run is doing, in words, and how much of it is done, 0…1; null where that cannot be said. */
export function describeReport(report: FinetuneReport): { text: string; share: number | null } {
  switch (report.stage) {
    case 'load':
      return { text: texts.loadingModel, share: share(report) };
    case 'encode':
      return { text: texts.readingImageOf(report.done + 1, report.total), share: share(report) };
    case 'prior':
      return {
        text: texts.makingBaseModelsOwn(report.done + 1, report.total),
        share: share(report),
      };
    case 'measure':
      return { text: texts.measuringHowFastDevice, share: null };
    case 'train':
      return {
        text: texts.stepOf(report.step, report.numSteps),
        share: report.step / report.numSteps,
      };
    case 'sample':
      return { text: texts.makingSampleOf(report.done + 1, report.total), share: share(report) };
    case 'forgotten':
      return {
        text: texts.lookingWhatForgot(report.done + 1, report.total),
        share: share(report),
      };
    case 'copies':
      return { text: texts.comparingSamplesWithImages, share: share(report) };
  }
}

function share({ done, total }: { done: number; total: number }): number {
  return total > 0 ? done / total : 0;
}

/** What a laptop draws at full load; nobody can measure it in a browser. */
const ASSUMED_WATTS = 60;

/** An estimate of what is still to be drawn, in words. */
export function describeEnergy(msLeft: number): string {
  const wattHours = (ASSUMED_WATTS * msLeft) / 3_600_000;
  const amount = wattHours < 10 ? fixed(wattHours, 1) : String(Math.round(wattHours));
  return texts.aboutWhAtW(amount, ASSUMED_WATTS);
}

/** What the copy check found, in the words of an evaluation. */
export function describeCopies(copies?: SampleCopies): string {
  const byHand = texts.makePictures;
  if (!copies) return texts.notCompared(byHand);
  if ('refusal' in copies) return texts.notComparedOf(copies.refusal, byHand);
  return copyWords(copies) + (copies.aboveLimit === null ? ` ${byHand}` : '');
}

/** The card of a tuned model, in one line. */
export function describeTuned({ facts, imported, copies }: TunedModel): string {
  const { numImages, imagesSeen, steps, rank, word } = facts;
  return [
    numImages && texts.imagesOf(numImages),
    imagesSeen && texts.shownTimesInAll(imagesSeen),
    steps && texts.steps(steps),
    texts.rank(rank),
    word && texts.newWord(word),
    imported && texts.imported,
    texts.copiesAmongSamples(describeCopies(copies)),
  ]
    .filter(Boolean)
    .join(' · ');
}
