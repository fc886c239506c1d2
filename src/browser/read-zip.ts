import type { DroppedFile } from '../contract/download';
import { appError } from '../errors';
import { isHidden } from './read-dropped';

/** More files than anybody compares, and more bytes than a page can hold. */
const MOST_FILES = 20_000;
const MOST_BYTES = 2 ** 31;

/**
 * The files of a ZIP as if its folder had been picked, `NAME/path/in/zip`; each is unpacked as it is found, for a ZIP holds
 * no files. What programs of macOS put beside them is left out. Rejects with `ImageUnreadable` where it is no ZIP, damaged,
 * encrypted or too large.
 */
export async function readZip(zip: File): Promise<DroppedFile[]> {
  const { BlobReader, BlobWriter, ZipReader } =
    await import('@zip.js/zip.js/lib/zip-core-native.js');
  // Its own workers would come from blob: addresses, which the page's policy forbids.
  const reader = new ZipReader(new BlobReader(zip), { useWebWorkers: false });
  const root = zip.name.replace(/\.zip$/i, '').replaceAll('/', '-') || 'ZIP';
  const files: DroppedFile[] = [];
  let bytes = 0;
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      const { filename } = entry;
      if (entry.directory || isHidden(filename)) continue;
      if (entry.encrypted) throw unreadable(`${filename} in it is encrypted`);
      bytes += entry.uncompressedSize;
      if (files.length === MOST_FILES || bytes > MOST_BYTES) {
        throw unreadable(`it holds more than ${MOST_FILES} files or 2 GB`);
      }
      const blob = await entry.getData(new BlobWriter(), { checkSignature: true });
      const name = filename.split('/').at(-1)!;
      files.push({ path: `${root}/${filename}`, file: new File([blob], name) });
    }
  } catch (error) {
    if ((error as Error).name === 'ImageUnreadable') throw error;
    throw unreadable((error as Error).message, error);
  } finally {
    await reader.close();
  }
  return files;
}

function unreadable(got: string, cause?: unknown): Error {
  return appError(
    'ImageUnreadable',
    `The ZIP cannot be read (expected a whole one with images, got one of which ${got}). Unpack it, and choose the folder.`,
    cause,
  );
}
