import type { Scan } from './scan-profile';

/** docs/privacy-disk.md: what the search of the disk has found. */
export function writeDiskReport(scans: Record<string, Scan>, date: string): string {
  const rows = Object.entries(scans).map(([mode, { files, bytes, unpacked, found }]) => {
    const hits = new Set(found.map(({ file }) => file)).size || '**0**';
    return `| ${mode} | ${files} | ${(bytes / 1e6).toFixed(0)} MB | ${unpacked} | ${hits} |`;
  });
  const control = Object.values(scans)[0].found;
  const lines = control.map(({ file, what, packed }) => {
    const plain = file.replace(/(?<=http_127\.0\.0\.1_)\d+/, '…').replaceAll('|', ' ');
    return `- ${what} in \`${plain}\`${packed ? ', unpacked' : ''}`;
  });
  return `# What lies on the disk

Written by \`npm run prove-privacy\` on ${date}. Run it yourself: it overwrites this file.

A browser with a fresh profile made pictures of a prompt with a word that is nowhere else, a sweep and a data set with
it, and saved them in every way there is without a save dialog: one PNG, the sheet of the sweep, the gallery and the
data set as ZIPs of PNG, 16-bit PNG, DICOM and NIfTI, and a recipe; it compared the gallery with a folder of images
whose names have the word, gave that comparison a name with it and saved both reports; it tuned the model on those
images, with the word in caption and title, and saved the tuned model. Then the browser was closed and every file of
its profile searched.

| how images are kept | files | bytes | unpacked and searched too | files with words, pixels or PNG data |
| --- | ---: | ---: | ---: | ---: |
${rows.join('\n')}

Searched for: the word in UTF-8, UTF-16 and base64; runs of 12 pixel bytes of four pictures as RGB, RGBA, BGRA and
grey; runs of their PNGs' compressed data; the same of one of the images of the folder; runs of the tuned model's
factors. Searched in: each file as it lies, and what could be unpacked of it
(LevelDB blocks packed with Snappy, gzip, zlib, members of ZIPs). Brotli and Zstandard were not unpacked; the app
writes neither.

The first row is the control: where nothing is encrypted the same search found, in these files:

${lines.join('\n')}

Not searched, and not shown by this: the saved files themselves, which lie where the user put them, in clear; the
browser's history of downloads, which this browser, driven by a program, does not keep (so under encryption and in a
session the names of saved files say neither prompt nor title: \`tests/unit/browser/save-file.test.ts\`); swap files of
the operating system; other browsers.
`;
}
