import { expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import { FormState } from '../../../src/controls/form.svelte';
import SamplingFields from '../../../src/views/studio/SamplingFields.svelte';
import { fakeEntry } from './ui-fakes';

function choosyForm(change: Partial<DiffusionEntry> = {}) {
  const entry = fakeEntry();
  const [scheduler] = entry.schedulers;
  const schedulers = [
    { ...scheduler, type: 'ddim' as const },
    { ...scheduler, type: 'dpm-solver-multistep' as const, id: 'karras', useKarrasSigmas: true },
  ];
  const defaults = { ...entry.defaults, scheduler: 'ddim' };
  return new FormState({ ...entry, schedulers, defaults, ...change });
}

test('a model with several schedulers lets the user pick one by name', async () => {
  const form = choosyForm();
  const screen = await render(SamplingFields, { form });
  const picker = screen.getByRole('combobox', { name: 'Scheduler' });
  await expect.element(picker).toHaveValue('ddim');
  await picker.selectOptions('DPM-Solver++ 2M (Karras)');
  expect(form.nextRequest().scheduler).toBe('karras');
});

test('a model with one scheduler has nothing to pick, and without a range no guidance rescale', async () => {
  const screen = await render(SamplingFields, { form: new FormState(fakeEntry()) });
  expect(screen.getByRole('combobox', { name: 'Scheduler' }).elements()).toEqual([]);
  expect(screen.getByRole('spinbutton', { name: 'Rescale' }).elements()).toEqual([]);
});

test('guidance rescale is a field where the manifest has a range for it', async () => {
  const ranges = { ...fakeEntry().ranges, guidanceRescale: [0, 1] as [number, number] };
  const form = choosyForm({ ranges });
  const screen = await render(SamplingFields, { form });
  await screen.getByRole('spinbutton', { name: 'Rescale' }).fill('0.7');
  expect(form.nextRequest().guidanceRescale).toBe(0.7);
});
