import { randomId } from '../common/random-id';
import { saveBlob } from './save-file';

/** Where a ZIP is written to. */
export interface ZipTarget {
  stream: WritableStream<Uint8Array>;
  /** Call once the stream is closed. */
  finish(): Promise<void>;
  /** Call where writing failed or was stopped: leaves nothing behind. */
  discard(): Promise<void>;
}

/** What exports have left in this origin's private files, in clear. */
export interface LeftExports {
  files: number;
  bytes: number;
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
 * to the downloads when it is whole; else memory. Without `onDisk`, that is where images are encrypted or must not outlive
 * the session, it is memory at once. Call it in a click. Rejects with `AbortError` where nothing is picked.
 */
export async function openZipTarget(name: string, onDisk: boolean): Promise<ZipTarget> {
  const { showSaveFilePicker } = window as Picker;
  if (showSaveFilePicker) {
    const types = [{ accept: { 'application/zip': ['.zip'] } }];
    const handle = await showSaveFilePicker.call(window, { suggestedName: name, types });
    const nothing = async () => undefined;
    return { stream: await handle.createWritable(), finish: nothing, discard: nothing };
  }
  try {
    return onDisk ? await inOriginFile(name) : inMemory(name);
  } catch {
    return inMemory(name);
  }
}

/**
 * Removes what exports have left: a download may still read its file when the export ends. Another tab's stay while that tab
 * is open, but with `'every tab'`: at a lock nothing may lie in clear.
 */
export async function removeOldExports(of: 'closed tabs' | 'every tab' = 'closed tabs') {
  await eachExport(async (name, root) => {
    const remove = () => root.removeEntry(name).catch(() => undefined); // in use
    if (of === 'every tab') return remove();
    await navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? remove() : null));
  });
}

/** What lies there now. */
export async function measureExports(): Promise<LeftExports> {
  const found = { files: 0, bytes: 0 };
  await eachExport(async (name, root) => {
    const file = await (await root.getFileHandle(name)).getFile().catch(() => null);
    found.files++;
    found.bytes += file?.size ?? 0;
  });
  return found;
}

async function eachExport(
  work: (name: string, root: FileSystemDirectoryHandle) => Promise<unknown>,
) {
  const root = await navigator.storage?.getDirectory?.().catch(() => null);
  if (!root) return;
  // The DOM library of TypeScript 6 knows the handles, but not that a directory can be walked.
  const names = (root as unknown as { keys(): AsyncIterable<string> }).keys();
  for await (const name of names) if (name.startsWith(PREFIX)) await work(name, root);
}

async function inOriginFile(name: string): Promise<ZipTarget> {
  const root = await navigator.storage.getDirectory();
  const own = `${PREFIX}${randomId()}.zip`;
  // Held while this tab is open: its downloads read the file.
  const held = new Promise<void>((resolve) => {
    void navigator.locks.request(own, () => {
      resolve();
      return new Promise(() => undefined);
    });
  });
  await held;
  const handle = await root.getFileHandle(own, { create: true });
  return {
    stream: await handle.createWritable(),
    finish: async () => saveBlob(await handle.getFile(), name),
    discard: async () => void (await root.removeEntry(own).catch(() => undefined)),
  };
}

function inMemory(name: string): ZipTarget {
  let parts: BlobPart[] = [];
  const stream = new WritableStream<Uint8Array>({
    write: (chunk) => void parts.push(chunk as Uint8Array<ArrayBuffer>),
  });
  return {
    stream,
    finish: async () => {
      saveBlob(new Blob(parts, { type: 'application/zip' }), name);
      parts = [];
    },
    discard: async () => void (parts = []),
  };
}
