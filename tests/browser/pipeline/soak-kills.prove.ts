/** Work that is killed at any moment, twenty times: `npm run prove-soak`. */
import { createMemoryRecords } from '../../../src/common/records';
import { expect, test } from 'vitest';
import { runFinetune } from '../../../src/bridge/finetune-client';
import { FinetuneStore, newRun } from '../../../src/finetune/finetune-store';
import { FinetuneProgress } from '../../../src/views/finetune/finetune-progress.svelte';
import type { FinetuneStateParts } from '../../../src/views/finetune/finetune.svelte';
import { createQueue, fakeMaker, fakeRecipe, freshName, openStore } from '../state/dataset-fakes';
import { disc, manifestUrl, modelId, SETTINGS } from '../finetune/finetune-job';

const KILLS = 20;
const HOUR = 3_600_000;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const never = new Promise<void>(() => undefined);

/** Moments that differ from kill to kill and are the same in each run. */
function createMoments(seed: number) {
  let state = seed;
  return (most: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return (state / 2 ** 31) * most;
  };
}

test(
  'a data set whose page is killed 20 times has every image once in the end',
  async () => {
    const name = freshName();
    const moment = createMoments(16);
    const total = 400;
    const asked = new Map<number, number>();
    const count = (index: number) => void asked.set(index, (asked.get(index) ?? 0) + 1);
    const first = await openStore(name);
    let queue = createQueue(first.store, { generate: () => never as never });
    const { id } = await queue.add(fakeRecipe(total));
    first.records.close();
    for (let kill = 0; kill <= KILLS; kill++) {
      let killed = false;
      const { store, records } = await openStore(name);
      const { maker } = fakeMaker(async (index) => {
        if (killed) await never;
        count(index);
        await wait(2);
      });
      queue = createQueue(store, maker);
      await queue.open();
      if (kill < KILLS) {
        await wait(moment(60));
        killed = true; // nothing of this page runs on
        records.close();
      } else await expect.poll(() => queue.sets[0].status, { timeout: 60_000 }).toBe('done');
    }
    const { store } = await openStore(name);
    expect(await store.indices(id)).toEqual(Array.from({ length: total }, (_, i) => i));
    const facts = await store.facts(id);
    const pictures = await Promise.all(
      facts.map(async (one) => (await store.picture(one.id))!.png.text()),
    );
    expect(new Set(pictures).size).toBe(total);
    const again = [...asked.values()].filter((times) => times > 1).length;
    console.log(`data set: ${KILLS} kills, ${total} images, ${again} begun twice, none lost`);
    // Only what was in the making at a kill is begun twice.
    expect(again).toBeLessThanOrEqual(KILLS);
    expect(Math.max(...asked.values())).toBeLessThanOrEqual(KILLS);
  },
  HOUR,
);

/** Trains with a checkpoint every other step; each worker is ended so many milliseconds after its first step. */
async function train(lives: (kill: number) => number | null) {
  const store = new FinetuneStore(createMemoryRecords());
  let kills = 0;
  const steps: number[] = [];
  const finetuner: Awaited<ReturnType<FinetuneStateParts['finetuner']>> = (job, hooks) => {
    steps.push(job.checkpoint?.step ?? 0);
    const ms = lives(kills++);
    const kill = new AbortController();
    let begun = false;
    const onReport: typeof hooks.onReport = (report) => {
      hooks.onReport(report);
      if (report.stage === 'train' && !begun && ms !== null) setTimeout(() => kill.abort(), ms);
      begun ||= report.stage === 'train';
    };
    const signal = AbortSignal.any([hooks.signal, kill.signal]);
    return runFinetune(job, { ...hooks, onReport, signal, manifestUrl });
  };
  const names = Array.from({ length: 8 }, (_, i) => `${i}.png`);
  const run = newRun({
    ...{ title: 'Discs', modelId: await modelId() },
    settings: { ...SETTINGS, numSteps: 400, evaluateEvery: 100, sampleEvery: 400, numSamples: 0 },
    items: names.map((name) => ({ name, caption: 'chest x-ray', covariates: {} })),
  });
  await store.putRun(run);
  const progress = new FinetuneProgress(run, {
    ...{ store, finetuner: async () => finetuner, choice: () => 'wasm', sessionOnly: true },
  } as FinetuneStateParts);
  const files = names.map((path, i) => ({ path, file: new File([disc(i)], path) }));
  while (!(await progress.go(files))) expect(steps.length).toBeLessThan(60);
  return { tuned: (await store.tuned())[0], steps, kept: await store.tuned() };
}

test(
  'a training whose worker is killed 20 times ends with the very numbers of one that was left alone',
  async () => {
    const moment = createMoments(7);
    const killed = await train((kill) => (kill < KILLS ? moment(300) : null));
    const alone = await train(() => null);
    expect(killed.kept).toHaveLength(1);
    expect(killed.tuned.sha256).toBe(alone.tuned.sha256);
    expect(killed.tuned.facts.steps).toBe(400);
    expect([...killed.steps].sort((a, b) => a - b)).toEqual(killed.steps); // never back
    console.log(
      `training: ${killed.steps.length - 1} kills, went on from ${killed.steps.join(', ')}`,
    );
    expect(killed.steps.length).toBe(KILLS + 1);
    expect(killed.steps[KILLS]).toBeGreaterThan(20);
  },
  HOUR,
);
