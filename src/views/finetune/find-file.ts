import type { DroppedFile } from '../../contract/download';
import { appError } from '../../errors';

/** Images that were not encoded before a reload are asked for by name. */
export async function findFile(name: string, files: readonly DroppedFile[]): Promise<Blob> {
  const found = files.find(({ path }) => path === name);
  if (found) return found.file;
  throw appError(
    'RequestInvalid',
    `The image ${name} was not read before the page was closed (expected its folder again, got ${files.length} other files). ` +
      'Choose the same folder, then resume.',
  );
}
