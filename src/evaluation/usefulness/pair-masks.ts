const MASK_FOLDER = 'masks';
const IMAGE_FOLDER = 'images';
const ENDINGS = ['png', 'nii.gz', 'dcm'];

/**
 * Image → mask, for those that have one: `NAME.mask.png` or `masks/NAME.png` beside the image, or, as a data set is
 * exported, `masks/NAME.png` for `images/NAME.png`; masks in `masks/` may be NIfTI or DICOM too, as their images are.
 */
export function pairMasks(paths: readonly string[]): Map<string, string> {
  const known = new Set(paths);
  const pairs = new Map<string, string>();
  for (const path of paths) {
    const mask = placesOf(path).find((place) => place !== path && known.has(place));
    if (mask !== undefined) pairs.set(path, mask);
  }
  return pairs;
}

function placesOf(path: string): string[] {
  const folders = path.split('/');
  const stem = folders.pop()!.replace(/(\.nii)?\.[^.]+$/i, '');
  const at = folders.indexOf(IMAGE_FOLDER);
  const exported = folders.map((name, i) => (i === at ? MASK_FOLDER : name));
  const join = (parts: string[], file: string) => [...parts, file].join('/');
  const inFolder = (parts: string[]) => ENDINGS.map((ending) => join(parts, `${stem}.${ending}`));
  return [
    join(folders, `${stem}.mask.png`),
    ...inFolder([...folders, MASK_FOLDER]),
    ...(at < 0 ? [] : inFolder(exported)),
  ];
}
