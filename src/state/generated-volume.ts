import type { GeneratedVolume } from '../../workers/api';
import { saveBlob } from './save-file';

/** "drawn: anterior hippocampus 1,702 mm³, posterior hippocampus 1,498 mm³". */
export function labelWords({ labelMm3 }: GeneratedVolume): string {
  const words = Object.entries(labelMm3).map(
    ([name, mm3]) => `${name} ${Math.round(mm3).toLocaleString('en')} mm³`,
  );
  return `drawn: ${words.join(', ')}`;
}

/** Both files of a volume, named after its picture. */
export function saveVolume({ image, labels }: GeneratedVolume, pngName: string) {
  const name = pngName.replace(/\.png$/, '');
  saveBlob(image, `${name}.nii.gz`);
  saveBlob(labels, `${name}_label.nii.gz`);
}
