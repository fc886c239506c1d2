import { beforeAll, expect, test } from 'vitest';
import type { DroppedFile } from '../../../src/contract/download';
import { labelTableOf } from '../../../src/dataset/csv-labels';
import { captionsFor } from '../../../src/finetune/captions';
import { labelOf, readLabels } from '../../../src/pictures/imported-image';
import { listFolder } from '../../../src/views/evaluate/evaluation-lists';
import { collect, items } from './collect-export';

/** An exported data set, unpacked and chosen as a folder: its codebook.csv comes before its labels.csv. */
let folder: DroppedFile[];

beforeAll(async () => {
  const files = [...(await collect(items))].sort(([a], [b]) => (a < b ? -1 : 1));
  folder = files.map(([path, blob]) => ({ path: `my set/${path}`, file: new File([blob], path) }));
});

const LABELS = items.map(({ record }) => record.label);

test('an exported data set is evaluated with its own labels', async () => {
  const listed = await listFolder('real', folder, undefined);
  expect(listed.map(({ image }) => image.label)).toEqual(LABELS);
  expect(listed.map(({ image }) => image.mask)).toEqual(
    items.map((_, i) => (i > 0 ? `masks/image-0000${i}.png` : undefined)),
  );
});

test('it is imported with them, and what is learnt from it has its prompts', async () => {
  const labels = await readLabels(folder);
  const paths = items.map(({ record }) => `my set/images/${record.id}.png`);
  expect(paths.map((path) => labelOf(path, labels))).toEqual(LABELS);

  const csv = await (await labelTableOf(folder))!.file.text();
  const captions = captionsFor(paths, { source: 'csv', text: '', csv }, []);
  expect(captions.map(({ caption }) => caption)).toEqual(items.map(({ record }) => record.prompt));
});

test('of several tables that name files the one at the top counts; a lone one is taken as it is', async () => {
  const table = (path: string, text: string) => ({ path, file: new File([text], path) });
  const below = table('set/train/metadata.csv', 'file_name,text\n1.png,below\n');
  const top = table('set/z.csv', 'file,label\ntrain/1.png,top\n');
  expect(await labelTableOf([below, top])).toBe(top);
  const none = table('set/notes.csv', 'a,b\n1,2\n');
  expect(await labelTableOf([none])).toBe(none);
  expect(await labelTableOf([])).toBeUndefined();
});
