import type { DroppedFile } from '../../contract/download';
import {
  lastSamples,
  sampleName,
  type ComparedSamples,
} from '../../evaluation/copies/compare-samples';
import type { CopyReport } from '../../evaluation/report/report';
import type { Pictures } from '../../evaluation/report/report-html';
import type { FinetuneRun, KeptSample } from '../../finetune/finetune-store';
import { pairPictures } from '../../pictures/evaluation-pictures';
import { findFile } from './find-file';

/** Samples beside the images trained on that they resemble most: of a run that has ended, for this visit only. */
export interface ShownPairs {
  title: string;
  copies: CopyReport;
  pictures: Pictures;
}

/** null where nothing was compared. */
export async function pairsOf(
  { title }: FinetuneRun,
  compared: ComparedSamples,
  samples: readonly KeptSample[],
  files: readonly DroppedFile[],
): Promise<ShownPairs | null> {
  if ('refusal' in compared) return null;
  const copies = compared.report;
  const made = new Map(lastSamples(samples).map(({ index, png }) => [sampleName(index), png]));
  const pictures = await pairPictures({ copies }, async (set, name) =>
    set === 'synthetic' ? made.get(name)! : findFile(name, files),
  );
  return { title, copies, pictures };
}
