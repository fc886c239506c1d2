import type { JudgedOutcome } from '../../../bridge/finetune-client';
import { keepsPlain } from '../../../browser/keeps-plain';
import type { DroppedFile } from '../../../contract/download';
import {
  lastSamples,
  sampleName,
  type ComparedSamples,
} from '../../../evaluation/copies/compare-samples';
import type { FinetuneRun, KeptSample } from '../../../finetune/finetune-store';
import type { Checkpoint, Forgotten } from '../../../finetune/run';
import {
  captionCounts,
  withoutReal,
  type KeptPairs,
  type TunedResult,
} from '../../../finetune/tuned-result';
import { pairPictures } from '../../../pictures/evaluation-pictures';
import { findFile } from '../find-file';

/** A run that has just ended: what of it is known for this visit only. */
export interface EndedRun {
  /** Of the tuned model that came of it. */
  tunedId: string;
  /** With the images trained on; null where nothing was compared. */
  pairs: KeptPairs | null;
  /** Files of the images trained on and held out; none where they were read before a reload. */
  trainedOn: DroppedFile[];
  heldOut: DroppedFile[];
  /** Images that were held out; null: nobody said so before it ended. */
  numHeldOut: number | null;
  /** null where it was not measured. */
  forgotten: Forgotten | null;
  /** Why this could not be kept for later visits. */
  notKept: Error | null;
}

/** A run that was ended before its samples were compared. */
export function endedEarly(tunedId: string): EndedRun {
  const none = { pairs: null, trainedOn: [], heldOut: [], numHeldOut: null };
  return { tunedId, ...none, forgotten: null, notKept: null };
}

/** Finds the files of a run's images and the pairs that are nearest. */
export async function endedRun(
  tunedId: string,
  run: FinetuneRun,
  outcome: Pick<JudgedOutcome, 'copies' | 'trainedOn' | 'heldOut' | 'forgotten'>,
  samples: readonly KeptSample[],
  files: readonly DroppedFile[],
): Promise<EndedRun> {
  const { copies, trainedOn, heldOut, forgotten } = outcome;
  const byPath = new Map(files.map((file) => [file.path, file]));
  const filesOf = (places: readonly number[]) =>
    places.flatMap((place) => byPath.get(run.items[place].name) ?? []);
  return {
    tunedId,
    pairs: await pairsOf(copies, samples, files),
    trainedOn: filesOf(trainedOn),
    heldOut: filesOf(heldOut),
    numHeldOut: heldOut.length,
    forgotten,
    notKept: null,
  };
}

/** What is kept of the run. Images trained on, and their names, only where the disk shows them to nobody. */
export function resultOf(
  run: FinetuneRun,
  { history, msTraining }: Checkpoint,
  { pairs, numHeldOut, forgotten }: EndedRun,
  samples: readonly KeptSample[],
  numSkipped: number,
): TunedResult {
  return {
    settings: run.settings,
    history,
    samples: [...samples],
    captions: captionCounts(run),
    numHeldOut,
    numSkipped,
    msTraining,
    forgotten,
    pairs: pairs && (keepsPlain() ? withoutReal(pairs) : pairs),
  };
}

async function pairsOf(
  compared: ComparedSamples,
  samples: readonly KeptSample[],
  files: readonly DroppedFile[],
): Promise<KeptPairs | null> {
  if ('refusal' in compared) return null;
  const copies = compared.report;
  const made = new Map(lastSamples(samples).map(({ index, png }) => [sampleName(index), png]));
  const pictures = await pairPictures({ copies }, async (set, name) =>
    set === 'synthetic' ? made.get(name)! : findFile(name, files),
  );
  return { copies, pictures: [...pictures] };
}
