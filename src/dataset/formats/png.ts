import { decode, type FileFormat } from './format';
import { withoutColour } from './modality';

/** As it was made; a picture without colour has one channel, and its texts come along. */
const png: FileFormat = {
  ending: 'png',
  async encode({ png, record, keepColour }) {
    if (keepColour) return png;
    const made = await decode(png);
    const { width, height, channels, samples } = withoutColour(made, record);
    if (channels === made.channels) return png;
    const { encodeSamples, readPngTexts } = await import('../../image/png');
    return encodeSamples({ width, height, samples }, await readPngTexts(png));
  },
};

export default png;
