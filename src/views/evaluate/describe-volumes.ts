import { copyVerdict } from '../../evaluation/copies/copy-limit';
import { noVerdict, percent } from '../../evaluation/report/evaluation-words';
import type { ShapeName, VolumeReport } from '../../evaluation/judge-volumes';
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

/** What was found of copies, in whole sentences; each real volume was held out in turn. */
export function describeVolumeCopies({ copies, realShare, numReal }: VolumeReport): string {
  const { count, of, share } = copies;
  const sides = { numSynthetic: of.length, numHoldout: numReal };
  if (copyVerdict(count, { ...sides, limit: realShare }) === null) {
    return `${noVerdict(sides)} ${count} of ${of.length} are nearer to a real volume than those usually are to each other.`;
  }
  return (
    `${count} of ${of.length} suspected of being copies (${percent(share.low)} to ${percent(share.high)}); of the real ones ` +
    `${percent(realShare)} are as near to another.`
  );
}
