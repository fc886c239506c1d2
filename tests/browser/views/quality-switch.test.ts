import '../../../src/styles/tokens.css';
import { expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { createMemoryGallery } from '../../../src/gallery/gallery-store';
import { SettingsState } from '../../../src/browser/settings.svelte';
import { StudioState } from '../../../src/shell/studio.svelte';
import QualitySwitch from '../../../src/views/studio/QualitySwitch.svelte';
import { fakeClient, fakeEntry, fakeImage, fakeRequest } from './ui-fakes';

const { defaults } = fakeEntry();
const fast = fakeEntry({ defaults: { ...defaults, numInferenceSteps: 4, guidanceScale: 1 } });
const best = fakeEntry({ id: 'best', defaults: { ...defaults, numInferenceSteps: 20 } });

function studioOf(relatives: StudioState['relatives']) {
  return new StudioState({
    ...{ entry: fast, client: fakeClient(), store: createMemoryGallery(), sessionOnly: false },
    ...{ settings: new SettingsState(null), relatives },
  });
}

test('fast and best are offered with their steps, and with their seconds once a picture was made', async () => {
  const studio = studioOf([fast, best]);
  const screen = await render(QualitySwitch, { studio });
  await expect.element(screen.getByRole('radio', { name: /^Fast 4 steps$/ })).toBeChecked();
  await expect.element(screen.getByRole('radio', { name: /^Best 20 steps$/ })).toBeVisible();

  await studio.gallery.keep(fakeImage(fakeRequest({ guidanceScale: 1 })));
  // 40 ms for the words, 350 a step, 300 for the picture; a guided step costs two.
  await expect.element(screen.getByRole('radio', { name: /^Fast .*about 1\.7 s$/ })).toBeVisible();
  await expect.element(screen.getByRole('radio', { name: /^Best .*about 14 s$/ })).toBeVisible();
});

test('a model without a relative has no switch', async () => {
  const screen = await render(QualitySwitch, { studio: studioOf([fast]) });
  await expect.element(screen.getByRole('radio')).not.toBeInTheDocument();
});
