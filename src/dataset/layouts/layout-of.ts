import { appError } from '../../errors';
import type { DatasetDescription, ImageRecord } from '../dataset-item';
import type { ImageFileFormat } from '../formats/format';
import { isGreyModality } from '../formats/modality';
import type { Layout, LayoutName } from './layout';
import formatTitles from '../formats/titles.json';
import titles from './titles.json';

const FILES = import.meta.glob<Layout>(['./*.ts', '!./layout.ts', '!./layout-of.ts'], {
  eager: true,
  import: 'default',
});

/** A layout by its name. */
export function layoutOf(name: LayoutName): Layout {
  return FILES[`./${name}.ts`];
}

/** What decides whether a layout can be had: what the images are said to be, before any is read. */
export type LayoutCase = Pick<DatasetDescription, 'volumes'> & {
  records: readonly Pick<ImageRecord, 'prompt' | 'provenance'>[];
};

/** Why a data set cannot be laid out like this, in two sentences; null where it can. */
export function layoutRefusal(
  name: LayoutName,
  format: ImageFileFormat,
  { records, volumes = false }: LayoutCase,
): string | null {
  const layout = layoutOf(name);
  const title = titles[name];
  const { formats, needsMasks, takesVolumes } = layout;
  if (volumes && !takesVolumes) {
    return `The layout "${title}" is for pictures (expected those, got volumes). Choose another layout.`;
  }
  if (volumes && name !== 'plain' && format !== 'nifti') {
    return (
      `Volumes in the layout "${title}" are NIfTI (expected nifti, got ${format}). ` +
      `Choose the format "${formatTitles.nifti}".`
    );
  }
  if (formats && !formats.includes(format)) {
    return (
      `What the layout "${title}" is for cannot read this format (expected ${formats.join(' or ')}, got ${format}). ` +
      'Choose another format.'
    );
  }
  const bare = records.filter(({ provenance }) => provenance.origin !== 'mask').length;
  if (needsMasks && !volumes && bare > 0) {
    return (
      `The layout "${title}" is for segmentation (expected a mask with every image, got ${bare} images without). ` +
      'Choose another layout, or a recipe whose rows all have masks.'
    );
  }
  const coloured = records.some((record) => !isGreyModality(record));
  if (name !== 'plain' && format === 'nifti' && !volumes && coloured) {
    return (
      `NIfTI keeps the colours of a picture in one voxel, which what the layout "${title}" is for cannot read (expected grey ` +
      'pictures). Choose the format PNG.'
    );
  }
  return null;
}

/** Throws `RequestInvalid` where there is a reason. */
export function checkLayout(name: LayoutName, format: ImageFileFormat, about: LayoutCase) {
  const refusal = layoutRefusal(name, format, about);
  if (refusal) throw appError('RequestInvalid', refusal);
}
