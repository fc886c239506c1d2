import type { ShapeName } from '../../evaluation/judge-volumes';
import type { VolumeFacts } from '../../models/manifest/manifest';

/** What the measures of a label map are called. */
export function shapeTitles([, first, second]: VolumeFacts['labels']): Record<ShapeName, string> {
  return {
    first: `${first}, mm³`,
    second: `${second}, mm³`,
    surface: 'surface, mm²',
    firstShare: `share of ${first}`,
  };
}
