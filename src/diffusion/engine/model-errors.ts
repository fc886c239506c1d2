import { appError } from '../../errors';
import type { ModelEntry } from '../../models/manifest/manifest';

/** Asked to time what has no steps. */
export function notTimed({ title }: ModelEntry) {
  return appError(
    'ModelUnsupported',
    `${title} draws in one step, which leaves nothing to time (expected a diffusion model). Choose one.`,
  );
}

/** Its weights are not in the store, or not all of them. */
export function notInstalled(entry: ModelEntry) {
  return appError(
    'ModelCorrupt',
    `${entry.title} is not stored on this machine, or not whole. Download it, then try again.`,
  );
}
