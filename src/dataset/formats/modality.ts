import type { DecodedImage } from '../../image/decoded-image';
import type { DicomOrigin } from '../../image/dicom/dicom-origin';
import type { DatasetDescription, ImageRecord } from '../dataset-item';

/** What modality a prompt's words stand for in DICOM; the first that fits. */
const MODALITY_WORDS: [RegExp, string][] = [
  [/x-?ray|radiograph/i, 'DX'],
  [/\bmri?\b|magnetic/i, 'MR'],
  [/\bct\b|tomograph/i, 'CT'],
  [/ultrasound|sonograph/i, 'US'],
  [/microscop|histolog/i, 'GM'],
  [/fundus|retina/i, 'OP'],
  [/skin|photo/i, 'XC'],
];

/** Their pictures have no colour: a difference of their channels is what a model could not do better. */
const GREY_MODALITIES = ['DX', 'MR', 'CT', 'US'];
/** Of microscopy this one too: one stain, shown as it lights up. */
const GREY_WORDS = /fluorescen/i;
/** A prompt that says any of these keeps its colours, whatever else it names. */
const COLOUR_WORDS =
  /\bskin\b|dermat|photo|fundus|retina|histolog|h&e|h\+e|hematoxylin|haematoxylin|stained|colou?r|doppler/i;

function modalityOf({ prompt }: Pick<ImageRecord, 'prompt'>): string {
  return MODALITY_WORDS.find(([words]) => words.test(prompt))?.[1] ?? 'OT';
}

/** Whether an image of a data set has no colour, as the words of its prompt have it. */
export function isGreyModality(record: Pick<ImageRecord, 'prompt'>): boolean {
  const { prompt } = record;
  if (COLOUR_WORDS.test(prompt)) return false;
  return GREY_WORDS.test(prompt) || GREY_MODALITIES.includes(modalityOf(record));
}

/** What a DICOM file says of where an image of a data set comes from; `position` is its place there, from 0. */
export function dicomOrigin(
  record: ImageRecord,
  { models, appVersion }: Pick<DatasetDescription, 'models' | 'appVersion'>,
  position: number,
): DicomOrigin {
  const model = models.find(({ hash }) => hash === record.modelHash);
  const { age, sex } = record.covariates;
  const tuned = [...(record.lora ? [record.lora] : []), ...(record.moreLoras ?? [])];
  return {
    modality: modalityOf(record),
    model: model ? `${model.title} ${model.version}` : record.modelId,
    modelHash: record.modelHash,
    appVersion,
    comments:
      `${record.prompt}\nseed ${record.seed}, index ${record.imageIndex}, ${record.numInferenceSteps} steps` +
      (model?.method ? `\nmade by ${model.method}, ${record.modelId}` : '') +
      tuned
        .map(({ title, strength }) => `\nfine-tuned with ${title}, strength ${strength}`)
        .join(''),
    instanceNumber: position + 1,
    createdAt: record.createdAt,
    provenance: record.provenance,
    ageYears: age,
    // The shipped model's covariate: female 0, male 1.
    sex: sex === 0 ? 'F' : sex === 1 ? 'M' : undefined,
  };
}

/** What PNGs hold. */
interface Image8Or16 extends DecodedImage {
  samples: Uint8Array | Uint16Array;
}

/**
 * Grey in three channels becomes grey in one, and so does what is of a grey modality, by the mean of its channels; colours of
 * 16 bit become 8, which is all DICOM and NIfTI have for them.
 */
export function withoutColour(
  image: DecodedImage,
  record: Pick<ImageRecord, 'prompt'>,
): Image8Or16 {
  const mustBeGrey = isGreyModality(record);
  const samples = image.samples as Uint8Array | Uint16Array;
  if (image.channels === 1) return { ...image, samples };
  const isGrey = samples.every((x, i) => i % 3 === 0 || x === samples[i - 1]);
  if (isGrey || mustBeGrey) {
    const grey = samples.slice(0, samples.length / 3);
    for (let i = 0; i < grey.length; i++) {
      grey[i] = Math.round((samples[3 * i] + samples[3 * i + 1] + samples[3 * i + 2]) / 3);
    }
    return { ...image, channels: 1, photometric: 'MONOCHROME2', samples: grey };
  }
  if (samples instanceof Uint8Array) return { ...image, samples };
  return { ...image, bits: 8, samples: Uint8Array.from(samples, (x) => Math.round(x / 257)) };
}
