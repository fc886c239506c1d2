import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { beginDataset, refuseOldDataset, saveDatasetFile } from '../../../cli/save-files.js';

const folderOf = () => mkdtempSync(join(tmpdir(), 'phantoscope-'));

test('no data set is written among the images of another one that was interrupted', () => {
  const out = folderOf();
  beginDataset(out, 'one');
  saveDatasetFile(out, 'images/image-00000.png', '');
  expect(() => refuseOldDataset(out, 'another')).toThrow(/a part of another data set/);
  expect(() => refuseOldDataset(out, 'one')).not.toThrow(); // the same files are written over it
});

test('a whole set leaves no note, and is not written over', () => {
  const out = folderOf();
  refuseOldDataset(out, 'one');
  const finish = beginDataset(out, 'one');
  saveDatasetFile(out, 'labels.csv', '');
  finish();
  expect(readdirSync(out)).toEqual(['labels.csv']);
  expect(() => refuseOldDataset(out, 'one')).toThrow(/holds a data set already/);
});
