import type { FeatureMatrix } from '../feature-matrix';
import titles from './titles.json';

export type FigureName = keyof typeof titles;

/** Every figure there is, with its title, in the order in which reports show them. */
export const FIGURES = Object.entries(titles) as [FigureName, string][];

/** A distance or likeness of two sets of images, and the same of real images among themselves. */
export interface Figure {
  value: number;
  floor: number | null;
}

/** What a figure is worked out from: features of one network, [images, size], rows in random order. */
export interface FigureSides {
  real: FeatureMatrix;
  synthetic: FeatureMatrix;
  holdout: FeatureMatrix | null;
}

/** figures/NAME.ts has one as its default export, titles.json its title; null where there are too few images for it. */
export type MeasureFigure = (sides: FigureSides) => Figure | null | Promise<Figure | null>;
