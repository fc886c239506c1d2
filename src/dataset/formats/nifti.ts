import { niftiWords } from '../../image/provenance';
import { decode, narrow, type FileFormat } from './format';
import { withoutColour } from './modality';

const nifti: FileFormat = {
  ending: 'nii.gz',
  async encode({ png, record }) {
    const { encodeNiftiGz } = await import('../../image/nifti/write-nifti');
    const { width, height, channels, samples } = withoutColour(await decode(png), record);
    const content = { width, height, channels, samples, numSlices: 1, spacing: null };
    return encodeNiftiGz({ ...content, ...niftiWords(record.provenance) });
  },
  /** On the grid of the image. */
  async encodeMask({ mask, record }) {
    const { encodeNiftiGz } = await import('../../image/nifti/write-nifti');
    const { width, height } = mask;
    const grid = { width, height, channels: 1 as const, numSlices: 1, spacing: null };
    return encodeNiftiGz({ ...grid, samples: narrow(mask), ...niftiWords(record.provenance) });
  },
};

export default nifti;
