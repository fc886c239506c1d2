import { expect, test } from 'vitest';
import { runFinetune } from '../../../src/bridge/finetune-client';
import type { Checkpoint, KeptPart } from '../../../src/finetune/run';
import { disc, jobOf, modelId, SETTINGS, watch } from './finetune-job';

test('a run that was killed and started again ends with the factors of an undisturbed one', async () => {
  const id = await modelId();
  const whole = watch();
  const undisturbed = await runFinetune(jobOf(8, { modelId: id }), whole.options);
  expect(undisturbed.ended).toBe('done');
  expect(undisturbed.checkpoint.step).toBe(8);
  const trained = whole.reports.filter(({ stage }) => stage === 'train');
  expect(trained).toHaveLength(8);
  expect(whole.parts.some((part) => part.kind === 'sample' && part.png.size > 100)).toBe(true);

  const killer = new AbortController();
  const killed = watch({ signal: killer.signal });
  let last: Checkpoint | null = null;
  killed.options.keep = async (part) => {
    killed.parts.push(part);
    if (part.kind !== 'checkpoint') return;
    last = part.checkpoint;
    if (last.step === 4) killer.abort();
  };
  await expect(runFinetune(jobOf(8, { modelId: id }), killed.options)).rejects.toThrow();
  expect(last!.step).toBe(4);

  const items = jobOf(8).items.map((item, index) => {
    const part = killed.parts.find((one) => one.kind === 'latents' && one.index === index);
    return { ...item, latents: (part as KeptPart & { kind: 'latents' }).latents };
  });
  const read = () => Promise.reject(new Error('The images are encoded already.'));
  const resumed = watch({ read });
  const job = jobOf(8, { modelId: id, items, checkpoint: last });
  const again = await runFinetune(job, resumed.options);
  expect(again.checkpoint.step).toBe(8);
  for (const [i, { data }] of again.factors.entries()) {
    expect(data).toEqual(undisturbed.factors[i].data);
  }
  expect(again.checkpoint.history).toEqual(undisturbed.checkpoint.history);
  const moved = again.factors.some(
    ({ name, data }) => name.endsWith('.up') && data.some((x) => x !== 0),
  );
  expect(moved).toBe(true);
});

test('paused, a run keeps a checkpoint of the step it stands at', async () => {
  const pausing = new AbortController();
  const seen = watch({ pause: pausing.signal });
  seen.options.onReport = (report) => {
    if (report.stage === 'train' && report.step === 3) pausing.abort();
  };
  const outcome = await runFinetune(jobOf(8, { modelId: await modelId() }), seen.options);
  expect(outcome.ended).toBe('paused');
  const kept = seen.parts.filter((part) => part.kind === 'checkpoint').at(-1);
  expect(kept?.kind === 'checkpoint' && kept.checkpoint.step).toBe(outcome.checkpoint.step);
  expect(outcome.checkpoint.step).toBeLessThan(8);
});

test('one image is too few, and one image eight times is too', async () => {
  const id = await modelId();
  const one = runFinetune(jobOf(1, { modelId: id }), watch().options);
  await expect(one).rejects.toThrow('Fine-tuning takes 4 to 2000 images, and there are 1');
  const same = watch({ read: async () => disc(1) });
  await expect(runFinetune(jobOf(8, { modelId: id }), same.options)).rejects.toThrow(
    'All 8 images are the same picture',
  );
});

test('ten thousand images are refused before one of them is read', async () => {
  let numRead = 0;
  const seen = watch({ read: async (index) => (numRead++, disc(index)) });
  const run = runFinetune(jobOf(10_000, { modelId: await modelId() }), seen.options);
  await expect(run).rejects.toThrow('Fine-tuning takes 4 to 2000 images, and there are 10000');
  await expect(run).rejects.toMatchObject({ name: 'RequestInvalid' });
  expect(numRead).toBe(0);
});

test('an image that cannot be read is noted and left out', async () => {
  const seen = watch({
    read: async (index) => (index === 2 ? new Blob(['no image']) : disc(index)),
  });
  const outcome = await runFinetune(jobOf(8, { modelId: await modelId() }), seen.options);
  expect([...outcome.trainedOn, ...outcome.heldOut].sort()).toEqual([0, 1, 3, 4, 5, 6, 7]);
  const [skipped] = seen.parts.filter((part) => part.kind === 'skipped');
  expect(skipped).toMatchObject({ index: 2 });
});

test('a learning rate that makes numbers burst stops the run and keeps the last good step', async () => {
  const seen = watch();
  const settings = { ...SETTINGS, learningRate: 1e30, warmUpSteps: 1, numSteps: 20 };
  const run = runFinetune(jobOf(8, { modelId: await modelId(), settings }), seen.options);
  await expect(run).rejects.toMatchObject({ name: 'TrainingDiverged' });
  const kept = seen.parts.filter((part) => part.kind === 'checkpoint').at(-1);
  const { parameters } = (kept as KeptPart & { kind: 'checkpoint' }).checkpoint;
  expect(parameters.every(Number.isFinite)).toBe(true);
});

test('a run does not go on with other weights than it was begun with', async () => {
  const id = await modelId();
  const base = { modelId: id, version: '0.0.1', unetSha256: 'ab'.repeat(32) };
  await expect(runFinetune(jobOf(8, { modelId: id, base }), watch().options)).rejects.toMatchObject(
    {
      name: 'RequestInvalid',
      message: expect.stringMatching(/^"This run" was learnt on version 0\.0\.1/) as string,
    },
  );

  const items = jobOf(8).items.map((item, i) => ({
    ...item,
    latents: new Float32Array(12).fill(i),
  }));
  await expect(
    runFinetune(jobOf(8, { modelId: id, items }), watch().options),
  ).rejects.toMatchObject({
    name: 'RequestInvalid',
    message: expect.stringMatching(/another version of the model .*got 12 and such/) as string,
  });
});
