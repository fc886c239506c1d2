import type { ReadSet } from '../metrics/read-features';
import type { SetName } from './report';

/** What a reader of the figures has to know about the images, in whole sentences. */
export function warningsOf(sets: Record<SetName, ReadSet>): string[] {
  const { real, synthetic, holdout } = sets;
  return [
    ...sameFiles(real, synthetic),
    ...sameInHoldout(real, holdout),
    ...samePatients(real, holdout),
    ...marks(real, synthetic),
    ...checked(synthetic),
    ...labels(real, synthetic),
    ...sizes(sets),
    ...counts(sets),
  ];
}

function shared(a: ReadSet, b: ReadSet): number {
  const ids = new Set(a.features.map(({ id }) => id));
  return b.features.filter(({ id }) => ids.has(id)).length;
}

function sameFiles(real: ReadSet, synthetic: ReadSet): string[] {
  const count = shared(real, synthetic);
  if (count === 0) return [];
  if (count === synthetic.features.length) {
    return [
      'The synthetic images are all among the real ones, file by file: the same folder was chosen twice.',
    ];
  }
  return [`${count} files are in both sets: they are no synthetic images, or exact copies.`];
}

function sameInHoldout(real: ReadSet, holdout: ReadSet): string[] {
  const count = shared(real, holdout);
  return count > 0
    ? [`${count} held-out files are among the real ones too, so they are not held out.`]
    : [];
}

function samePatients(real: ReadSet, holdout: ReadSet): string[] {
  const held = new Set(holdout.images.flatMap(({ group }) => group ?? []));
  const count = real.images.filter(({ group }) => group !== undefined && held.has(group)).length;
  return count > 0
    ? [
        `${count} of ${real.images.length} real images are of patients who are held out too: no classifier or segmenter learns ` +
          'from them.',
      ]
    : [];
}

function marks(real: ReadSet, synthetic: ReadSet): string[] {
  const marked = ({ features }: ReadSet) => features.filter((one) => one.marked).length;
  const [inReal, inSynthetic] = [marked(real), marked(synthetic)];
  const composite = synthetic.features.filter((one) => one.composite).length;
  const partly =
    composite > 0
      ? [
          `${composite} of ${synthetic.features.length} images in the synthetic set say of themselves that they contain parts ` +
            'of a source image: no figure here is one of synthetic images alone.',
        ]
      : [];
  if (inReal === 0) return partly;
  const swapped = inReal > real.features.length / 2 && inSynthetic < synthetic.features.length / 2;
  return [
    ...partly,
    `${inReal} of ${real.features.length} images in the real set say of themselves that they are synthetic, wholly or in part` +
      `${swapped ? ': real and synthetic are probably swapped' : ''}.`,
  ];
}

function checked({ images }: ReadSet): string[] {
  const by = images.flatMap(({ checkedBy }) => checkedBy ?? []);
  if (by.length === 0) return [];
  return [
    `${by.length} of ${images.length} synthetic images were drawn until ${[...new Set(by)].join(' and ')} saw what was asked ` +
      'for: figures of that network say nothing about how good they are.',
  ];
}

function labels(real: ReadSet, synthetic: ReadSet): string[] {
  const of = ({ images }: ReadSet) => new Set(images.map(({ label }) => label).filter(Boolean));
  const [inReal, inSynthetic] = [of(real), of(synthetic)];
  if (inReal.size === 0 || inSynthetic.size === 0) return [];
  const only = [...inSynthetic].filter((label) => !inReal.has(label));
  const missing = [...inReal].filter((label) => !inSynthetic.has(label));
  return [
    ...(only.length ? [`No real images have the label ${quoted(only)}.`] : []),
    ...(missing.length ? [`No synthetic images have the label ${quoted(missing)}.`] : []),
  ];
}

function quoted(names: string[]): string {
  const shown = names.slice(0, 5).map((name) => `"${name}"`);
  return shown.join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
}

function sizes(sets: Record<SetName, ReadSet>): string[] {
  const all = Object.values(sets).flatMap(({ features }) => features);
  const shapes = new Set(all.map(({ width, height }) => `${width} × ${height}`));
  const square = all.every(({ width, height }) => width === height);
  const bits = new Set(all.map((one) => one.bits));
  return [
    ...(shapes.size > 1
      ? [`The images have ${shapes.size} sizes; the networks see them all at one size.`]
      : []),
    ...(square ? [] : ['Images that are not square were cut to the square in their middle.']),
    ...(bits.size > 1
      ? [
          `Samples have ${[...bits].sort((a, b) => a - b).join(', ')} bits; all are seen at 8, as first shown.`,
        ]
      : []),
  ];
}

function counts({ real, synthetic }: Record<SetName, ReadSet>): string[] {
  const least = Math.min(real.images.length, synthetic.images.length);
  return least < 50
    ? [`With ${least} images on the smaller side every figure here is rough: look at its interval.`]
    : [];
}
