import { csvLine, inert } from '../labels';
import { SPLITS } from '../splits';
import type { LaidOut, Layout } from './layout';

/**
 * split/label/file, as torchvision's `ImageFolder` reads it: folders are classes, in the order of their letters.
 * https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.ImageFolder.html
 */
const imagefolder: Layout = {
  formats: ['png', 'png-16'],
  howToLoad: `from torchvision.datasets import ImageFolder
train, test = ImageFolder("train"), ImageFolder("test")
assert train.class_to_idx == test.class_to_idx  # classes.csv counts the images of each`,
  begin: (records) => {
    const folders = folderNames(records.map(({ label }) => label));
    return {
      place: ({ record: { id, label }, split, endings }) => ({
        image: `${split}/${folders.get(label)!}/${id}.${endings.image}`,
        mask: `masks/${id}.${endings.mask}`,
      }),
      index: (rows) => ({ 'classes.csv': classTable(rows, folders) }),
    };
  },
};

export default imagefolder;

/** Label → what a file system takes as its folder; different labels get different ones, also where capitals do not count. */
export function folderNames(labels: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  const names = new Map<string, string>();
  for (const label of [...new Set(labels)].sort()) {
    const plain = label
      .normalize('NFC')
      // eslint-disable-next-line no-control-regex -- no file system has them in names
      .replace(/[\u0000-\u001f<>:"/\\|?*]+/g, '_')
      .replace(/^[\s.]+|[\s.]+$/g, '')
      .slice(0, 80);
    const base = plain || 'unlabelled';
    let name = base;
    for (let copy = 2; taken.has(name.toLowerCase()); copy++) name = `${base}-${copy}`;
    taken.add(name.toLowerCase());
    names.set(label, name);
  }
  return names;
}

/** A class without images in a split has no folder there, and the numbers of the others change. */
function classTable(rows: readonly LaidOut[], folders: ReadonlyMap<string, string>): string {
  const lines = [...folders].map(([label, folder]) => {
    const own = rows.filter(({ record }) => record.label === label);
    const counts = SPLITS.map((split) => own.filter((row) => row.split === split).length);
    return csvLine([inert(folder), inert(label), ...counts.map(String)]);
  });
  return [csvLine(['folder', 'label', ...SPLITS]), ...lines].join('');
}
