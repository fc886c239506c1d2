import { ENOUGH_FOR_VERDICT } from '../../common/enough-for-verdict';
import { binomialInterval } from '../metrics/binomial';

/**
 * Whether so many suspected copies are more than an export may have. The limit is the share of real held-out images that
 * lie as near to a real one by chance; the exact 95 % interval of the copies (Clopper and Pearson 1934) must not lie above it.
 */
export function isAboveLimit(count: number, total: number, limit: number): boolean {
  return total > 0 && binomialInterval(count, total).low > limit;
}

/** Whether so many copies are more than held-out images allow; null where too few were compared to say. */
export function copyVerdict(
  count: number,
  { numSynthetic, numHoldout, limit }: { numSynthetic: number; numHoldout: number; limit: number },
): boolean | null {
  const { heldOut, synthetic } = ENOUGH_FOR_VERDICT;
  if (numSynthetic < synthetic || numHoldout < heldOut) return null;
  return isAboveLimit(count, numSynthetic, limit);
}
