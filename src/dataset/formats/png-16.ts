import { decode, type FileFormat, type ImageToEncode } from './format';
import { withoutColour } from './modality';

/** The same values in 16 bit, for programs that take no other; a picture has 8 bit of them. */
const png16: FileFormat = {
  ending: 'png',
  encode: asPng16,
  async encodeMask({ mask: { width, height, values } }) {
    const { encodeSamples } = await import('../../image/png');
    return encodeSamples({ width, height, samples: values }, MASK_TEXTS);
  },
};

export default png16;

const MASK_TEXTS = { Description: 'Mask of a synthetic image' };

/** White stays white: 255 becomes 65,535. Metadata are taken over. */
async function asPng16({ png, record, keepColour }: ImageToEncode): Promise<Blob> {
  const made = await decode(png);
  if (made.samples instanceof Uint16Array) return png;
  const { width, height, samples } = keepColour ? made : withoutColour(made, record);
  const { encodeSamples, readPngTexts } = await import('../../image/png');
  const wide = Uint16Array.from(samples, (x) => x * 257);
  return encodeSamples({ width, height, samples: wide }, await readPngTexts(png));
}
