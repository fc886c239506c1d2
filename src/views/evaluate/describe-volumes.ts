import { copyVerdict } from '../../evaluation/copies/copy-limit';
import { noVerdict } from '../../evaluation/report/evaluation-words';
import { percent } from './figures';
import type { ShapeName, VolumeReport } from '../../evaluation/judge-volumes';
import type { VolumeFacts } from '../../models/manifest/manifest';
import { texts } from './texts/results';

/** What the measures of a label map are called. */
export function shapeTitles([, first, second]: VolumeFacts['labels']): Record<ShapeName, string> {
  return {
    first: texts.inCubicMm(first),
    second: texts.inCubicMm(second),
    surface: texts.surface,
    firstShare: texts.shareOf(first),
  };
}

/** What was found of copies, in whole sentences; each real volume was held out in turn. */
export function describeVolumeCopies({ copies, realShare, numReal }: VolumeReport): string {
  const { count, of, share } = copies;
  const sides = { numSynthetic: of.length, numHoldout: numReal };
  if (copyVerdict(count, { ...sides, limit: realShare }) === null) {
    return texts.ofNearerToReal(noVerdict(sides), count, of.length);
  }
  return texts.ofSuspectedOfBeing(
    count,
    of.length,
    percent(share.low),
    percent(share.high),
    percent(realShare),
  );
}
