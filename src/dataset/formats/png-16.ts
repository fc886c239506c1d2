import { decode, type FileFormat } from './format';

/** The same values in 16 bit, for programs that take no other; a picture has 8 bit of them. */
const png16: FileFormat = { ending: 'png', encode: ({ png }) => asPng16(png) };

export default png16;

/** White stays white: 255 becomes 65,535. Metadata are taken over. */
async function asPng16(png: Blob): Promise<Blob> {
  const { width, height, samples } = await decode(png);
  if (samples instanceof Uint16Array) return png;
  const { encodeSamples, readPngTexts } = await import('../../image/png');
  const wide = Uint16Array.from(samples, (x) => x * 257);
  return encodeSamples({ width, height, samples: wide }, await readPngTexts(png));
}
