/**
 * Puts PNGs of one size side by side, row by row.
 *
 *     node cli/contact-sheet.js --columns N --out FILE.png IMAGE.png …
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { decode, encode } from 'fast-png';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { columns: { type: 'string', default: '4' }, out: { type: 'string' } },
});
if (!values.out || positionals.length === 0) {
  console.error('Usage: node cli/contact-sheet.js --columns N --out FILE.png IMAGE.png …');
  process.exit(2);
}

const images = positionals.map((path) => decode(readFileSync(path)));
const columns = Math.min(Number(values.columns), images.length);
const rows = Math.ceil(images.length / columns);
const { width, height } = images[0];
const sheet = new Uint8Array(columns * width * rows * height * 3);
for (const [k, image] of images.entries()) {
  if (image.width !== width || image.height !== height) {
    console.error(
      `${positionals[k]} is ${image.width}×${image.height}, expected ${width}×${height}.`,
    );
    process.exit(2);
  }
  const left = (k % columns) * width;
  const top = Math.floor(k / columns) * height;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const y = top + Math.floor(pixel / width);
    const x = left + (pixel % width);
    for (let c = 0; c < 3; c++) {
      sheet[(y * columns * width + x) * 3 + c] = image.data[pixel * image.channels + c];
    }
  }
}
writeFileSync(
  values.out,
  encode({ width: columns * width, height: rows * height, data: sheet, channels: 3 }),
);
