import { scaleLinear, scalePoint } from 'd3-scale';
import type { Arm, CopyReport, Fidelity, Usefulness } from './report';

/** What a mark is drawn as; style sheets know the roles. */
export type Role =
  'grid' | 'axis' | 'text' | 'floor' | 'series-0' | 'series-1' | 'series-2' | 'series-3';

/** One drawn thing, in pixels of the chart. */
export type Mark =
  | { kind: 'line'; role: Role; x1: number; y1: number; x2: number; y2: number }
  | { kind: 'dot'; role: Role; x: number; y: number }
  | { kind: 'bar'; role: Role; x: number; y: number; width: number; height: number }
  | {
      kind: 'text';
      role: Role;
      x: number;
      y: number;
      text: string;
      anchor: 'start' | 'middle' | 'end';
    };

/** A chart as plain marks, so that the page and a saved report draw the same one. */
export interface Chart {
  title: string;
  width: number;
  height: number;
  marks: Mark[];
  legend: { role: Role; text: string }[];
}

/** Pixels across on a page. On a phone a chart that was drawn for a page would shrink its words to 6 px. */
export const CHART_WIDTH = 620;
const MARGIN = { right: 16, top: 8, bottom: 40 };
/** Pixels for the numbers of a vertical axis. */
const LEFT = 60;

/** KID of each label with its interval, and the floor beside it; null where no label has them. */
export function kidChart(
  table: readonly Pick<Fidelity, 'label' | 'kid'>[],
  width = CHART_WIDTH,
): Chart | null {
  const left = Math.min(150, Math.round(width * 0.3));
  // A handful of images has no interval or no floor.
  const rows = table.flatMap(({ label, kid }) =>
    kid && [kid.value, kid.low, kid.high, kid.floor].every(Number.isFinite)
      ? [{ label: label || 'all images', ...kid }]
      : [],
  );
  if (rows.length === 0) return null;
  const height = MARGIN.top + MARGIN.bottom + 26 * rows.length;
  const lowest = Math.min(0, ...rows.map(({ low, floor }) => Math.min(low, floor)));
  const highest = Math.max(...rows.map(({ high, floor }) => Math.max(high, floor)), 0.01);
  const x = scaleLinear([lowest, highest], [left, width - MARGIN.right]).nice();
  const y = scalePoint(
    rows.map((_, i) => String(i)),
    [MARGIN.top, height - MARGIN.bottom],
  ).padding(0.5);
  const marks = xAxis(x, { width, height, left }, 'KID (0: no difference; bars: 95 %)');
  rows.forEach(({ label, value, low, high, floor }, i) => {
    const at = y(String(i))!;
    marks.push(
      {
        kind: 'text',
        role: 'text',
        x: left - 8,
        y: at + 4,
        text: shortened(label, left / 7.5),
        anchor: 'end',
      },
      { kind: 'line', role: 'floor', x1: x(floor), x2: x(floor), y1: at - 8, y2: at + 8 },
      { kind: 'line', role: 'series-0', x1: x(low), x2: x(high), y1: at, y2: at },
      { kind: 'dot', role: 'series-0', x: x(value), y: at },
    );
  });
  const legend = [
    { role: 'series-0' as const, text: 'synthetic against real' },
    { role: 'floor' as const, text: 'real against real' },
  ];
  return { title: 'KID by label', width, height, marks, legend };
}

/** How near the nearest real image is: synthetic and held-out images, and the threshold. */
export function distanceChart({ histogram, threshold }: CopyReport, width = CHART_WIDTH): Chart {
  const frame = { width, height: 200, left: LEFT };
  const { height } = frame;
  const top = Math.max(...histogram.synthetic, ...histogram.holdout, 0.01);
  const x = scaleLinear([0, 1], [LEFT, width - MARGIN.right]);
  const y = scaleLinear([0, top], [height - MARGIN.bottom, MARGIN.top]).nice();
  const marks = xAxis(x, frame, 'distance to the nearest real image (0: the same picture)');
  marks.push(...yAxis(y, frame, 'share of images'));
  const step = 1 / histogram.synthetic.length;
  const bar = (role: Role, share: number, i: number, offset: number): Mark => ({
    kind: 'bar',
    role,
    x: x((i + offset) * step) + 1,
    width: (x(step) - x(0)) / 2 - 1,
    y: y(share),
    height: y(0) - y(share),
  });
  histogram.synthetic.forEach((share, i) => marks.push(bar('series-0', share, i, 0)));
  histogram.holdout.forEach((share, i) => marks.push(bar('series-1', share, i, 0.5)));
  marks.push({
    kind: 'line',
    role: 'floor',
    x1: x(threshold),
    x2: x(threshold),
    y1: MARGIN.top,
    y2: y(0),
  });
  const legend = [
    { role: 'series-0' as const, text: 'synthetic' },
    { role: 'series-1' as const, text: 'real, held out' },
    { role: 'floor' as const, text: 'threshold: copies lie left of it' },
  ];
  return { title: 'Nearest real image', width, height, marks, legend };
}

/** Balanced accuracy of each arm over the number of real training images. */
export function learningChart({ sizes }: Usefulness, width = CHART_WIDTH): Chart {
  const frame = { width, height: 240, left: LEFT };
  const { height } = frame;
  const arms = Object.keys(sizes[0].balancedAccuracy) as Arm[];
  const values = sizes.flatMap(({ balancedAccuracy }) => Object.values(balancedAccuracy));
  const lowest = Math.min(...values.map(({ low }) => low));
  const highest = Math.max(...values.map(({ high }) => high));
  const x = scalePoint(
    sizes.map(({ numReal }) => String(numReal)),
    [LEFT, width - MARGIN.right],
  ).padding(0.5);
  const y = scaleLinear([lowest, highest], [height - MARGIN.bottom, MARGIN.top]).nice();
  const marks = yAxis(y, frame, 'balanced accuracy');
  const baseline = height - MARGIN.bottom + 16;
  for (const { numReal } of sizes) {
    marks.push({
      kind: 'text',
      role: 'text',
      anchor: 'middle',
      text: String(numReal),
      x: x(String(numReal))!,
      y: baseline,
    });
  }
  marks.push(axisTitle('real training images (bars: 95 %)', frame));
  arms.forEach((arm, a) => {
    const role = `series-${a}` as Role;
    const points = sizes.map(({ numReal, balancedAccuracy }) => ({
      ...balancedAccuracy[arm],
      at: x(String(numReal))! + (a - (arms.length - 1) / 2) * 9,
    }));
    points.forEach(({ at, value, low, high }, i) => {
      const before = points[i - 1];
      if (before) {
        marks.push({
          kind: 'line',
          role,
          x1: before.at,
          y1: y(before.value),
          x2: at,
          y2: y(value),
        });
      }
      marks.push(
        { kind: 'line', role, x1: at, x2: at, y1: y(low), y2: y(high) },
        { kind: 'dot', role, x: at, y: y(value) },
      );
    });
  });
  const legend = arms.map((arm, a) => ({ role: `series-${a}` as Role, text: arm }));
  return { title: 'Learning curve', width, height, marks, legend };
}

type Linear = ReturnType<typeof scaleLinear<number, number>>;

/** Pixels of a chart, and of the words left of its axis. */
interface Frame {
  width: number;
  height: number;
  left: number;
}

function xAxis(x: Linear, frame: Frame, title: string): Mark[] {
  const bottom = frame.height - MARGIN.bottom;
  const ticks = frame.width < CHART_WIDTH ? 4 : 6;
  const format = x.tickFormat(ticks);
  const marks = x.ticks(ticks).flatMap((tick): Mark[] => [
    { kind: 'line', role: 'grid', x1: x(tick), x2: x(tick), y1: MARGIN.top, y2: bottom },
    {
      kind: 'text',
      role: 'text',
      x: x(tick),
      y: bottom + 16,
      text: format(tick),
      anchor: 'middle',
    },
  ]);
  return [...marks, axisTitle(title, frame)];
}

function yAxis(y: Linear, { left, width }: Frame, title: string): Mark[] {
  const format = y.tickFormat(5);
  const marks = y.ticks(5).flatMap((tick): Mark[] => [
    { kind: 'line', role: 'grid', x1: left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick) },
    { kind: 'text', role: 'text', x: left - 6, y: y(tick) + 4, text: format(tick), anchor: 'end' },
  ]);
  return [
    ...marks,
    { kind: 'text', role: 'text', x: left + 4, y: MARGIN.top + 8, text: title, anchor: 'start' },
  ];
}

function axisTitle(text: string, { width, height, left }: Frame): Mark {
  // Below the axis's middle where there is room, else below the chart's.
  const x = width < CHART_WIDTH ? width / 2 : (left + width - MARGIN.right) / 2;
  return { kind: 'text', role: 'text', x, y: height - 6, text, anchor: 'middle' };
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, Math.floor(most) - 1)}…` : text;
}
