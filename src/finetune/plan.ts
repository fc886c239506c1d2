import { isWord } from '../diffusion/text/learned-word';
import type { FinetuneSettings, PlannedSettings } from './run';

/** What was measured of one device. */
export interface Pace {
  /** One step of a batch: forward and backward. */
  msPerStep: number;
  /** Held-out images, each measured in a row of such a step. */
  numHeldOut: number;
}

/** Of the base model's own examples, drawn before and after to see what was forgotten: at most so many. */
export const MOST_PICTURES = 4;
const MIN_STEPS = 10;
/** So often in a run, and once more after its first step, to compare with. */
const ROUNDS = { measurements: 12, samples: 4 };
/** Where few steps fit, they and not their measurements take the time. */
const MIN_BETWEEN_ROUNDS = 4;
/** So much longer than was asked for may a run take, on a device that became slower than it was measured to be. */
const MOST_LATE = 1.5;
/** So much work a crash may cost. */
const MS_BETWEEN_CHECKPOINTS = 20_000;
const MAX_STEPS_BETWEEN_CHECKPOINTS = 50;
/** A forward pass takes a third of a training step; with guidance a sample's has two rows. */
const SAMPLE_ROWS = 2;

/** Whether nothing is left to be decided by how fast this device is. */
export function isPlanned(settings: FinetuneSettings): settings is PlannedSettings {
  const { numSteps, evaluateEvery, sampleEvery, checkpointEvery } = settings;
  return [numSteps, evaluateEvery, sampleEvery, checkpointEvery].every((n) => n !== null);
}

/** How many steps fit into the minutes that were asked for, and when they measure, sample and save. */
export function planSteps(settings: FinetuneSettings, pace: Pace): PlannedSettings {
  const numSteps = settings.numSteps ?? stepsIn(settings, pace);
  const stepsBetween = Math.round(MS_BETWEEN_CHECKPOINTS / pace.msPerStep);
  const mostBetween = Math.min(MAX_STEPS_BETWEEN_CHECKPOINTS, Math.ceil(numSteps / 4));
  return {
    ...settings,
    numSteps,
    warmUpSteps: Math.min(settings.warmUpSteps, Math.ceil(numSteps / 5)),
    evaluateEvery: settings.evaluateEvery ?? roundsOf(numSteps, ROUNDS.measurements),
    sampleEvery: settings.sampleEvery ?? roundsOf(numSteps, ROUNDS.samples),
    checkpointEvery: settings.checkpointEvery ?? Math.min(mostBetween, Math.max(1, stepsBetween)),
  };
}

/** Steps between two rounds, where a run has at most so many. */
function roundsOf(numSteps: number, most: number): number {
  return Math.min(numSteps, Math.max(MIN_BETWEEN_ROUNDS, Math.ceil(numSteps / most)));
}

/**
 * Milliseconds after which a run of these settings ends, whatever it planned; Infinity where the steps were asked for, or
 * no time was.
 */
export function latestEnd({ numSteps, minutes }: FinetuneSettings): number {
  return numSteps === null && minutes !== null ? minutes * 60_000 * MOST_LATE : Infinity;
}

function stepsIn(settings: FinetuneSettings, { msPerStep, numHeldOut }: Pace): number {
  const { minutes, batch, numSamples, sampleSteps } = settings;
  const msPerRow = msPerStep / batch;
  const numPictures = ROUNDS.samples * numSamples + 2 * Math.min(numSamples, MOST_PICTURES);
  const msSamples = numPictures * sampleSteps * SAMPLE_ROWS * (msPerRow / 3);
  const msMeasurements = ROUNDS.measurements * numHeldOut * msPerRow;
  const msLeft = (minutes ?? 30) * 60_000 - msSamples - msMeasurements;
  return Math.max(MIN_STEPS, Math.floor(msLeft / msPerStep));
}

/** A length of training to choose, with what goes with it. */
export interface FinetunePreset {
  id: 'short' | 'medium' | 'long';
  change: Partial<FinetuneSettings>;
}

/** 5 minutes, half an hour, overnight. */
export const PRESETS: readonly FinetunePreset[] = [
  {
    id: 'short',
    change: { minutes: 5, rank: 4, numSamples: 2, sampleSteps: 8, priorRows: 0, patience: null },
  },
  {
    id: 'medium',
    change: { minutes: 30, rank: 8, numSamples: 4, sampleSteps: 12, priorRows: 0, patience: null },
  },
  {
    id: 'long',
    change: { minutes: 480, rank: 16, numSamples: 4, sampleSteps: 16, priorRows: 1, patience: 4 },
  },
];

/** What settings cannot be, in words; null where all is well. */
export function settingsProblem({
  batch,
  rank,
  learningRate,
  numSteps,
  priorRows,
  word,
}: FinetuneSettings): string | null {
  const whole = (value: number, min: number, max: number) =>
    Number.isInteger(value) && value >= min && value <= max;
  if (!whole(batch, 1, 32)) return 'Batch: expected a whole number from 1 to 32.';
  if (!whole(rank, 1, 64)) return 'Rank: expected a whole number from 1 to 64.';
  if (!(learningRate > 0 && learningRate <= 0.1)) {
    return 'Learning rate: expected a number above 0 and at most 0.1.';
  }
  if (word && !isWord(word)) return 'New word: expected one word of letters and digits.';
  if (!whole(priorRows, 0, batch - 1)) {
    return `Images of the base model: expected a whole number from 0 to ${batch - 1}, one less than a batch.`;
  }
  const steps = numSteps ?? 1;
  if (!whole(steps, 1, 1_000_000)) return 'Steps: expected a whole number from 1 to 1,000,000.';
  return null;
}
