import { csvLine, inert } from '../../dataset/labels';
import { kidChart, type Chart } from './charts';
import type { KeptEvaluation } from './kept-evaluations';
import { chartSvg, escape, header, pageHtml, row } from './report-html';
import { sideBySide } from './side-by-side';

const VERDICT = 'by their intervals';

/** KID of two comparisons, each with its interval and its floor; null: neither has one. */
export function sideBySideChart(
  first: KeptEvaluation,
  second: KeptEvaluation,
  width?: number,
): Chart | null {
  return kidChart(
    [first, second].map(({ facts, report }) => ({ label: facts.title, kid: report.kid })),
    width,
  );
}

/** What the real images of both were called. */
export function realOf(first: KeptEvaluation, second: KeptEvaluation): [string, string] {
  return [first.facts.compared.real, second.facts.compared.real];
}

/** The table as CSV (RFC 4180), a line a measure. */
export function sideBySideCsv(first: KeptEvaluation, second: KeptEvaluation): string {
  const { rows } = sideBySide(first.report, second.report, realOf(first, second));
  const lines = [
    ['measure', first.facts.title, second.facts.title, VERDICT],
    ...rows.map(({ measure, a, b, told }) => [measure, a, b, told]),
  ];
  return lines.map((cells) => csvLine(cells.map(inert))).join('');
}

/** Table and plot as one HTML file that needs nothing else. */
export function sideBySideHtml(first: KeptEvaluation, second: KeptEvaluation): string {
  const { rows, cautions } = sideBySide(first.report, second.report, realOf(first, second));
  const chart = sideBySideChart(first, second);
  const titles = [first.facts.title, second.facts.title].map(escape);
  return pageHtml(
    'Two comparisons, side by side',
    `${cautions.map((text) => `<p class="warning">${escape(text)}</p>`).join('\n')}
${chart ? chartSvg(chart) : ''}
<table>${header(['measure', ...titles, VERDICT])}${rows
      .map(({ measure, a, b, told }) => row([measure, a || '–', b || '–', told].map(escape)))
      .join('')}</table>
<p>One is called better only where the two 95 % intervals do not overlap. No correction for looking at several
measures.</p>
`,
  );
}
