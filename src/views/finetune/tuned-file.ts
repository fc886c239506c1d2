import type { FactorArray } from '../../contract/request';
import type { FinetuneRun, FinetuneStore, TunedModel } from '../../finetune/finetune-store';
import { resultOf } from '../../finetune/factors';
import { findByName } from '../../finetune/prompt-loras';
import { readLoraFile, writeLoraFile } from '../../finetune/lora-file';
import type { JudgedOutcome } from '../../bridge/finetune-client';
import type { Checkpoint, SampleCopies } from '../../finetune/run';
import { copyFigures, copyRate } from '../../evaluation/copies/compare-samples';
import { hashFactors } from '../../models/manifest/hash-factors';
import { saveBlob } from '../../browser/save-file';
import { randomId } from '../../common/random-id';

/** A tuned model and the factors that make it. */
export interface Tuned {
  tuned: TunedModel;
  factors: FactorArray[];
}

/** What a finished run has learnt, with its card. */
export async function tunedOf(
  run: FinetuneRun,
  { factors, checkpoint, modelHash, trainedOn, copies }: JudgedOutcome,
  picture: Blob | null,
): Promise<Tuned> {
  const known = { modelHash, numImages: trainedOn.length };
  const found = copyFigures(copies);
  return describe(run, factors, checkpoint, known, { picture, copies: found });
}

/** What a run has learnt up to its last checkpoint. */
export async function tunedOfCheckpoint(
  run: FinetuneRun,
  checkpoint: Checkpoint,
  picture: Blob | null,
): Promise<Tuned> {
  return describe(
    run,
    resultOf(checkpoint, run.settings),
    checkpoint,
    { numImages: run.items.length },
    { picture, copies: { refusal: 'The run was ended before its samples were compared.' } },
  );
}

async function describe(
  { title, modelId, base, settings }: FinetuneRun,
  factors: FactorArray[],
  { step }: Checkpoint,
  known: { modelHash?: string; numImages: number },
  { picture, copies }: { picture: Blob | null; copies: SampleCopies },
): Promise<Tuned> {
  const imagesSeen = step * (settings.batch - (settings.numPrior > 0 ? settings.priorRows : 0));
  const facts = {
    title,
    modelId,
    rank: settings.rank,
    ...(settings.word ? { word: settings.word } : {}),
    steps: step,
    imagesSeen,
    copyRate: copyRate(copies),
    ...(base ? { baseVersion: base.version, baseUnet: base.unetSha256 } : {}),
    ...known,
  };
  const id = randomId();
  const sha256 = await hashFactors(factors);
  const tuned = { id, createdAt: new Date(), sha256, imported: false, facts, picture, copies };
  return { tuned, factors };
}

/** Saves the factors as a file that diffusers and peft read. */
export async function exportTuned(store: FinetuneStore, { id, facts }: TunedModel) {
  const factors = await store.factors(id);
  if (!factors) return;
  const file = writeLoraFile(factors, {
    modelId: '',
    modelHash: '',
    steps: 0,
    numImages: 0,
    imagesSeen: 0,
    copyRate: null,
    ...facts,
  });
  saveBlob(file, `${facts.title.replace(/[^\p{L}\p{N}]+/gu, '-') || 'tuned'}.safetensors`);
}

/** Takes factors from a file in; whether they fit a model is seen when they are used. */
export async function importTuned(store: FinetuneStore, file: File) {
  const { factors, facts } = await readLoraFile(file);
  const sha256 = await hashFactors(factors);
  const title = freeTitle(
    facts.title ?? file.name.replace(/\.safetensors$/i, ''),
    (await store.tuned()).filter((one) => one.sha256 !== sha256),
  );
  const tuned: TunedModel = {
    id: randomId(),
    createdAt: new Date(),
    imported: true,
    picture: null,
    sha256,
    facts: { ...facts, title },
  };
  await store.addTuned(tuned, factors);
}

/** The title with a number where others have it: many trainers call every file the same, and prompts name it by its title. */
function freeTitle(title: string, others: readonly TunedModel[]): string {
  const isFree = (one: string) => findByName(one, others, ({ facts }) => facts.title).length === 0;
  if (isFree(title)) return title;
  let number = 2;
  while (!isFree(`${title} ${number}`)) number++;
  return `${title} ${number}`;
}
