import { expect, test } from 'vitest';
import { damagedFile } from '../../fuzz/damaged-files';
import { fetchOriginals } from '../../fuzz/page-originals';
import { readImage } from '../../../src/image/read-image';

test('a code stream that holds its decoder for ever is given up, and the next file is read', async () => {
  const originals = await fetchOriginals('DICOM');
  // Found by fuzzing: an HTJ2K whose tiles never end.
  const endless = await damagedFile('DICOM', originals, 5211);
  const whole = originals.find(({ name }) => name === 'ct-htj2k.dcm')!;
  await readImage(new Blob([whole.bytes])); // the decoder is loaded
  const start = performance.now();
  await expect(readImage(new Blob([endless]))).rejects.toMatchObject({
    name: 'ImageUnreadable',
    message: expect.stringContaining('did not end within') as string,
  });
  expect(performance.now() - start).toBeLessThan(3000); // 0.6 s where nothing else runs
  expect(await readImage(new Blob([whole.bytes]))).toMatchObject({ format: 'DICOM' });
});
