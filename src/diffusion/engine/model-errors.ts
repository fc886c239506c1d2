import { appError } from '../../errors';
import type { ModelEntry } from '../../models/manifest/manifest';

/** Asked to time what has no steps. */
export function notTimed({ title }: ModelEntry) {
  return appError(
    'ModelUnsupported',
    `${title} draws in one step, which leaves nothing to time (expected a diffusion model). Choose one.`,
  );
}
