import type { GenerationRequest } from '../../../contract/request';
import type { SweepMark } from '../../../gallery/gallery-store';
import type { Covariate } from '../../../models/manifest/manifest';
import { askDrawer, drawerKey, type Drawer } from '../compare/drawers';
import { isAlike, titleOf, valueOf, withValue } from './sweep-axes';
import type { texts } from '../texts/conditions';

/** One side of the grid: a covariate, or what of the sampling stands for one, and its values, smallest first. */
export interface SweepAxis {
  covariate: Covariate;
  values: number[];
  /** Where it runs along models: these, which the values count from 0. */
  drawers?: readonly Drawer[];
}

/** A grid that was started. */
export interface SweepRun {
  /** Kept with each of its pictures. */
  id: string;
  x: SweepAxis;
  y: SweepAxis | null;
  request: GenerationRequest;
  modelHash: string;
  /** Row by row: ids of the gallery's images, null where one is still to come. */
  ids: (string | null)[];
}

/** What is kept of a grid with each of its pictures. */
export function markOf({ id, x, y }: SweepRun): SweepMark {
  const mark = ({ covariate, values, drawers }: SweepAxis) => ({
    name: covariate.name,
    values,
    ...(drawers && { models: drawers.map(({ key }) => key) }),
  });
  return { id, x: mark(x), y: y && mark(y) };
}

/** The models that a grid runs along; null where it is of one. */
export function drawersOf({ x, y }: Pick<SweepRun, 'x' | 'y'>): readonly Drawer[] | null {
  return x.drawers ?? y?.drawers ?? null;
}

/** The one seed of a grid; null where it runs along seeds. */
export function seedOf(run: SweepRun): number | null {
  const swept = covariatesOf(run).some(({ name }) => name === '@seed');
  return swept ? null : valueOf({ name: '@seed' }, run.request)!;
}

/** What a grid is of: "age × sex". */
export function axesWords(run: SweepRun, words?: typeof texts): string {
  return covariatesOf(run)
    .map((covariate) => titleOf(covariate, words))
    .join(' × ');
}

/** What a picture has at a place of the grid, counted row by row: "age 75 years · Steps 4". */
export function placeWords(run: SweepRun, place: number): string {
  return valuesAt(run, place)
    .map(({ axis, value }) => `${axis.covariate.title} ${axisLabel(axis.covariate, value)}`)
    .join(' · ');
}

/** As it stands beside a row or above a column: "75 years", "female". */
export function axisLabel({ unit, choices }: Covariate, value: number): string {
  const choice = choices?.find((one) => one.value === value);
  return choice?.title ?? (unit ? `${value} ${unit}` : `${value}`);
}

/** What is asked for at a place of the grid: of its model first, which takes a request as its own. */
export function requestAt(run: SweepRun, place: number): GenerationRequest {
  const known = (drawersOf(run) ?? []).map(({ entry }) => entry);
  const sides = valuesAt(run, place).sort(
    (a, b) => Number(!a.axis.drawers) - Number(!b.axis.drawers),
  );
  return sides.reduce(
    (asked, { axis: { covariate, drawers }, value }) =>
      drawers ? askDrawer(asked, drawers[value], known) : withValue(asked, covariate, value),
    run.request,
  );
}

/** Places in the order in which they are made: all of one model, then all of the next. */
export function byModel(run: SweepRun, places: readonly number[]): number[] {
  const modelAt = (place: number) => valuesAt(run, place).find(({ axis }) => axis.drawers)?.value;
  return places.toSorted((a, b) => (modelAt(a) ?? 0) - (modelAt(b) ?? 0));
}

/** Where a picture of the grid stands, row by row; −1: at none of its values. */
export function placeOf({ x, y }: SweepRun, made: GenerationRequest): number {
  const column = placeOn(x, made);
  const row = y ? placeOn(y, made) : 0;
  return column < 0 || row < 0 ? -1 : row * x.values.length + column;
}

/** The same of a picture that may be none of the grid: −1 then. */
export function placeIn(run: SweepRun, made: GenerationRequest): number {
  const place = placeOf(run, made);
  return place >= 0 && isAlike(requestAt(run, place), made) ? place : -1;
}

/** The sides of a grid. */
function covariatesOf({ x, y }: SweepRun): Covariate[] {
  return y ? [x.covariate, y.covariate] : [x.covariate];
}

function valuesAt({ x, y }: SweepRun, place: number): { axis: SweepAxis; value: number }[] {
  const [column, row] = [place % x.values.length, Math.floor(place / x.values.length)];
  return [{ axis: x, value: x.values[column] }, ...(y ? [{ axis: y, value: y.values[row] }] : [])];
}

function placeOn({ covariate, values, drawers }: SweepAxis, made: GenerationRequest): number {
  if (!drawers) return values.indexOf(valueOf(covariate, made) ?? NaN);
  return values.indexOf(drawers.findIndex(({ key }) => key === drawerKey(made)));
}
