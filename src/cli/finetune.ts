import type { BackendChoice, ToldBackend } from '../contract/request';
import { inEnglish } from '../browser/backend-words';
import { runFinetune } from '../bridge/finetune-client';
import { copyFigures, copyRate } from '../evaluation/copies/compare-samples';
import { copyWords } from '../evaluation/report/evaluation-words';
import type { CopyPair } from '../evaluation/report/report';
import { captionsFor, type CaptionSource } from '../finetune/captions';
import { writeLoraFile } from '../finetune/lora-file';
import { settingsProblem } from '../finetune/plan';
import {
  DEFAULT_SETTINGS,
  type FinetuneReport,
  type FinetuneSettings,
  type KeptPart,
  type SampleCopies,
} from '../finetune/run';
import { appError } from '../errors';
import { learntOn } from '../models/manifest/learnt-on';
import { findModel } from '../models/manifest/located-model';
import { loadManifest } from '../models/manifest/load-manifest';
import { unetOf } from '../models/manifest/model-files';
import { mayBeImage } from '../image/image-file-name';

/** What `npm run finetune` asks: files below `images/train/` on the server, and the text of a CSV. */
export interface CliFinetune {
  files: string[];
  csv: string | null;
  caption: string;
  source: CaptionSource;
  title: string;
  /** Absent: the first of the manifest that can be trained. */
  modelId?: string;
  choice: BackendChoice;
  settings: Partial<FinetuneSettings>;
}

/** The file, and what is to be said of the run. */
export interface CliFinetuneResult {
  fileBase64: string;
  backend: ToldBackend;
  steps: number;
  numImages: number;
  numHeldOut: number;
  secondsPerStep: number;
  /** Share of the last samples that count as copies; null without a verdict, which `copies` explains. */
  copyRate: number | null;
  /** What the copy check found, as an evaluation would, with the nearest pairs by name. */
  copies: (SampleCopies & { words: string }) & { pairs?: CopyPair[] };
  /** Denoising loss of what the base model draws to its own examples, by it and by the tuned model; null: not measured. */
  forgotten: { before: number; after: number } | null;
  skipped: { name: string; message: string }[];
}

/** Trains on a folder of images that the server offers; nothing is kept in the browser but the model. */
export async function finetuneFolder(
  asked: CliFinetune,
  onReport: (report: FinetuneReport) => void,
  toBase64: (blob: Blob) => Promise<string>,
): Promise<CliFinetuneResult> {
  const manifest = await loadManifest(new URL('model-manifest.json', document.baseURI).href);
  const trainable = manifest.models.find((one) => unetOf(one)?.trainingGraph);
  if (!trainable && !asked.modelId) {
    throw appError('ModelUnsupported', 'No model of the manifest can be fine-tuned. Add one.');
  }
  const entry = asked.modelId ? findModel(manifest, asked.modelId) : trainable!;
  const { source, caption: text, csv, choice } = asked;
  const files = asked.files.filter(mayBeImage);
  const settings = { ...DEFAULT_SETTINGS, ...asked.settings };
  const problem = settingsProblem(settings);
  if (problem) throw appError('RequestInvalid', problem);
  const items = captionsFor(files, { source, text, csv }, entry.conditions.covariates);
  const missing = files.filter((_, i) => !items[i].caption);
  if (missing.length > 0) {
    throw appError(
      'RequestInvalid',
      `${missing.length} images have no caption (the first is ${missing[0]}). Give one for all: --caption TEXT`,
    );
  }
  const skipped: CliFinetuneResult['skipped'] = [];
  const keep = async (part: KeptPart) => {
    if (part.kind === 'skipped') skipped.push({ name: files[part.index], message: part.message });
    if (part.kind === 'sample') {
      const { step, index, png } = part;
      const name = `step-${String(step).padStart(6, '0')}_${index}.png`;
      await window.saveFile?.(name, await toBase64(png));
    }
  };
  const read = (index: number) => readFile(files[index]);
  const { signal } = new AbortController();
  const job = { modelId: entry.id, choice, settings, items, prior: [], checkpoint: null };
  const outcome = await runFinetune(job, { signal, onReport, read, keep, names: files });

  const { factors, modelHash, checkpoint, backend, msPerStep } = outcome;
  const { trainedOn, heldOut, copies: compared, forgotten } = outcome;
  const copies = copyFigures(compared);
  const numImages = trainedOn.length;
  const { step: steps } = checkpoint;
  const imagesSeen = steps * (settings.batch - settings.priorRows);
  const { rank, word } = settings;
  const { version: baseVersion, unetSha256: baseUnet } = await learntOn(entry);
  const base = { modelId: entry.id, modelHash, baseVersion, baseUnet };
  const facts = { title: asked.title, ...base, rank, steps, word };
  const file = writeLoraFile(factors, {
    ...facts,
    numImages,
    imagesSeen,
    copyRate: copyRate(copies),
  });
  return {
    fileBase64: await toBase64(file),
    backend: inEnglish(backend),
    steps,
    numImages,
    numHeldOut: heldOut.length,
    skipped,
    copyRate: copyRate(copies),
    copies: {
      ...copies,
      words: 'refusal' in copies ? copies.refusal : copyWords(copies),
      ...('report' in compared && { pairs: compared.report.pairs }),
    },
    forgotten: forgotten && { before: forgotten.lossBefore, after: forgotten.lossAfter },
    secondsPerStep: msPerStep / 1000,
  };
}

async function readFile(name: string): Promise<Blob> {
  const path = name.split('/').map(encodeURIComponent).join('/');
  const response = await fetch(new URL(`images/train/${path}`, document.baseURI));
  if (!response.ok) throw new Error(`The file could not be read (${response.status}).`);
  return response.blob();
}
