import { saveBlob } from './save-file';
import { randomId } from '../random-id';

/** Where a ZIP is written to. */
export interface ZipTarget {
  stream: WritableStream<Uint8Array>;
  /** Call once the stream is closed. */
  finish(): Promise<void>;
}

const PREFIX = 'export-';

/** TypeScript's DOM library does not know it yet. */
interface Picker {
  showSaveFilePicker?: (options: {
    suggestedName: string;
    types: { accept: Record<string, string[]> }[];
  }) => Promise<FileSystemFileHandle>;
}

/**
 * A file that the user picks, written as it comes; where the browser has no such picker, a file of this origin, handed
 * to the downloads when it is whole; else memory. Call it in a click. Rejects with `AbortError` where nothing is picked.
 */
export async function openZipTarget(name: string): Promise<ZipTarget> {
  const { showSaveFilePicker } = window as Picker;
  if (showSaveFilePicker) {
    const types = [{ accept: { 'application/zip': ['.zip'] } }];
    const handle = await showSaveFilePicker.call(window, { suggestedName: name, types });
    return { stream: await handle.createWritable(), finish: async () => undefined };
  }
  try {
    return await inOriginFile(name);
  } catch {
    return inMemory(name);
  }
}

/** Removes what earlier exports have left: a download may still read its file when the export ends. */
export async function removeOldExports() {
  const root = await navigator.storage?.getDirectory?.().catch(() => null);
  if (!root) return;
  // The DOM library of TypeScript 6 knows the handles, but not that a directory can be walked.
  const names = (root as unknown as { keys(): AsyncIterable<string> }).keys();
  for await (const name of names) {
    if (name.startsWith(PREFIX)) await root.removeEntry(name).catch(() => undefined); // in use
  }
}

async function inOriginFile(name: string): Promise<ZipTarget> {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle(`${PREFIX}${randomId()}.zip`, { create: true });
  return {
    stream: await handle.createWritable(),
    finish: async () => saveBlob(await handle.getFile(), name),
  };
}

function inMemory(name: string): ZipTarget {
  const parts: BlobPart[] = [];
  const stream = new WritableStream<Uint8Array>({
    write: (chunk) => void parts.push(chunk as Uint8Array<ArrayBuffer>),
  });
  return {
    stream,
    finish: async () => saveBlob(new Blob(parts, { type: 'application/zip' }), name),
  };
}
