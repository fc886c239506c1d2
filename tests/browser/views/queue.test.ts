import '../../../src/styles/tokens.css';
import '../../../src/styles/base.css';
import { beforeEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import App from '../../../src/App.svelte';
import type { GenerationRequest } from '../../../src/contract/request';
import { appError } from '../../../src/errors';
import type { StudioState } from '../../../src/shell/studio.svelte';
import { fakeImage, fakeStudio } from './ui-fakes';

beforeEach(() => page.viewport(1280, 900));

/** A studio that draws when told to: `finish` ends the picture in the making, well or with an error. */
function studioInHand() {
  const drawn: GenerationRequest[] = [];
  let settle: (error?: Error) => void = () => undefined;
  const studio = fakeStudio({
    generate: (request, _choice, { signal }) =>
      new Promise((resolve, reject) => {
        drawn.push(request);
        settle = (error) => (error ? reject(error) : resolve(fakeImage(request)));
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  });
  return { studio, drawn, finish: (error?: Error) => settle(error) };
}

/** Asks for one picture of each prompt; resolves once the first is in the making. */
async function ask(studio: StudioState, drawn: GenerationRequest[], ...prompts: string[]) {
  for (const prompt of prompts) {
    studio.form.prompt = prompt;
    void studio.submit();
  }
  await expect.poll(() => drawn.length).toBe(1);
}

const promptsOf = (drawn: GenerationRequest[]) => drawn.map(({ prompt }) => prompt);

test('while a picture is drawn, Generate adds to a queue that can be changed by keyboard', async () => {
  const { studio, drawn, finish } = studioInHand();
  const screen = await render(App, { studio });
  await screen.getByRole('button', { name: /^Generate/ }).click();
  await expect.poll(() => drawn.length).toBe(1);
  const add = screen.getByRole('button', { name: /^Add to the queue/ });
  for (const prompt of ['chest b', 'chest c', 'chest d']) {
    await screen.getByRole('textbox', { name: 'Prompt', exact: true }).fill(prompt);
    await add.click();
  }
  await screen.getByRole('button', { name: '3 waiting …' }).click();
  const dialog = screen.getByRole('dialog', { name: 'The queue' });
  await expect.element(dialog.getByText('3 entries wait.')).toBeVisible();
  await expect.element(dialog.getByText('fake').first()).toBeVisible();

  // d goes before b; the focus goes along, and to the other button at the top.
  const up = dialog.getByRole('button', { name: /^Move up: chest d/ });
  await up.click();
  await expect.element(up).toHaveFocus();
  await userEvent.keyboard('{Enter}');
  await expect.element(up).toBeDisabled();
  await expect.element(dialog.getByRole('button', { name: /^Move down: chest d/ })).toHaveFocus();
  await dialog.getByRole('button', { name: /^Remove chest b/ }).click();

  await dialog.getByRole('button', { name: /^Change chest c/ }).click();
  await dialog.getByRole('textbox', { name: 'Prompt' }).fill('chest e, aged 70 years');
  await dialog.getByRole('spinbutton', { name: 'Count' }).fill('0');
  await expect.element(dialog.getByRole('button', { name: 'Save the change' })).toBeDisabled();
  await expect.element(dialog.getByRole('alert')).toHaveTextContent(/^Count: expected/);
  await dialog.getByRole('spinbutton', { name: 'Count' }).fill('2');
  await dialog.getByRole('spinbutton', { name: 'Seed' }).fill('5');
  await userEvent.keyboard('{Enter}');
  await expect.element(dialog.getByText('seed 5 · 2 images')).toBeVisible();
  await expect
    .element(dialog.getByRole('button', { name: 'Change chest e, aged 70 years, seed 5' }))
    .toHaveFocus();
  await userEvent.keyboard('{Escape}');

  for (const numDrawn of [2, 3, 4]) {
    finish();
    await expect.poll(() => drawn.length).toBe(numDrawn);
  }
  finish();
  await expect.poll(() => studio.generation.running).toBe(false);
  const changed = 'chest e, aged 70 years';
  expect(promptsOf(drawn.slice(1))).toEqual(['chest d', changed, changed]);
  expect(drawn.slice(2).map(({ seed, imageIndex }) => [seed, imageIndex])).toEqual([
    [5, 0],
    [5, 1],
  ]);
  expect(drawn[2].covariates).toMatchObject({ age: 70 });
  await expect.element(screen.getByRole('button', { name: /^Generate/ })).toBeVisible();
});

test('a cancel ends the picture in the making, and the next one begins', async () => {
  const { studio, drawn, finish } = studioInHand();
  const screen = await render(App, { studio });
  await ask(studio, drawn, 'chest a', 'chest b', 'chest c');
  await screen.getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => promptsOf(drawn)).toEqual(['chest a', 'chest b']);
  await expect.element(screen.getByRole('button', { name: '1 waiting …' })).toBeVisible();
  await screen.getByRole('button', { name: '1 waiting …' }).click();
  studio.queue.clear();
  await expect.element(screen.getByText('Nothing waits.')).toBeVisible();
  finish();
  await studio.generation.idle();
  expect(drawn).toHaveLength(2);
});

test('one that is changed waits until that is over; Escape leaves it as it was, and the dialog open', async () => {
  const { studio, drawn, finish } = studioInHand();
  const screen = await render(App, { studio });
  await ask(studio, drawn, 'chest a', 'chest b');
  await screen.getByRole('button', { name: '1 waiting …' }).click();
  await screen.getByRole('button', { name: /^Change chest b/ }).click();
  const prompt = screen.getByRole('dialog').getByRole('textbox', { name: 'Prompt' });
  await expect.element(prompt).toHaveFocus();
  await prompt.fill('chest half');
  finish();
  await studio.generation.idle();
  expect(studio.queue.waiting).toHaveLength(1);
  await userEvent.keyboard('{Escape}');
  await expect.poll(() => promptsOf(drawn)).toEqual(['chest a', 'chest b']);
  await expect.element(screen.getByRole('dialog')).toBeVisible();
  expect(studio.gallery.entries).toHaveLength(1);
  studio.generation.cancel();
});

test('the error of one is named, the next goes on, and what is left of it can be put back', async () => {
  const { studio, drawn, finish } = studioInHand();
  const screen = await render(App, { studio });
  studio.form.count = 2;
  await ask(studio, drawn, 'chest a', 'chest b');
  finish();
  await expect.poll(() => drawn.length).toBe(2);
  finish(appError('DeviceLost', 'The device was lost. Try again.'));
  await expect.poll(() => promptsOf(drawn)).toEqual(['chest a', 'chest a', 'chest b']);
  expect(studio.generation.error).toBeNull();
  finish();
  await expect.poll(() => drawn.length).toBe(4);
  finish();
  await screen.getByRole('button', { name: '1 not drawn …' }).click();
  const dialog = screen.getByRole('dialog', { name: 'The queue' });
  await expect.element(dialog.getByText('chest a', { exact: true })).toBeVisible();
  await expect.element(dialog.getByText(/^The device was lost/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Put it back' }).click();
  await expect.poll(() => drawn.length).toBe(5);
  expect(drawn[4]).toEqual({ ...drawn[1] });
  finish();
  await studio.generation.idle();
  expect(studio.gallery.entries).toHaveLength(4);
  expect(studio.queue.failed).toEqual([]);
});

test('without a model all wait for the retry; forgetting forgets them too', async () => {
  const prepare = () => Promise.reject(appError('DeviceLost', 'No device.'));
  const studio = fakeStudio({ prepare });
  studio.form.prompt = 'chest a';
  const first = studio.submit();
  studio.form.prompt = 'chest b';
  void studio.submit();
  await first;
  expect(studio.generation.blocked).toBe(true);
  expect(promptsOf(studio.queue.waiting.map(({ request }) => request))).toEqual(['chest b']);
  expect(studio.busy).toBe(true);
  studio.generation.forget();
  expect(studio.queue.waiting).toEqual([]);
});

test('on a phone the list fits, and every button can be reached', async () => {
  await page.viewport(380, 800);
  const { studio, drawn } = studioInHand();
  const screen = await render(App, { studio });
  await ask(studio, drawn, 'chest a', 'chest '.repeat(30).trim(), 'chest c');
  await screen.getByRole('button', { name: '2 waiting …' }).click();
  await screen.getByRole('button', { name: /^Change chest c, seed/ }).click();
  await expect.element(screen.getByRole('button', { name: 'Save the change' })).toBeVisible();
  const dialog = document.querySelector('dialog[open]')!;
  expect(dialog.scrollWidth).toBeLessThanOrEqual(dialog.clientWidth);
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(380);
  studio.queue.clear();
  studio.generation.cancel();
});
