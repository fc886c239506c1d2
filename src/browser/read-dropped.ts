import type { DroppedFile } from '../contract/download';

/** Hidden files, and what macOS puts beside each file on disks of other systems ("._labels.csv"): nobody means them. */
export const isHidden = (path: string) => /(^|\/)(__MACOSX\/|\.)/.test(path);
const meant = (files: DroppedFile[]) => files.filter(({ path }) => !isHidden(path));

/** All files of a drop, those inside folders too, with their paths below what was dropped. */
export async function readDropped({ items, files }: DataTransfer): Promise<DroppedFile[]> {
  // The items are gone after the first await.
  const entries = [...items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  if (entries.length === 0) return readPicked(files);
  return meant((await Promise.all(entries.map(readEntry))).flat());
}

/** The files of an input, those of a folder with their paths in it. */
export function readPicked(files: FileList): DroppedFile[] {
  return meant([...files].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

async function readEntry(entry: FileSystemEntry): Promise<DroppedFile[]> {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    const read = (entry as FileSystemFileEntry).file.bind(entry);
    return [{ path, file: await new Promise(read) }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    // It answers with a hundred at a time, and with none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) break;
    children.push(...some);
  }
  return (await Promise.all(children.map(readEntry))).flat();
}
