import { copyWords } from '../../evaluation/report/evaluation-words';
import type { TunedModel } from '../../finetune/finetune-store';
import type { FinetuneReport, SampleCopies } from '../../finetune/run';

/** What a run is doing, in words, and how much of it is done, 0…1; null where that cannot be said. */
export function describeReport(report: FinetuneReport): { text: string; share: number | null } {
  switch (report.stage) {
    case 'load':
      return { text: 'Loading the model', share: share(report) };
    case 'encode':
      return { text: `Reading image ${report.done + 1} of ${report.total}`, share: share(report) };
    case 'prior':
      return {
        text: `Making the base model’s own samples: ${report.done + 1} of ${report.total}`,
        share: share(report),
      };
    case 'measure':
      return { text: 'Measuring how fast this device is', share: null };
    case 'train':
      return {
        text: `Step ${report.step} of ${report.numSteps}`,
        share: report.step / report.numSteps,
      };
    case 'sample':
      return { text: `Making sample ${report.done + 1} of ${report.total}`, share: share(report) };
    case 'copies':
      return { text: 'Comparing samples with the images trained on', share: share(report) };
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
  const amount = wattHours < 10 ? wattHours.toFixed(1) : String(Math.round(wattHours));
  return `about ${amount} Wh at ${ASSUMED_WATTS} W`;
}

/** What the copy check found, in the words of an evaluation. */
export function describeCopies(copies?: SampleCopies): string {
  const byHand = 'Make pictures with it and compare them with these images under Evaluate.';
  if (!copies) return `not compared. ${byHand}`;
  if ('refusal' in copies) return `not compared: ${copies.refusal} ${byHand}`;
  return copyWords(copies) + (copies.aboveLimit === null ? ` ${byHand}` : '');
}

/** The card of a tuned model, in one line. */
export function describeTuned({ facts, imported, copies }: TunedModel): string {
  const { numImages, imagesSeen, steps, rank, word } = facts;
  return [
    numImages && `${numImages} images`,
    imagesSeen && `shown ${imagesSeen} times in all`,
    steps && `${steps} steps`,
    `rank ${rank}`,
    word && `new word “${word}”`,
    imported && 'imported',
    `copies among its samples: ${describeCopies(copies)}`,
  ]
    .filter(Boolean)
    .join(' · ');
}
