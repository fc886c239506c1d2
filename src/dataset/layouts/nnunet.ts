import { json, type LaidOut, type Layout, type LayoutFacts } from './layout';

/**
 * A raw data set of nnU-Net v2; validation images are training cases too, and splits_final.json says which they are.
 * https://github.com/MIC-DKFZ/nnUNet/blob/master/documentation/dataset_format.md
 */
const nnunet: Layout = {
  formats: ['png', 'png-16', 'nifti'],
  needsMasks: true,
  takesVolumes: true,
  sameChannels: true,
  howToLoad: `# Put this folder into $nnUNet_raw as Dataset501_NAME; then, in a shell:
# nnUNetv2_plan_and_preprocess -d 501 --verify_dataset_integrity
# cp splits_final.json "$nnUNet_preprocessed/Dataset501_NAME/"   # trains as split here: nnUNetv2_train 501 2d 0`,
  begin: () => ({
    place: ({ record: { id }, split, endings }) => {
      const part = split === 'test' ? 'Ts' : 'Tr';
      return {
        // _0000: the first input file of a case; a colour PNG holds its three channels.
        image: `images${part}/${id}_0000.${endings.image}`,
        mask: `masks/${id}.${endings.mask}`,
        classes: `labels${part}/${id}.${endings.mask}`,
      };
    },
    index: (rows, facts) => ({
      'dataset.json': json(datasetJson(rows, facts)),
      'splits_final.json': json([{ train: ids(rows, 'train'), val: ids(rows, 'validation') }]),
    }),
  }),
};

export default nnunet;

function datasetJson(rows: readonly LaidOut[], { description, ending, grey }: LayoutFacts) {
  const { title, description: words, licence, version, maskClasses, volumes } = description;
  const channels = volumes ? ['MRI'] : grey ? ['grey'] : ['R', 'G', 'B'];
  return {
    channel_names: Object.fromEntries(channels.map((name, i) => [i, name])),
    labels: Object.fromEntries(maskClasses.map((name, i) => [name, i])),
    numTraining: rows.filter(({ split }) => split !== 'test').length,
    file_ending: ending,
    name: title,
    description: words,
    licence: licence.name,
    release: version,
  };
}

function ids(rows: readonly LaidOut[], split: string): string[] {
  return rows.filter((row) => row.split === split).map(({ record }) => record.id);
}
