import type { Covariate } from './manifest';

/**
 * Each value in words, in the manifest's order: "age 50 years", "female". A choice of two speaks for itself; one of
 * more is named ("skin tone light").
 */
export function describeCovariates(
  values: Record<string, number>,
  covariates: Covariate[],
): string[] {
  const known = covariates.filter(({ name }) => name in values);
  const unknown = Object.keys(values).filter((name) => !known.some((one) => one.name === name));
  return [
    ...known.map((covariate) => inWords(covariate, values[covariate.name])),
    ...unknown.map((name) => `${name} ${values[name]}`),
  ];
}

function inWords({ title, unit, choices }: Covariate, value: number): string {
  const choice = choices?.find((one) => one.value === value);
  if (choice && choices?.length === 2) return choice.title;
  const words = `${lowerFirst(title)} ${choice?.title ?? value}`;
  return unit ? `${words} ${unit}` : words;
}

/** "Skin tone" → "skin tone", but "DR grade" stays. */
function lowerFirst(title: string): string {
  return /^.[A-Z]/.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1);
}
