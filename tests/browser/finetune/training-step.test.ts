import { afterAll, expect, test } from 'vitest';
import { factorLayout, gatherFactors, type FactorRange } from '../../../src/finetune/factors';
import {
  adamwStep,
  clipGradients,
  updateAverage,
  warmedUp,
  zeroMoments,
} from '../../../src/finetune/optimizer';
import { runTrainingStep, type TrainingBatch } from '../../../src/finetune/training-step';
import { openBackend, type Backend } from '../../../src/models/runtime/backend';
import { openSession } from '../../../src/models/runtime/session';
import type { ModelSession } from '../../../src/models/runtime/session-types';
import golden from '../../fixtures/training-step/golden.json';
import { decodeFloats, pattern } from '../../unit/finetune/pattern';

const opened: Backend[] = [];
afterAll(() => opened.forEach(({ gpu }) => gpu?.destroy()));

async function openStep(choice: 'wasm' | 'webgpu') {
  const backend = await openBackend(choice);
  opened.push(backend);
  const url = new URL('../../fixtures/training-step/step.onnx', import.meta.url);
  const graph = await (await fetch(url)).blob();
  const session = await openSession({ graph, weights: [] }, backend);
  return { session, layout: factorLayout(session, golden.rank) };
}

/** The inputs of one step, as training/goldens/make_training_fixtures.py has them. */
function batchOf({ inputNames, inputShapes }: ModelSession, number: number): TrainingBatch {
  const { batch } = golden;
  const inputs: TrainingBatch['inputs'] = {};
  for (const [k, name] of inputNames.entries()) {
    if (name.startsWith('lora.')) continue;
    const dims = inputShapes![name].map((size) => (typeof size === 'number' ? size : batch));
    const count = dims.reduce((product, size) => product * size, 1);
    let data = pattern(count, 200 * number + k);
    if (name === 'timestep') data = data.map((_, row) => 125 + 250 * ((row + number) % 4));
    if (name.endsWith('_present')) data.fill(1);
    if (name === 'row_weight') data.fill(1 / batch);
    inputs[name] = { dims, data };
  }
  return { batch, inputs };
}

/** 0.2·pattern by position among all inputs. */
function firstFactors(session: ModelSession, layout: FactorRange[]) {
  const factors = layout.map(({ name, dims, count }) => ({
    ...{ name, dims },
    data: pattern(count, session.inputNames.indexOf(name)).map((x) => 0.2 * x),
  }));
  return gatherFactors(layout, factors);
}

/** ‖a − b‖ / ‖b‖. */
function relativeError(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((x, i) => x - b[i])) / Math.hypot(...b);
}

// Against PyTorch's autograd in float32. On SwiftShader the worst is 2.4e-4 off. (With norms over four values only, as a network on
// 4×4 latents has them, it was 0.023: their variance cancels.)
test.each([
  ['wasm', 1e-4],
  ['webgpu', 1e-3],
] as const)('every gradient on %s is that of autograd', async (choice, tolerance) => {
  const { session, layout } = await openStep(choice);
  const parameters = firstFactors(session, layout);
  const result = await runTrainingStep(session, layout, parameters, batchOf(session, 0));
  expect(Math.abs(result.loss / golden.step.loss - 1)).toBeLessThan(tolerance);
  expect(layout).toHaveLength(Object.keys(golden.step.gradients).length - 1);
  const errors = layout.map(({ name, offset, count }) => {
    const expected = decodeFloats((golden.step.gradients as Record<string, string>)[name]);
    return relativeError(result.gradients.subarray(offset, offset + count), expected);
  });
  console.info(choice, 'largest relative error of a gradient', Math.max(...errors));
  expect(Math.max(...errors)).toBeLessThan(tolerance);
  await session.release();
});

test('50 steps have the losses of Python, and the factors and averages end where its do', async () => {
  const { session, layout } = await openStep('wasm');
  const { run } = golden;
  const settings = { ...run, betas: run.betas as [number, number] };
  const parameters = firstFactors(session, layout);
  const average = parameters.slice();
  const moments = zeroMoments(parameters.length);
  const losses: number[] = [];
  for (let k = 0; k < run.steps; k++) {
    const result = await runTrainingStep(session, layout, parameters, batchOf(session, k));
    clipGradients(result.gradients, run.maxGradientNorm);
    const rate = warmedUp(run.learningRate, k + 1, run.warmUpSteps);
    adamwStep(parameters, result.gradients, moments, settings, rate, k + 1);
    updateAverage(average, parameters, run.emaDecay);
    losses.push(result.loss);
  }
  const off = losses.map((loss, k) => Math.abs(loss - run.losses[k]));
  console.info('largest deviation of 50 losses', Math.max(...off));
  expect(Math.max(...off)).toBeLessThan(1e-3);
  const ends = (texts: Record<string, string>) =>
    gatherFactors(
      layout,
      layout.map(({ name, dims }) => ({ name, dims, data: decodeFloats(texts[name]) })),
    );
  // Where a gradient is about 0, AdamW's early steps are as long as anywhere, in the direction of its rounding.
  expect(relativeError(parameters, ends(run.factors))).toBeLessThan(1e-3);
  expect(relativeError(average, ends(run.average))).toBeLessThan(1e-3);
  await session.release();
});
