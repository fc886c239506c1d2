import { decode, type FileFormat } from './format';
import { dicomOrigin, withoutColour } from './modality';

const dicom: FileFormat = {
  ending: 'dcm',
  async encode({ png, record, description, position }) {
    const { encodeDicom } = await import('../../image/dicom/write-dicom');
    const image = withoutColour(await decode(png), record);
    return encodeDicom(image, dicomOrigin(record, description, position));
  },
};

export default dicom;
