/**
 * Rows that may be learnt from: none of a patient, or of a file, that is tested on. Whoever knows the patient tells the
 * image by that, and the test would say nothing about other patients.
 */
export function heldApart(groups: readonly string[], tested: readonly string[]): number[] {
  const known = new Set(tested);
  return groups.flatMap((group, i) => (known.has(group) ? [] : [i]));
}
