/** What the page and the fine-tuning worker agree on. Types and defaults only. */

import type { CopyReport } from '../evaluation/report/report';
import type { LearntOn } from '../models/manifest/learnt-on';
import type { FactorRange } from './factors';
import type { BackendChoice, BackendReport, FactorArray } from '../contract/request';

/** Everything that decides the factors, besides the images. Plain data. */
export interface FinetuneSettings {
  /** 0…2³²−1. */
  seed: number;
  /** Rows of one step. */
  batch: number;
  /** Of the factors. */
  rank: number;
  learningRate: number;
  weightDecay: number;
  warmUpSteps: number;
  maxGradientNorm: number;
  /** Of the moving average that is saved; see `averageDecay`. */
  averageDecay: number;
  /** null: as many as fit into `minutes`, measured when training starts. */
  numSteps: number | null;
  minutes: number | null;
  /** Rows of each batch that show the base model's own samples; 0: none are made. */
  priorRows: number;
  numPrior: number;
  /** A word that the model does not know and learns with the factors; empty: none. */
  word: string;
  /** Of the images, kept from training to measure on. */
  heldOutShare: number;
  /** Stops after so many measurements without a better held-out loss; null: never. */
  patience: number | null;
  /** Steps between two measurements, samples, checkpoints; null: planned with the number of steps. */
  evaluateEvery: number | null;
  sampleEvery: number | null;
  checkpointEvery: number | null;
  /** In each round; the last has as many as a verdict on copies takes, where enough images are held out. */
  numSamples: number;
  /** Denoising steps of a sample. */
  sampleSteps: number;
  /** Mirrored images are shown too: never where left and right differ, as in a chest. */
  mirror: boolean;
  /** How an image of another shape becomes square. */
  fit: 'crop' | 'pad';
}

/** Settings of which it is known how many steps they mean on this device. */
export interface PlannedSettings extends FinetuneSettings {
  numSteps: number;
  evaluateEvery: number;
  sampleEvery: number;
  checkpointEvery: number;
}

/** What is usual for a set of some hundred images. */
export const DEFAULT_SETTINGS: FinetuneSettings = {
  seed: 1,
  batch: 4,
  rank: 8,
  learningRate: 1e-3,
  weightDecay: 0.01,
  warmUpSteps: 20,
  maxGradientNorm: 1,
  averageDecay: 0.98,
  numSteps: null,
  minutes: 30,
  priorRows: 0,
  numPrior: 60,
  heldOutShare: 0.1,
  patience: null,
  word: '',
  evaluateEvery: null,
  sampleEvery: null,
  checkpointEvery: null,
  numSamples: 4,
  sampleSteps: 12,
  mirror: false,
  fit: 'crop',
};

/** Fewer say nothing, more is not what a browser is for. */
export const IMAGE_LIMITS = { min: 4, max: 2000 };

/** An image of the set, before or after it was encoded. */
export interface FinetuneItem {
  caption: string;
  /** In the unit the manifest states. */
  covariates: Record<string, number>;
  /** From an earlier start; absent: the image is asked for. */
  latents?: Float32Array<ArrayBuffer>;
  mirrored?: Float32Array<ArrayBuffer>;
  /** Could not be read. */
  skipped?: string;
}

/** Training at the end of a step: from here it goes on as if it had never stopped. */
export interface Checkpoint {
  /** Steps done. */
  step: number;
  /** Where each factor lies in the arrays below. */
  layout: FactorRange[];
  /** All factors in the graph's order. */
  parameters: Float32Array<ArrayBuffer>;
  average: Float32Array<ArrayBuffer>;
  first: Float32Array<ArrayBuffer>;
  second: Float32Array<ArrayBuffer>;
  /** The average with the smallest held-out loss so far. */
  best: { step: number; heldOutLoss: number; average: Float32Array<ArrayBuffer> } | null;
  /** Measurements since then. */
  sinceBest: number;
  history: LossPoint[];
  /** Spent in steps so far. */
  msTraining: number;
}

/** One step on the chart. */
export interface LossPoint {
  step: number;
  loss: number;
  heldOutLoss?: number;
}

/** Everything the worker is told. */
export interface FinetuneJob {
  modelId: string;
  /** The weights that it was begun with: it does not go on with others. Absent: not known. */
  base?: LearntOn;
  choice: BackendChoice;
  settings: FinetuneSettings;
  items: FinetuneItem[];
  /** Latents of the base model's samples, made in an earlier start. */
  prior: Float32Array<ArrayBuffer>[];
  checkpoint: Checkpoint | null;
}

/** What an evaluation's copy check found among a run's last samples, or why there is nothing to say. */
export type SampleCopies =
  | Pick<CopyReport, 'count' | 'numSynthetic' | 'numHoldout' | 'rate' | 'aboveLimit'>
  | { refusal: string };

/** What the page keeps, so that a reload costs nothing. */
export type KeptPart =
  | {
      kind: 'latents';
      index: number;
      latents: Float32Array<ArrayBuffer>;
      mirrored?: Float32Array<ArrayBuffer>;
    }
  | { kind: 'skipped'; index: number; message: string }
  | { kind: 'plan'; settings: PlannedSettings }
  | { kind: 'prior'; index: number; latents: Float32Array<ArrayBuffer> }
  | { kind: 'checkpoint'; checkpoint: Checkpoint }
  | { kind: 'sample'; step: number; index: number; prompt: string; png: Blob };

/** What is going on, for the view. */
export type FinetuneReport =
  | { stage: 'load'; done: number; total: number; msLeft: number | null }
  | { stage: 'encode'; done: number; total: number }
  | { stage: 'prior'; done: number; total: number }
  | { stage: 'measure' }
  | {
      stage: 'train';
      step: number;
      numSteps: number;
      point: LossPoint;
      msPerStep: number;
      msLeft: number;
    }
  | { stage: 'sample'; done: number; total: number }
  | { stage: 'forgotten'; done: number; total: number }
  | { stage: 'copies'; done: number; total: number };

/** One of the model's own examples, drawn by the base model and by the tuned one from the same noise. */
export interface ForgottenPicture {
  prompt: string;
  before: Blob;
  after: Blob;
}

/** What a run cost the model of what it knew. */
export interface Forgotten {
  /** Denoising loss of what the base model draws to its own examples, by the base model and by the tuned one. */
  lossBefore: number;
  lossAfter: number;
  pictures: ForgottenPicture[];
}

/** How training ended. */
export interface FinetuneOutcome {
  ended: 'done' | 'early' | 'paused';
  backend: BackendReport;
  modelHash: string;
  checkpoint: Checkpoint;
  /** What is worth keeping: the average, or the best one where training was stopped by the held-out loss. */
  factors: FactorArray[];
  /** Places in the job's items of the images trained on, and held out. */
  trainedOn: number[];
  heldOut: number[];
  /** null where the run was paused, or makes no samples. */
  forgotten: Forgotten | null;
  msPerStep: number;
}
