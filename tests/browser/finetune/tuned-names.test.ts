/** What `<lora:NAME>` means where several files have one name: many trainers call every file pytorch_lora_weights. */
import { expect, test } from 'vitest';
import { createMemoryRecords } from '../../../src/common/records';
import { FinetuneStore, type FinetuneRecord } from '../../../src/finetune/finetune-store';
import { writeSafetensors } from '../../../src/finetune/safetensors';
import { importTuned } from '../../../src/views/finetune/tuned-file';
import { TunedState } from '../../../src/views/finetune/tuned.svelte';
import { tunableEntry, fakeRequest } from '../views/ui-fakes';

function file(number: number, name = 'pytorch_lora_weights.safetensors') {
  const tensor = (kind: string, data = Float32Array.of(number)) => {
    return { name: `unet.conv_in.lora_${kind}.weight`, shape: [1, 1], data };
  };
  return new File([writeSafetensors([tensor('A'), tensor('B')], {})], name);
}

async function withFiles(...files: File[]) {
  const store = new FinetuneStore(createMemoryRecords<FinetuneRecord>());
  for (const one of files) await importTuned(store, one);
  const tuned = new TunedState(store, tunableEntry(), [tunableEntry()]);
  await tuned.load();
  return { store, tuned };
}

/** The number that the file had which is used. */
async function drawnWith(tuned: TunedState, name: string) {
  const { moreLoras } = await tuned.fill(fakeRequest({ prompt: `chest x-ray <lora:${name}>` }));
  return moreLoras![0].factors![0].data[0];
}

test('a file of a name that another file has gets a number, and both can be named', async () => {
  const { tuned } = await withFiles(file(1), file(2), file(3), file(1));
  expect(tuned.models.map(({ facts }) => facts.title).sort()).toEqual([
    ...['pytorch_lora_weights', 'pytorch_lora_weights'],
    ...['pytorch_lora_weights 2', 'pytorch_lora_weights 3'],
  ]);
  expect(await drawnWith(tuned, 'pytorch_lora_weights')).toBe(1);
  expect(await drawnWith(tuned, 'pytorch_lora_weights 2')).toBe(2);
  expect(await drawnWith(tuned, 'pytorch_lora_weights_3')).toBe(3);
});

test('words that were learned with files which a prompt names are known, those of other files are not', async () => {
  const { store, tuned } = await withFiles(
    file(1, 'knees.safetensors'),
    file(2, 'hips.safetensors'),
  );
  for (const { id, facts, ...rest } of tuned.models) {
    await store.addTuned(
      {
        ...rest,
        id: `${id} too`,
        facts: { ...facts, title: `${facts.title} too`, word: facts.title },
      },
      [],
    );
  }
  await tuned.load();
  expect(tuned.learnedWords('an x-ray <lora:knees too:0.5> <lora:nothing of that name>')).toEqual([
    'knees',
  ]);
  expect(tuned.learnedWords('an x-ray <lora:knees>')).toEqual([]);
  await tuned.choose(tuned.models.find(({ facts }) => facts.title === 'hips too')!.id);
  expect(tuned.learnedWords('an x-ray <lora:knees too>').sort()).toEqual(['hips', 'knees']);
});

test('a name that two others share is not guessed; one that fits the model goes before one that does not', async () => {
  const { store, tuned } = await withFiles(file(1, 'knees.safetensors'));
  const [kept] = tuned.models;
  const other = { ...kept, id: 'other', sha256: 'ab' };
  const factors = [{ name: 'lora.unet.conv_in.down', dims: [1, 1], data: Float32Array.of(2) }];
  await store.addTuned({ ...other, facts: { ...kept.facts, modelId: 'elsewhere' } }, factors);
  await tuned.load();
  expect(await drawnWith(tuned, 'knees')).toBe(1);
  await store.addTuned({ ...other, id: 'third' }, factors);
  await tuned.load();
  await expect(drawnWith(tuned, 'knees')).rejects.toMatchObject({
    name: 'TunedMissing',
    message: expect.stringContaining('2 tuned models or LoRAs are called "knees"') as string,
  });
});
