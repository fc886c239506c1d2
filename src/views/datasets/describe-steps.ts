import type { Dataset, ImageFacts } from '../../dataset/dataset-store';
import { texts } from './texts';
import { dateTime } from '../../languages/numbers';

/** Where a data set is on its way from a recipe to a file that somebody trains on. */
export interface Step {
  id: 'make' | 'review' | 'compare' | 'export';
  title: string;
  /** What there is of it, in a few words. */
  found: string;
  done: boolean;
}

/** What of a data set its steps are told from. */
export interface Way {
  set: Dataset;
  numDone: number;
  /** All its images, whatever the filter. */
  images: readonly Pick<ImageFacts, 'discarded' | 'verdict'>[];
}

/** All steps, in the order in which they make sense; none is asked for. */
export function stepsOf({ set, numDone, images }: Way): Step[] {
  const { total, status, copyCheck, exportedAt } = set;
  const left = images.filter(({ discarded }) => !discarded);
  const numJudged = left.filter(({ verdict }) => verdict !== null).length;
  const judged = numJudged === 0 ? texts.notYet : texts.ofLookedAt(numJudged, left.length);
  return [
    {
      id: 'make',
      title: texts.make,
      found: texts.doneOf(numDone, total),
      done: status === 'done',
    },
    {
      id: 'review',
      title: texts.lookThrough,
      found: judged,
      done: left.length > 0 && numJudged === left.length,
    },
    {
      id: 'compare',
      title: texts.compareWithRealImages,
      found: copyCheck ? texts.ofNearRealOne(copyCheck.copies, copyCheck.checked) : texts.notYet,
      done: copyCheck !== undefined,
    },
    {
      id: 'export',
      title: texts.export,
      found: exportedAt ? dateTime(exportedAt) : texts.notYet,
      done: exportedAt !== undefined,
    },
  ];
}

/** The first step that is not done; null: all are. */
export function nextStep(steps: readonly Step[]): Step['id'] | null {
  return steps.find(({ done }) => !done)?.id ?? null;
}
