/**
 * From so many on either side a verdict on copies means something: the share of 20 held-out images is known to 5 %, and of 20
 * pictures without a copy the exact 95 % interval ends at 17 %. Two samples and five images once said "100 %" of a model in
 * which an evaluation found none.
 */
export const ENOUGH_FOR_VERDICT = { heldOut: 20, synthetic: 20 };
