import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { ReaderTestState } from '../../../src/views/evaluate/reader-test.svelte';
import ReaderTest from '../../../src/views/evaluate/ReaderTest.svelte';

const trials = (synthetic: boolean, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ...{ name: `${synthetic ? 'made' : 'real'}-${i}`, synthetic },
    read: async () => new Blob([`${i}`], { type: 'image/png' }),
  }));

test('equal numbers of both kinds come in an order that a seed decides', () => {
  const one = new ReaderTestState(trials(false, 30), trials(true, 12), 20, 5);
  const again = new ReaderTestState(trials(false, 30), trials(true, 12), 20, 5);
  const other = new ReaderTestState(trials(false, 30), trials(true, 12), 20, 6);
  expect(one.trials.filter(({ synthetic }) => synthetic)).toHaveLength(10);
  expect(one.trials).toHaveLength(20);
  const names = (state: ReaderTestState) => state.trials.map(({ name }) => name);
  expect(names(again)).toEqual(names(one));
  expect(names(other)).not.toEqual(names(one));
});

test('keys answer, and the end shows the exact interval', async () => {
  const state = new ReaderTestState(trials(false, 5), trials(true, 5), 10, 1);
  await render(ReaderTest, { test: state, onclose: () => undefined });
  await expect.element(page.getByText('Picture 1 of 10')).toBeVisible();
  await expect.element(page.getByText(/90 for a reader .* 65 % /)).toBeVisible();
  for (let i = 0; i < 10; i++) {
    await expect.poll(() => state.url).not.toBe('');
    await userEvent.keyboard(state.trials[i].synthetic ? 's' : 'r');
    await expect.poll(() => state.answers.length).toBe(i + 1);
  }
  // Clopper and Pearson: 10 of 10 is 0.692 to 1.
  await expect
    .element(page.getByText(/10 of 10 right: 100 % \(exact 95 %:\s+69 to 100 %\)/))
    .toBeVisible();
  await expect.element(page.getByText(/You can tell them apart/)).toBeVisible();
});

test('half right is not distinguishable from guessing, and stopping early counts what was said', async () => {
  const state = new ReaderTestState(trials(false, 8), trials(true, 8), 16, 1);
  await state.show();
  for (let i = 0; i < 8; i++) await state.answer(i % 2 === 0 ? true : false);
  state.stop();
  expect(state.done).toBe(true);
  expect(state.score.right).toBeLessThanOrEqual(8);
  expect(state.score.low).toBeLessThan(0.5);
  expect(state.score.high).toBeGreaterThan(0.5);
  expect(state.verdict).toMatch(/Not distinguishable/);
});

test('a file that cannot be read is no trial', async () => {
  const real = trials(false, 3);
  real[1].read = async () => Promise.reject(new Error('broken'));
  const state = new ReaderTestState(real, trials(true, 3), 6, 1);
  await state.show();
  while (!state.done) await state.answer(true);
  expect(state.answers.map(({ name }) => name)).not.toContain('real-1');
  expect(state.answers).toHaveLength(5);
});
