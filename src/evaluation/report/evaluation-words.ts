import { ENOUGH_FOR_VERDICT } from '../../common/enough-for-verdict';
import type { ArmResult } from '../usefulness/compare-arms';
import { FIGURES, type Figure } from '../metrics/figures/figure';
import type { Kid } from '../metrics/kid';
import type { Estimate } from '../metrics/percentile';
import type { CopyReport, EvaluationReport, MembershipReport } from './report';

/** Three decimals, fewer where they say nothing. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const text = value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 3);
  return text === '-0.000' ? '0.000' : text;
}

/** "0.261 (0.247 to 0.282)". */
export function describeInterval({ value, low, high }: Estimate): string {
  return `${figure(value)} (${figure(low)} to ${figure(high)})`;
}

/** "1.2 %". */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** "30 held-out real images"; where none were given, what stood in for them. */
export function heldOutWords({ numHoldout, heldInTurn }: CopyReport): string {
  return heldInTurn
    ? `${numHoldout} real images, each held out in turn because no held-out set was given,`
    : `${numHoldout} held-out real images`;
}

/** What an export may have of copies, and whether this is more. */
export function describeLimit(copies: CopyReport): string {
  const { low, limit, aboveLimit } = copies;
  if (aboveLimit === null) return noVerdict(copies);
  return (
    `Limit for an export: ${percent(limit)}, the share of ${heldOutWords(copies)} that are as near by chance. The ` +
    `interval begins at ${percent(low)}: ${aboveLimit ? 'above it, so an export is refused or marked' : 'not above it'}.`
  );
}

/** What a comparison found of copies, in whole sentences: the same for an evaluation, a fine-tuning and a terminal. */
export function copyWords(copies: CopyFigures): string {
  const { count, numSynthetic, rate, aboveLimit } = copies;
  const near = `${count} of ${numSynthetic} are nearer to a real image than held-out ones usually are`;
  if (aboveLimit === null) return `${noVerdict(copies)} ${near}.`;
  if (count === 0) return 'None found.';
  const more = aboveLimit
    ? 'more than among held-out real images: above the limit for an export'
    : 'no more than chance allows: within the limit for an export';
  return `${count} (${percent(rate)}), ${more}.`;
}

/** What the words take of a report. */
export type CopyFigures = Pick<
  CopyReport,
  'count' | 'numSynthetic' | 'numHoldout' | 'rate' | 'aboveLimit'
>;

/** From how many on there is a verdict. */
export function noVerdict({
  numSynthetic,
  numHoldout,
}: Pick<CopyFigures, 'numSynthetic' | 'numHoldout'>): string {
  const { heldOut, synthetic } = ENOUGH_FOR_VERDICT;
  return (
    `No verdict: that takes at least ${heldOut} held-out images and ${synthetic} synthetic ones, and there are ${numHoldout} ` +
    `and ${numSynthetic}.`
  );
}

/** "42 s" or "3 min 20 s". */
export function seconds(value: number): string {
  const whole = Math.round(value);
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** The whole comparison in three plain sentences: how real, whose copies, of what use. */
export function plainVerdict({ kid, coverage, copies, usefulness }: EvaluationReport): string[] {
  return [likeReal(kid, coverage), ofNobody(copies), ofUse(usefulness)];
}

function likeReal(kid: EvaluationReport['kid'], coverage: number | null): string {
  const told = kid && tellsApart(kid);
  if (told === null) return 'There are too few images to say how real the synthetic ones look.';
  const shown =
    coverage === null
      ? ''
      : `; ${Math.round(100 * coverage)} % of the real ones have a synthetic one near them`;
  return told
    ? `A network tells the synthetic images from the real ones${shown}.`
    : `A network does not tell the synthetic images from the real ones${shown}.`;
}

/** Whether KID lies above what real images measure; null where a handful of images has no interval or no floor. */
function tellsApart(kid: Kid): boolean | null {
  const floor = kid.floorHigh ?? kid.floor;
  if (![kid.low, kid.high, floor].every(Number.isFinite)) return null;
  return kid.low > Math.max(floor, 0);
}

function ofNobody(copies: CopyReport | null): string {
  if (!copies) return 'Nobody has looked for copies of real images.';
  const { count, aboveLimit } = copies;
  if (aboveLimit === null)
    return 'There are too few images to say whether any is a copy of a real one.';
  if (count === 0) return 'None of them is a copy of a real image.';
  return aboveLimit
    ? `${count} of them come too near to real images: do not give this set away before you have looked at them.`
    : `${count} of them are near to real images, no more than real images are to each other.`;
}

function ofUse(usefulness: EvaluationReport['usefulness']): string {
  const last =
    usefulness?.sizes.at(-1)?.balancedAccuracy ?? usefulness?.segmentation?.sizes.at(-1)?.dice;
  return last ? plainGain(last) : 'Whether they help to train a classifier was not measured.';
}

/** What arms that learn from both gained over real ones alone, in a plain sentence. */
export function plainGain(arms: Record<string, ArmResult>): string {
  const gains = Object.entries(arms).flatMap(([arm, { gain }]) =>
    gain && arm !== 'synthetic' ? [gain] : [],
  );
  const helped = gains.some(({ low }) => low > 0);
  const hurt = !helped && gains.every(({ high }) => high < 0);
  if (hurt) return 'Training with them beside the real ones made it worse.';
  return helped
    ? 'Training with them beside the real ones made it better.'
    : 'Training with them beside the real ones made no difference that these numbers could show.';
}

/** What the figures come to, each a plain sentence; nothing is claimed that an interval does not allow. */
export function verdictOf(report: EvaluationReport): string[] {
  return [
    ...realism(report),
    ...spread(report),
    ...copied(report),
    ...betrayed(report),
    ...useful(report),
  ];
}

function realism({ kid }: EvaluationReport): string[] {
  if (!kid) return ['Too few images for KID.'];
  const apart = tellsApart(kid);
  const told =
    apart === null
      ? 'too few images to say whether the network tells them apart from real ones'
      : apart
        ? 'the network tells them apart from real ones'
        : 'not distinguishable from real ones by these features and numbers';
  return [
    `Realistic? KID ${describeInterval(kid)}, real against real ${figure(kid.floor)}: ${told}.`,
  ];
}

function spread({ coverage, fidelity, networks, msSsim }: EvaluationReport): string[] {
  if (coverage === null) return [];
  const real = fidelity[networks[0].id][0].realPrdc;
  const beside = real ? ` (real images: ${percent(real.coverage)})` : '';
  const alike = msSsim.synthetic && msSsim.real && msSsim.synthetic.low > msSsim.real.high;
  return [
    `Varied? ${percent(coverage)} of the real images have a synthetic neighbour${beside}` +
      `${alike ? '; images of one label are more alike than real ones are' : ''}.`,
  ];
}

function copied({ copies }: EvaluationReport): string[] {
  if (!copies) return [];
  const look = copies.count > 0 || copies.aboveLimit === null ? ' Look at the nearest pairs.' : '';
  return [`Copies? ${copyWords(copies)}${look}`];
}

function betrayed({ membership }: EvaluationReport): string[] {
  if (!membership) return [];
  const { auc, model } = membership;
  const told =
    auc.low > 0.5
      ? 'the model knows its training images from others'
      : 'its training images are not distinguishable from others by this loss and these numbers';
  return [`Memorised? Membership AUC ${describeInterval(auc)} of ${model.title}: ${told}.`];
}

/** How membership was tested, in whole sentences. */
export function describeMembership(found: MembershipReport): string {
  const { model, tuned, numMembers, numHoldout, meanLoss, numShared } = found;
  return (
    `${model.title}${tuned ? `, tuned as "${tuned.title}"` : ''}: the chance that the denoising loss of a training image is ` +
    `below that of a held-out one; 0.5 betrays nothing. ${numMembers} training images (mean loss ` +
    `${figure(meanLoss.members)}), ${numHoldout} held out (${figure(meanLoss.holdout)}). One noise for all, no guidance; ` +
    'prompts from the CSV, else the labels. Interval by DeLong et al. 1988. A stronger attack may tell more.' +
    (numShared > 0 ? ` ${numShared} files are on both sides, which draws the figure to 0.5.` : '')
  );
}

/** [level, AUC with its interval], the mean first. */
export function membershipRows({ auc, byLevel }: MembershipReport): string[][] {
  return [
    ['all levels', describeInterval(auc)],
    ...byLevel.map(({ level, auc: at }) => [percent(level), describeInterval(at)]),
  ];
}

function useful({ usefulness }: EvaluationReport): string[] {
  if (!usefulness) return [];
  const { sizes, segmentation } = usefulness;
  return [
    ...sizes.map(({ numReal, balancedAccuracy }) =>
      gained(`${numReal} real training images`, 'balanced accuracy', balancedAccuracy),
    ),
    ...(segmentation?.sizes ?? []).map(({ numReal, dice }) =>
      gained(`${numReal} real images and masks`, 'Dice', dice),
    ),
  ];
}

/** Of the arms that learn from both. */
function gained(trained: string, metric: string, arms: Record<string, ArmResult>): string {
  const gains = Object.entries(arms).flatMap(([arm, { gain }]) =>
    gain && arm !== 'synthetic' ? [{ arm, ...gain }] : [],
  );
  const best = gains.reduce((a, b) => (b.value > a.value ? b : a));
  const sign = best.value >= 0 ? '+' : '';
  return `Useful? With ${trained}, ${best.arm}: ${metric} ${sign}${describeInterval(best)}, ${best.verdict}.`;
}

/** Every registered figure that a report knows, with its title; null where there were too few images for it. */
export function figuresOf(report: EvaluationReport): { title: string; found: Figure | null }[] {
  // Reports of earlier versions know FID alone.
  const figures: Record<string, Figure | null> = report.figures ?? { fid: report.fid };
  return FIGURES.flatMap(([name, title]) =>
    name in figures ? [{ title, found: figures[name] }] : [],
  );
}

/** The same in words. */
export function figureWords(report: EvaluationReport): { title: string; words: string }[] {
  return figuresOf(report).map(({ title, found }) => ({ title, words: describeFigure(found) }));
}

function describeFigure(found: Figure | null): string {
  if (!found) return 'not shown: too few images';
  const floor = found.floor === null ? 'not measured: too few real images' : figure(found.floor);
  return `${figure(found.value)}, real against real ${floor}`;
}
