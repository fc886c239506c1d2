/** Hands a file to the browser's own "save" machinery; nothing is sent anywhere. */
export function saveFile(url: string, name: string) {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}
