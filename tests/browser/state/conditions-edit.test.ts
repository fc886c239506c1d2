/** An edit by a sentence, while the image that it starts from changes. */
import { expect, test } from 'vitest';
import { EDIT_STANDARD } from '../../../src/common/edit-standard';
import { FormState } from '../../../src/controls/form.svelte';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import type { GalleryEntry } from '../../../src/views/gallery/gallery-entry';
import { EditForm, IMAGE_STRENGTH } from '../../../src/views/studio/edit/edit-form.svelte';
import { ConditionsState } from '../../../src/views/studio/state/conditions.svelte';
import { fakeEntry, fakeImage, fakeRequest, tinyPng } from '../views/ui-fakes';

const ENTRY = fakeEntry({
  image: { width: 16, height: 16 },
  conditions: { ...fakeEntry().conditions, initImage: true },
  components: { vaeEncoder: {} } as unknown as DiffusionEntry['components'],
});

async function entryOf(id: string, prompt: string) {
  return { id, ...fakeImage(fakeRequest({ prompt }), await tinyPng()) } as unknown as GalleryEntry;
}

/** As the form ticks "keep the rest". */
function keepRest(conditions: ConditionsState) {
  conditions.edit.on = true;
  conditions.strength = conditions.edit.standardStrength;
}

test('the next picture to start from is not forgotten as an edit forgets: its strength is that of an image', async () => {
  const conditions = new ConditionsState(ENTRY);
  await conditions.takeEntry(await entryOf('a', 'brain MRI, no tumor'));
  keepRest(conditions);
  expect(conditions.strength).toBe(EDIT_STANDARD.strength);
  await conditions.takeEntry(await entryOf('b', 'brain MRI, glioma'));
  expect(conditions.edit.on).toBe(false);
  expect(conditions.strength).toBe(IMAGE_STRENGTH);
});

test('a picture that cannot be read leaves what the one before it shows', async () => {
  const conditions = new ConditionsState(ENTRY);
  await conditions.takeEntry(await entryOf('a', 'brain MRI, no tumor'));
  const broken = { ...(await entryOf('b', 'brain MRI, glioma')), png: new Blob(['?']) };
  await conditions.takeEntry(broken);
  expect(conditions.error).not.toBeNull();
  expect(conditions.edit.shows).toBe('brain MRI, no tumor');
});

test('fitted in another way the image is still to be changed by the same sentence', async () => {
  const conditions = new ConditionsState(ENTRY);
  await conditions.takeEntry(await entryOf('a', 'brain MRI, no tumor'));
  keepRest(conditions);
  Object.assign(conditions.edit, { shows: 'brain MRI, no tumor, old', sentence: 'make it glioma' });
  await conditions.readAgain({ fit: 'pad' });
  const { edit, strength } = conditions;
  expect([edit.on, edit.shows, edit.sentence, strength]).toEqual([
    ...[true, 'brain MRI, no tumor, old', 'make it glioma', EDIT_STANDARD.strength],
  ]);
  expect(conditions.addTo(fakeRequest()).edit).toMatchObject({ prompt: edit.shows });
});

test('LoRA files that the prompt names stay when a change is put into it', () => {
  const form = new FormState(ENTRY);
  form.prompt = 'chest x-ray <lora:Knees:0.5>, 50 years old <lora:b>';
  const edit = new EditForm(ENTRY);
  edit.take({ prompt: 'chest x-ray, 50 years old', covariates: { age: 50 } });
  edit.sentence = '60 years old';
  edit.apply(form);
  expect(edit.error).toBeNull();
  expect(form.prompt).toBe('chest x-ray, 60 years old <lora:Knees:0.5> <lora:b>');
});

/** A picture whose bytes come when they are let go. */
async function slowEntry(prompt: string) {
  const entry = await entryOf('slow', prompt);
  let letGo = () => undefined as void;
  const coming = new Promise<void>((resolve) => (letGo = resolve));
  const bytes = await entry.png.arrayBuffer();
  entry.png.arrayBuffer = () => coming.then(() => bytes);
  return { entry, letGo };
}

test('the picture that was taken last is the one to start from, also where one before it comes later', async () => {
  const conditions = new ConditionsState(ENTRY);
  const { entry, letGo } = await slowEntry('chest x-ray');
  const slow = conditions.takeEntry(entry);
  await conditions.takeEntry(await entryOf('b', 'brain MRI, glioma'));
  letGo();
  await slow;
  expect(conditions.source?.sourceId).toBe('b');
  expect(conditions.edit.shows).toBe('brain MRI, glioma');
  expect(conditions.reading).toBe(false);
});

test('an image that is still being read does not come back after all was forgotten', async () => {
  const conditions = new ConditionsState(ENTRY);
  const { entry, letGo } = await slowEntry('chest x-ray');
  const slow = conditions.takeFile(entry.png);
  conditions.close(); // as when the stores are locked
  letGo();
  await slow;
  expect(conditions.source).toBeNull();
});
