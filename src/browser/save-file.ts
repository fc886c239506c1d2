import { keepsPlain } from './keeps-plain';

/**
 * The name to save a file under: this one, or one that says nothing but its kind and the time. A browser writes the name
 * of every download into its history, in clear, and keeps it for months.
 */
export function downloadName(name: string, now = new Date()): string {
  if (keepsPlain()) return name;
  const [, ending = ''] =
    /((?:_label)?(?:\.recipe|\.nii|\.phantoscope-project)?\.\w{1,12})$/.exec(name) ?? [];
  return `phantoscope-${now.toISOString().slice(0, 19).replace(/\D/g, '')}${ending}`;
}

/** Hands a file to the browser's own "save" machinery; nothing is sent anywhere. */
export function saveFile(url: string, name: string) {
  const link = document.createElement('a');
  link.href = url;
  link.download = downloadName(name);
  link.click();
}

/** So long the browser may take to begin to read what it saves; a download that has begun needs no address any more. */
const READ_MS = 60_000;

/** The same for bytes that have no address yet; the address goes when it is not needed any more. */
export function saveBlob(file: Blob, name: string) {
  const url = URL.createObjectURL(file);
  saveFile(url, name);
  setTimeout(() => URL.revokeObjectURL(url), READ_MS);
}
