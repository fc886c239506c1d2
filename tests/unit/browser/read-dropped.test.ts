import { expect, test } from 'vitest';
import { readPicked } from '../../../src/browser/read-dropped';
import { labelOf, readLabels } from '../../../src/pictures/imported-image';

/** Files as a browser gives those of a folder that was picked. */
function picked(...paths: string[]): FileList {
  const files = paths.map((path) => {
    const file = new File([path.endsWith('.csv') ? 'file,label\na/1,sick' : '?'], path);
    Object.defineProperty(file, 'webkitRelativePath', { value: path });
    return file;
  });
  return files as unknown as FileList;
}

test('what macOS puts beside the files of a folder is none of them', async () => {
  // As on a disk of another system, where each file has a shadow of that name, before it in every list.
  const paths = ['set/._labels.csv', 'set/a/._1.png', 'set/.DS_Store', 'set/a/1.png'];
  const files = readPicked(picked(...paths, 'set/labels.csv'));
  expect(files.map(({ path }) => path)).toEqual(['set/a/1.png', 'set/labels.csv']);
  expect((await readLabels(files))?.size).toBe(1);
});

test.each(['1.png', '1', 'a/1.png', 'a/1', 'set/a/1.png', 'set/a/1'])(
  'a CSV names the file of set/a/1.png by %s',
  (name) => {
    expect(labelOf('set/a/1.png', new Map([[name, 'sick']]))).toBe('sick');
  },
);
