import { SPLITS, type Split } from '../splits';
import { json, type LaidOut, type Layout, type LayoutFacts } from './layout';

/** What the Medical Segmentation Decathlon calls the splits; MONAI knows "validation" too. */
const KEYS: Record<Split, string> = { train: 'training', validation: 'validation', test: 'test' };

/**
 * dataset.json as in the Medical Segmentation Decathlon, which MONAI's `load_decathlon_datalist` reads: pairs of image and
 * map of classes, or, without masks, of image and number of its label. https://docs.monai.io/en/stable/data.html
 */
const monai: Layout = {
  takesVolumes: true,
  howToLoad: `from monai.data import load_decathlon_datalist
pairs = load_decathlon_datalist("dataset.json", is_segmentation=True, data_list_key="training")
# False where "label" is a number: of a set without masks.`,
  begin: () => ({
    place: ({ record: { id }, split, endings }) => {
      const part = split === 'test' ? 'Ts' : 'Tr';
      return {
        image: `images${part}/${id}.${endings.image}`,
        mask: `masks/${id}.${endings.mask}`,
        classes: `labels${part}/${id}.${endings.mask}`,
      };
    },
    index: (rows, facts) => ({ 'dataset.json': json(datasetJson(rows, facts)) }),
  }),
};

export default monai;

function datasetJson(rows: readonly LaidOut[], { description, grey }: LayoutFacts) {
  const { title, description: words, licence, version, volumes, maskClasses } = description;
  const segmented = rows.length > 0 && rows.every(({ classes }) => classes !== '');
  const labels = segmented ? maskClasses : labelsOf(rows);
  const numberOf = new Map(labels.map((label, i) => [label, i]));
  const pairs = (split: Split) =>
    rows
      .filter((row) => row.split === split)
      .map(({ file, classes, record }) => ({
        image: `./${file}`,
        label: segmented ? `./${classes}` : numberOf.get(record.label)!,
      }));
  const lists = SPLITS.map((split) => [KEYS[split], pairs(split)] as const);
  return {
    name: title,
    description: words,
    licence: licence.name,
    release: version,
    tensorImageSize: volumes ? '3D' : '2D',
    modality: { 0: volumes ? 'MRI' : grey ? 'grey' : 'RGB' },
    labels: Object.fromEntries(labels.map((label, i) => [i, label])),
    numTraining: pairs('train').length,
    numTest: pairs('test').length,
    // MONAI looks at the first entry of a list that is there.
    ...Object.fromEntries(lists.filter(([, list]) => list.length > 0)),
  };
}

/** In the order of their letters, so that the same labels have the same numbers in every set. */
function labelsOf(rows: readonly LaidOut[]): string[] {
  return [...new Set(rows.map(({ record }) => record.label))].sort();
}
