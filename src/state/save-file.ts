/** Hands a file to the browser's own "save" machinery; nothing is sent anywhere. */
export function saveFile(url: string, name: string) {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
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
