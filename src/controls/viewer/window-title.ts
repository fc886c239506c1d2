import type { WindowPreset } from '../../image/window-level';
import { texts } from '../texts';

/** A window's name: of several in the file with its number. */
export function windowTitle(id: string, presets: readonly WindowPreset[]): string {
  if (id in texts.windows) return texts.windows[id as keyof typeof texts.windows];
  const ofFile = presets.filter((one) => one.id.startsWith('file-'));
  const at = ofFile.findIndex((one) => one.id === id);
  return ofFile.length > 1 ? texts.asInFileNo(at + 1) : texts.asInFile;
}
