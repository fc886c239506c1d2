import {
  FIGURES,
  type Figure,
  type FigureName,
  type FigureSides,
  type MeasureFigure,
} from './figure';

/** By path. Add a file, and its title in titles.json. */
const FILES = import.meta.glob<MeasureFigure>(['./*.ts', '!./index.ts', '!./figure.ts'], {
  import: 'default',
});

/** All figures of these features, by name. */
export async function measureFigures(
  sides: FigureSides,
): Promise<Record<FigureName, Figure | null>> {
  const measured: Partial<Record<FigureName, Figure | null>> = {};
  for (const [name] of FIGURES) {
    const measure = await FILES[`./${name}.ts`]();
    measured[name] = await measure(sides);
  }
  return measured as Record<FigureName, Figure | null>;
}
