import { decode, narrow, type FileFormat } from './format';
import { dicomOrigin, withoutColour } from './modality';

const dicom: FileFormat = {
  ending: 'dcm',
  async encode({ png, record, description, position }) {
    const { encodeDicom } = await import('../../image/dicom/write-dicom');
    const image = withoutColour(await decode(png), record);
    return encodeDicom(image, dicomOrigin(record, description, position));
  },
  /** Numbers as MONOCHROME2: a segmentation object has a segment for each, and few programs read hundreds. */
  async encodeMask({ mask, record, description, position }) {
    const { encodeDicom } = await import('../../image/dicom/write-dicom');
    const { width, height } = mask;
    const origin = dicomOrigin(record, description, position);
    const comments = `Mask of image ${origin.instanceNumber}: 0 is background.\n${origin.comments}`;
    return encodeDicom(
      { width, height, channels: 1, samples: narrow(mask) },
      { ...origin, comments },
    );
  },
};

export default dicom;
