import { expect, test } from 'vitest';
import { createMemoryRecords } from '../../../src/common/records';
import type { DroppedFile } from '../../../src/contract/download';
import { FinetuneStore } from '../../../src/finetune/finetune-store';
import {
  FinetuneState,
  type FinetuneStateParts,
} from '../../../src/views/finetune/finetune.svelte';

const form = () =>
  new FinetuneState({
    ...{ store: new FinetuneStore(createMemoryRecords()), models: [], preferred: '' },
    ...{ sessionOnly: true, choice: () => 'wasm' },
  } as unknown as FinetuneStateParts);
const file = (path: string, text = ''): DroppedFile => ({ path, file: new File([text], path) });
const captions = ({ captioned }: FinetuneState) => captioned.rows.map(({ caption }) => caption);

test("the captions of one folder are not put under another folder's images of the same names", async () => {
  const finetune = form();
  await finetune.takeFiles([file('a/1.png'), file('a/captions.csv', 'file,caption\n1.png,knee\n')]);
  expect(captions(finetune)).toEqual(['knee']);
  await finetune.takeFiles([file('b/1.png')]);
  expect(finetune.csv).toBeNull();
  expect(captions(finetune)).toEqual(['']);
});

test('a CSV that was chosen by itself stays, whichever folder comes after it', async () => {
  const finetune = form();
  await finetune.takeCsv(file('captions.csv', 'file,caption\n1.png,wrist\n').file);
  await finetune.takeFiles([file('b/1.png')]);
  expect(captions(finetune)).toEqual(['wrist']);
});
