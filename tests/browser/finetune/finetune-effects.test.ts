/** What settings of a run change in its outcome, on the fixture model. */
import { expect, test } from 'vitest';
import { runFinetune } from '../../../src/bridge/finetune-client';
import { factorArrays } from '../../../src/finetune/factors';
import type { Checkpoint, FinetuneItem, FinetuneSettings } from '../../../src/finetune/run';
import { readPng } from '../../../src/image/read-png';
import { createWorkerClient } from '../../../src/bridge/worker-client';
import type { FactorArray, GenerationRequest } from '../../../src/contract/request';
import golden from '../../fixtures/tiny-model/golden.json';
import { jobOf, manifestUrl, modelId, SETTINGS, watch } from './finetune-job';

const QUIET = { evaluateEvery: 1000, sampleEvery: 1000, checkpointEvery: 1000, numSamples: 0 };

async function train(change: Partial<FinetuneSettings>, rest: Parameters<typeof jobOf>[1] = {}) {
  const seen = watch();
  const job = jobOf(8, {
    ...{ modelId: await modelId(), settings: { ...SETTINGS, ...change } },
    ...rest,
  });
  return { ...seen, outcome: await runFinetune(job, seen.options) };
}

async function firstExample(): Promise<string> {
  const manifest = (await (await fetch(manifestUrl)).json()) as {
    models: { examples: { prompt: string }[] }[];
  };
  return manifest.models[0].examples[0].prompt;
}

/** Mean loss of these images under the averaged factors: one more step so small that it changes nothing, then a measurement. */
async function lossOf(items: FinetuneItem[], checkpoint: Checkpoint) {
  const numSteps = checkpoint.step + 1;
  const settings = { ...SETTINGS, ...QUIET, numSteps, learningRate: 1e-12, heldOutShare: 0.9 };
  const { outcome } = await train(settings, { items, checkpoint: structuredClone(checkpoint) });
  return outcome.checkpoint.history.at(-1)!.heldOutLoss!;
}

test('the base model’s own samples are made once, and with them in each batch it keeps them better', async () => {
  const few = { ...QUIET, batch: 4, learningRate: 0.02, numSteps: 60 };
  const plain = await train({ ...few, priorRows: 0, numPrior: 6 });
  expect(plain.parts.filter(({ kind }) => kind === 'prior')).toEqual([]);

  const reminded = await train({ ...few, priorRows: 2, numPrior: 6 });
  const prior = reminded.parts.flatMap((part) => (part.kind === 'prior' ? [part.latents] : []));
  expect(prior).toHaveLength(6);
  expect(reminded.reports.filter(({ stage }) => stage === 'prior')).toHaveLength(6);
  const again = await train({ ...few, priorRows: 2, numPrior: 6 }, { prior });
  expect(again.parts.filter(({ kind }) => kind === 'prior')).toEqual([]);
  expect(again.outcome.factors).toEqual(reminded.outcome.factors);

  const caption = await firstExample();
  const items = prior.map((latents) => ({ caption, covariates: {}, latents }));
  const [forgot, kept] = [
    await lossOf(items, plain.outcome.checkpoint),
    await lossOf(items, reminded.outcome.checkpoint),
  ];
  expect(kept).toBeLessThan(forgot);
});

test('when the minutes are over the step after is the last: measured, sampled, kept', async () => {
  const minutes = 1e-9; // over at once, but the plan has ten steps at least
  const { outcome, parts, reports } = await train({ numSteps: null, minutes });

  expect(outcome.ended).toBe('done');
  expect(outcome.checkpoint.step).toBe(2);
  expect(outcome.checkpoint.history.at(-1)!.heldOutLoss).toBeGreaterThan(0);
  expect(parts.filter(({ kind }) => kind === 'sample').length).toBeGreaterThan(0);
  const steps = reports.filter(({ stage }) => stage === 'train');
  expect(steps.at(-1)).toMatchObject({ step: 2, numSteps: 2 });
});

test('what was forgotten is measured on the base model’s own pictures, drawn again from the same noise', async () => {
  const one = { ...QUIET, numSamples: 1, numSteps: 4 };
  const [still, fast, quiet] = [
    await train({ ...one, learningRate: 1e-12 }),
    await train({ ...one, learningRate: 0.05 }),
    await train({ ...one, numSamples: 0 }),
  ].map(({ outcome }) => outcome.forgotten);

  expect(still!.lossAfter).toBeCloseTo(still!.lossBefore, 4);
  expect(fast!.lossBefore).toBeCloseTo(still!.lossBefore, 6);
  expect(Math.abs(fast!.lossAfter / fast!.lossBefore - 1)).toBeGreaterThan(0.001);
  const [picture] = fast!.pictures;
  expect(fast!.pictures).toHaveLength(1);
  expect(picture.prompt).toBe(await firstExample());
  expect(await pixelsOf(picture.before)).toEqual(await pixelsOf(still!.pictures[0].before));
  expect(await pixelsOf(picture.after)).not.toEqual(await pixelsOf(picture.before));
  expect(quiet).toBeNull();
});

test('training stops after so many measurements without a gain, and the best factors are the result', async () => {
  const long = { ...QUIET, numSteps: 80, evaluateEvery: 2, learningRate: 0.1, averageDecay: 0.5 };
  const whole = await train({ ...long, patience: null });
  expect(whole.outcome.ended).toBe('done');
  const measured = whole.outcome.checkpoint.history.filter(
    (point) => point.heldOutLoss !== undefined,
  );
  const stop = stopOf(
    measured.map(({ step, heldOutLoss }) => ({ step, loss: heldOutLoss! })),
    3,
  );
  expect(stop!.step).toBeLessThan(80); // else this run shows nothing

  const { outcome } = await train({ ...long, patience: 3 });
  expect(outcome.ended).toBe('early');
  expect(outcome.checkpoint.step).toBe(stop!.step);
  const { best, layout, average } = outcome.checkpoint;
  expect(best!.step).toBe(stop!.best);
  expect(outcome.factors).toEqual(factorArrays(layout, best!.average));
  expect(best!.average).not.toEqual(average);
});

/** Where `patience` measurements in a row were no better than the best before them. */
function stopOf(measured: { step: number; loss: number }[], patience: number) {
  let best = measured[0];
  let since = 0;
  for (const one of measured) {
    since = one.loss < best.loss || one === best ? 0 : since + 1;
    if (since === 0) best = one;
    if (since === patience) return { step: one.step, best: best.step };
  }
  return null;
}

test('a new word is learned with the factors, and changes pictures of prompts in which it stands', async () => {
  const learning = { ...QUIET, numSteps: 20, learningRate: 0.05, word: 'zq1' };
  const { outcome } = await train(learning);
  const word = outcome.factors.find(({ name }) => name === 'word.embeds')!;
  expect(word.dims[0]).toBe(2);
  expect(Math.max(...word.data.map(Math.abs))).toBeGreaterThan(0.05);

  const client = createWorkerClient({ manifestUrl });
  const id = await modelId();
  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  await client.install(id, options);
  const picture = async (prompt: string, factors: FactorArray[]) => {
    const request = { ...golden.request, prompt, numInferenceSteps: 2 } as GenerationRequest;
    const lora = { factors, strength: 1, word: 'zq1' };
    const { png, unknownWords } = await client.generate({ ...request, lora }, 'wasm', options);
    return { bytes: await pixelsOf(png), unknownWords };
  };
  const without = outcome.factors.filter((factor) => factor !== word);
  const said = await picture('zq1, chest x-ray', outcome.factors);
  const plain = await picture('zq1, chest x-ray', without);
  expect(said.bytes).not.toEqual(plain.bytes);
  expect([said.unknownWords, plain.unknownWords]).toEqual([[], ['zq1']]);
  const unsaid = await picture('chest x-ray', outcome.factors);
  expect(unsaid.bytes).toEqual((await picture('chest x-ray', without)).bytes);
  await client.remove(id);
  client.dispose();
});

test('a word that the model knows is refused', async () => {
  await expect(train({ word: 'chest' })).rejects.toThrow('"chest" cannot be learned as a new word');
});

async function pixelsOf(png: Blob): Promise<Uint8Array> {
  return Uint8Array.from((await readPng(new Uint8Array(await png.arrayBuffer()))).samples);
}
