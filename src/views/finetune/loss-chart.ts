import { scaleLinear } from 'd3-scale';
import { CHART_WIDTH, type Chart, type Mark } from '../../evaluation/report/charts';
import type { LossPoint } from '../../finetune/run';
import { texts } from './texts';

export type { Chart } from '../../evaluation/report/charts';

const HEIGHT = 220;
const MARGIN = { left: 52, right: 16, top: 8, bottom: 40 };
/** More points than this cannot be told apart. */
const MAX_POINTS = 150;

/** Training and held-out loss over steps; the training loss as means of neighbouring steps, for single ones jump. */
export function lossChart(
  history: readonly LossPoint[],
  numSteps: number,
  width = CHART_WIDTH,
): Chart {
  const size = Math.ceil(history.length / MAX_POINTS);
  const smooth = Array.from({ length: Math.ceil(history.length / size) }, (_, i) => {
    const part = history.slice(i * size, (i + 1) * size);
    const y = part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    return { x: part[part.length - 1].step, y };
  });
  const heldOut = history.flatMap(({ step, heldOutLoss }) =>
    heldOutLoss === undefined ? [] : [{ x: step, y: heldOutLoss }],
  );
  const values = [...smooth, ...heldOut].map(({ y }) => y);
  const x = scaleLinear([0, numSteps], [MARGIN.left, width - MARGIN.right]);
  const y = scaleLinear(
    [Math.min(...values), Math.max(...values)],
    [HEIGHT - MARGIN.bottom, MARGIN.top],
  ).nice();
  const at = (point: { x: number; y: number }) => ({ x: x(point.x), y: y(point.y) });
  const marks: Mark[] = [
    ...axes(x, y, width),
    ...polyline(smooth.map(at), 'series-0'),
    ...polyline(heldOut.map(at), 'series-1'),
    ...heldOut.map((point): Mark => ({ kind: 'dot', role: 'series-1', ...at(point) })),
  ];
  const legend: Chart['legend'] = [
    { role: 'series-0', text: size > 1 ? texts.trainingMeanOfSteps(size) : texts.training },
    { role: 'series-1', text: texts.heldOutImages },
  ];
  return { title: texts.lossOverSteps, width, height: HEIGHT, marks, legend };
}

function polyline(points: { x: number; y: number }[], role: 'series-0' | 'series-1'): Mark[] {
  return points.slice(1).map((point, i) => ({
    kind: 'line',
    role,
    x1: points[i].x,
    y1: points[i].y,
    x2: point.x,
    y2: point.y,
  }));
}

type Scale = ReturnType<typeof scaleLinear<number, number>>;

function axes(x: Scale, y: Scale, width: number): Mark[] {
  const bottom = HEIGHT - MARGIN.bottom;
  const text = (at: { x: number; y: number }, words: string, anchor: 'middle' | 'end'): Mark => ({
    kind: 'text',
    role: 'text',
    ...at,
    text: words,
    anchor,
  });
  return [
    ...y.ticks(5).flatMap((tick): Mark[] => [
      {
        kind: 'line',
        role: 'grid',
        x1: MARGIN.left,
        x2: width - MARGIN.right,
        y1: y(tick),
        y2: y(tick),
      },
      text({ x: MARGIN.left - 6, y: y(tick) + 4 }, y.tickFormat(5)(tick), 'end'),
    ]),
    ...x
      .ticks(6)
      .filter(Number.isInteger)
      .map((tick) => text({ x: x(tick), y: bottom + 16 }, String(tick), 'middle')),
    text({ x: (MARGIN.left + width - MARGIN.right) / 2, y: HEIGHT - 6 }, 'step', 'middle'),
  ];
}
