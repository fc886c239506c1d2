import type { Covariate } from '../../../models/manifest/manifest';
import { texts } from '../texts/studio';
import { fixed } from '../../../languages/numbers';

/** Below it a covariate changes less than anybody would see. */
const WEAK = 0.2;

/** Whether a model was seen to do what the covariate asks; `unmeasured`: nobody has looked. */
export function obedience({ measured }: Covariate): 'obeyed' | 'not obeyed' | 'unmeasured' {
  if (!measured) return 'unmeasured';
  const [low] = measured.interval;
  return low > 0 && measured.effect >= WEAK ? 'obeyed' : 'not obeyed';
}

/** The measurement in one sentence; empty where there is none. */
export function effectWords(covariate: Covariate): string {
  const { measured } = covariate;
  if (!measured) return '';
  const { effect, interval, n, measure, unit } = measured;
  const figures = texts.effectFigures(
    fixed(effect, 2),
    fixed(interval[0], 2),
    fixed(interval[1], 2),
    n,
  );
  const what = `${measure}${unit && `, ${unit}`}`;
  return obedience(covariate) === 'obeyed'
    ? texts.modelSeen(what, figures)
    : texts.modelNotSeen(what, figures);
}

/** Why this value is a leap in the dark; empty where it is not, or nobody has measured. */
export function rangeWarning(covariate: Covariate, value: number | null | undefined): string {
  const { measured, title, unit, choices } = covariate;
  if (!measured || typeof value !== 'number' || choices) return '';
  const [min, max] = measured.range;
  if (value >= min && value <= max) return '';
  return texts.outsideSeen(`${title} ${value}`, min, unit ? `${max} ${unit}` : String(max));
}

/** What there is to warn of in these values, one sentence each: out of range, or not seen to be obeyed. */
export function covariateWarnings(
  asked: Readonly<Record<string, number>>,
  covariates: readonly Covariate[],
): string[] {
  return covariates
    .filter(({ name }) => name in asked)
    .flatMap((covariate) => [
      rangeWarning(covariate, asked[covariate.name]),
      obedience(covariate) === 'not obeyed' ? effectWords(covariate) : '',
    ])
    .filter(Boolean);
}
