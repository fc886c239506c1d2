import { BlobReader, BlobWriter, ZipWriter } from '@zip.js/zip.js';
import { expect, test } from 'vitest';
import { readZip } from '../../../src/browser/read-zip';

/** A ZIP of these files, path → text; with a password all are encrypted. */
async function zipOf(files: Record<string, string>, password?: string): Promise<File> {
  const writer = new ZipWriter(new BlobWriter('application/zip'), { useWebWorkers: false });
  for (const [path, text] of Object.entries(files)) {
    await writer.add(path, new BlobReader(new Blob([text])), password ? { password } : {});
  }
  return new File([await writer.close()], 'scans.zip');
}

test('the files of a ZIP come as those of a folder of its name, without what macOS adds', async () => {
  const zip = await zipOf({
    'normal/1.png': 'one',
    'labels.csv': 'file,label',
    '__MACOSX/normal/._1.png': 'fork',
    'normal/.DS_Store': 'store',
  });
  const files = await readZip(zip);

  expect(files.map(({ path }) => path)).toEqual(['scans/normal/1.png', 'scans/labels.csv']);
  expect(files[0].file.name).toBe('1.png');
  expect(await files[0].file.text()).toBe('one');
});

test.each([
  ['a file that is none', async () => new File(['no ZIP at all'], 'scans.zip')],
  ['one that is cut', async () => new File([(await zipOf({ a: 'text' })).slice(0, 30)], 's.zip')],
  ['an encrypted one', () => zipOf({ 'a.png': 'secret' }, 'word')],
])('%s is refused by name, with what to do', async (_, make) => {
  await expect(readZip(await make())).rejects.toMatchObject({
    name: 'ImageUnreadable',
    message: expect.stringMatching(/^The ZIP cannot be read .*Unpack it/) as string,
  });
});
