import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import type { BackendChoice } from '../../../src/contract/request';
import { appError } from '../../../src/errors';
import { ModelState } from '../../../src/views/studio/state/model.svelte';
import RequestForm from '../../../src/views/studio/RequestForm.svelte';
import { endless, fakeClient, fakeImage, fakeRequest, fakeStudio } from '../views/ui-fakes';

const REPORT = fakeImage(fakeRequest()).backend;

test('a load installs, prepares and reports the backend', async () => {
  const calls: string[] = [];
  const client = fakeClient({
    install: async (id) => void calls.push(`install ${id}`),
    prepare: async (id, choice) => {
      calls.push(`prepare ${id} on ${choice}`);
      return REPORT;
    },
  });
  const model = new ModelState(client, 'fake');
  await model.load('wasm');
  expect(calls).toEqual(['install fake', 'prepare fake on wasm']);
  expect(model.phase).toBe('ready');
  expect(model.report).toEqual(REPORT);
  expect(model.progress).toBeNull();
});

test('what is reported after the end of a load is not shown', async () => {
  let report: Parameters<ReturnType<typeof endless>>[0]['onProgress'] | null = null;
  const prepare = async (
    _id: string,
    _choice: BackendChoice,
    { onProgress }: Parameters<ReturnType<typeof endless>>[0],
  ) => {
    report = onProgress;
    return REPORT;
  };
  const model = new ModelState(fakeClient({ prepare }), 'fake');
  await model.load('wasm');
  report!({ stage: 'self-test' });
  expect(model.progress).toBeNull();
});

test('a failed load names its error, and asking whether it is ready tries again', async () => {
  let attempts = 0;
  const install = async () => {
    if (++attempts === 1) throw appError('NetworkFailed', 'No answer. Try again.');
  };
  const model = new ModelState(fakeClient({ install }), 'fake');
  await model.load('auto');
  expect(model.phase).toBe('failed');
  expect(model.error?.name).toBe('NetworkFailed');
  expect(await model.ready('auto')).toBe(true);
  expect(model.error).toBeNull();
});

test('another choice of backend takes the place of the load in progress', async () => {
  const prepare = async (
    _id: string,
    choice: BackendChoice,
    job: Parameters<ReturnType<typeof endless>>[0],
  ) => (choice === 'webgpu' ? endless({ stage: 'self-test' })(job) : REPORT);
  const model = new ModelState(fakeClient({ prepare }), 'fake');
  const first = model.load('webgpu');
  await expect.poll(() => model.progress?.stage).toBe('self-test');
  const waiting = model.ready('webgpu');
  const second = model.load('wasm');
  await Promise.all([first, second]);
  expect(await waiting).toBe(true);
  expect(model.phase).toBe('ready');
  expect(model.error).toBeNull();
});

test('a reinstall removes the weights first', async () => {
  const calls: string[] = [];
  const client = fakeClient({
    remove: async () => void calls.push('remove'),
    install: async () => void calls.push('install'),
  });
  await new ModelState(client, 'fake').load('auto', { reinstall: true });
  expect(calls).toEqual(['remove', 'install']);
});

test('a touch of the form wakes a model that was ready, and none that is not', async () => {
  let woken = 0;
  const studio = fakeStudio({ wake: () => void woken++ });
  await render(RequestForm, { studio });
  const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true }).element();
  prompt.dispatchEvent(new FocusEvent('focusin', { bubbles: true }));
  expect(woken).toBe(0);
  await studio.open();
  prompt.dispatchEvent(new FocusEvent('focusin', { bubbles: true }));
  expect(woken).toBeGreaterThan(0); // the machine's own pointer may lie over the form too
});
