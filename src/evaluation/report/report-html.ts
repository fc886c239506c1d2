import { distanceChart, kidChart, learningChart, type Chart, type Mark } from './charts';
import type {
  CopyReport,
  EvaluationReport,
  Fidelity,
  MembershipReport,
  Segmentation,
  Usefulness,
} from './report';
import {
  describeInterval,
  describeLimit,
  heldOutWords,
  describeMembership,
  figure,
  figureWords,
  membershipRows,
  percent,
  seconds,
  verdictOf,
} from './evaluation-words';

/** Small pictures for the report: `real/NAME` and `synthetic/NAME` → data: URL. */
export type Pictures = Map<string, string>;

/** The whole report as one HTML file that needs nothing else: no script, no font, no network. */
export function reportHtml(report: EvaluationReport, pictures: Pictures): string {
  const { samples, createdAt, networks, warnings, skipped } = report;
  return pageHtml(
    'Evaluation of synthetic images',
    `
<p>${createdAt.slice(0, 16).replace('T', ' ')} UTC · ${samples.synthetic} synthetic, ${samples.real} real, ${samples.holdout} held out ·
seed ${report.seed} · ${seconds(report.seconds)}. Made on the machine that holds the images; none of them left it.</p>
${warnings.map((text) => `<p class="warning">${escape(text)}</p>`).join('\n')}
<h2>Verdict</h2><ul>${verdictOf(report)
      .map((text) => `<li>${escape(text)}</li>`)
      .join('')}</ul>
${networks.map(({ id, title }) => fidelitySection(title, report.fidelity[id])).join('\n')}
${headSection(report)}
${report.copies ? copySection(report.copies, pictures) : ''}
${report.membership ? membershipSection(report.membership) : ''}
${report.usefulness?.sizes.length ? usefulnessSection(report.usefulness) : ''}
${report.usefulness?.trained ? usefulnessSection(report.usefulness.trained, 'a small network, trained from nothing') : ''}
${report.usefulness?.segmentation ? segmentationSection(report.usefulness.segmentation) : ''}
${report.usefulnessRefusal ? `<h2>Usefulness</h2><p>Not measured: ${escape(report.usefulnessRefusal)}</p>` : ''}
<h2>Limits</h2>${LIMITS}
<h2>Settings</h2><table>${networks
      .map(({ title, role, sha256, from = '' }) =>
        row([escape(title), role, `<code>${sha256}</code>`, escape(from)]),
      )
      .join('')}</table>
<p>Seconds by stage: ${Object.entries(report.secondsByStage)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}.</p>
${
  skipped.length
    ? `<h2>Left out: ${skipped.length} files</h2><ul>${skipped
        .slice(0, 100)
        .map(({ set, name, message }) => `<li>${set}: ${escape(name)}: ${escape(message)}</li>`)
        .join('')}</ul>`
    : ''
}
`,
  );
}

/** A page that needs nothing else, with this heading over its body. */
export function pageHtml(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)}</title><style>${STYLE}</style></head><body><main>
<h1>${escape(title)}</h1>
${body}</main></body></html>
`;
}

function fidelitySection(title: string, table: readonly Fidelity[]): string {
  const chart = kidChart(table);
  const rows = table.map(({ label, numReal, numSynthetic, kid, prdc, realPrdc }) =>
    row([
      escape(label || 'all images'),
      `${numSynthetic}, ${numReal}`,
      kid ? describeInterval(kid) : 'too few',
      kid ? figure(kid.floor) : '',
      prdc ? figure(prdc.density) : '',
      prdc ? figure(prdc.coverage) : '',
      realPrdc ? figure(realPrdc.coverage) : '',
    ]),
  );
  const head = [
    'label',
    'synthetic, real',
    'KID (95 %)',
    'real against real',
    'density',
    'coverage',
  ];
  return `<h2>Fidelity and variety: ${escape(title)}</h2>${chart ? chartSvg(chart) : ''}
<table>${header([...head, 'coverage, real'])}${rows.join('')}</table>`;
}

function headSection(report: EvaluationReport): string {
  const { msSsim } = report;
  const similarity = (name: 'synthetic' | 'real') =>
    msSsim[name] ? describeInterval(msSsim[name]) : 'not measured';
  const figures = figureWords(report).map(({ title, words }) => row([escape(title), words]));
  return `<table>${figures.join('')}${row(['MS-SSIM within a label, synthetic', similarity('synthetic')])}${row(['MS-SSIM within a label, real', similarity('real')])}</table>`;
}

function copySection(copies: CopyReport, pictures: Pictures): string {
  const pair = ({ synthetic, real, distance, copy }: CopyReport['pairs'][number]) => {
    const image = (set: string, name: string) => {
      const url = pictures.get(`${set}/${name}`);
      return url ? `<img src="${url}" alt="${set}: ${escape(name)}">` : '';
    };
    return `<figure${copy ? ' class="copy"' : ''}><div>${image('synthetic', synthetic)}${image('real', real)}</div>
<figcaption>${figure(distance)}${copy ? ' copy' : ''}<br>${escape(synthetic)}<br>${escape(real)}</figcaption></figure>`;
  };
  return `<h2>Copies</h2>
<p>${copies.count} synthetic images (${percent(copies.rate)}, 95 %: ${percent(copies.low)} to ${percent(copies.high)}) are nearer to a real image than
${figure(copies.threshold)}; of ${heldOutWords(copies)} ${percent(copies.holdoutRate)} are. By features alone: ${percent(copies.features.rate)} against ${percent(copies.features.holdoutRate)}.
${describeLimit(copies)}</p>
${chartSvg(distanceChart(copies))}
<h3>The nearest pairs: synthetic left, real right</h3><div class="pairs">${copies.pairs.map(pair).join('')}</div>`;
}

function membershipSection(found: MembershipReport): string {
  const rows = membershipRows(found).map((cells) => row(cells));
  return `<h2>Membership</h2><p>${escape(describeMembership(found))}</p>
<table>${header(['share of noise', 'AUC (95 %)'])}${rows.join('')}</table>
<p>Manifest entry <code>${found.model.sha256}</code>${found.tuned ? `, factors <code>${found.tuned.sha256}</code>` : ''}.</p>`;
}

function usefulnessSection(useful: Usefulness, learner = 'a linear head on frozen features') {
  const rows = useful.sizes.flatMap(({ numReal, balancedAccuracy, auroc, f1, calibration }) =>
    Object.entries(balancedAccuracy).map(([arm, found]) =>
      row([
        String(numReal),
        arm,
        describeInterval(found),
        found.gain ? `${describeInterval(found.gain)}, ${found.gain.verdict}` : 'reference',
        describeInterval(auroc[arm]),
        figure(f1[arm].value),
        figure(calibration[arm].value),
      ]),
    ),
  );
  const groups = useful.subgroups.map(({ attribute, value, numTest, accuracy }) => {
    const cell = (arm: string) => (accuracy ? describeInterval(accuracy[arm]) : 'insufficient');
    return row([escape(`${attribute}: ${value}`), String(numTest), cell('real'), cell('mixed')]);
  });
  return `<h2>Usefulness: classification</h2>
<p>${escape(useful.classes.join(', '))}. Learns: ${learner}. ${useful.numTest} real test images
(${useful.test === 'holdout' ? 'the held-out set' : '40 % of the real patients'}), ${useful.numSynthetic} synthetic images, ${useful.seeds} seeds.</p>
${chartSvg(learningChart(useful))}
<table>${header(['real images', 'arm', 'balanced accuracy', 'against real only', 'AUROC', 'F1', 'calibration error'])}${rows.join('')}</table>
${groups.length ? `<h3>Subgroups, balanced accuracy</h3><table>${header(['subgroup', 'n', 'real', 'mixed'])}${groups.join('')}</table>` : ''}`;
}

function segmentationSection(found: Segmentation): string {
  const rows = found.sizes.flatMap(({ numReal, dice, instanceF1 }) =>
    Object.entries(dice).map(([arm, own]) => {
      const f1 = instanceF1[arm];
      const gain = ({ gain }: typeof own) =>
        gain ? `${describeInterval(gain)}, ${gain.verdict}` : 'reference';
      const figures = [describeInterval(own), gain(own), describeInterval(f1), gain(f1)];
      return row([String(numReal), arm, ...figures]);
    }),
  );
  const heads = ['Dice', 'against real only', 'F1 of instances', 'against real only'];
  return `<h2>Usefulness: segmentation</h2>
<p>A small U-Net, trained from nothing at ${found.side} × ${found.side} pixels, ${found.steps} steps for each arm (synthetic then real: half
for each part); ${found.numTest} real test images (${found.test === 'holdout' ? 'the held-out set' : '40 % of the real patients'}), ${found.numSynthetic} synthetic
images, ${found.seeds} seeds. Network <code>${found.learner.sha256}</code>. Instances match from an overlap of 0.5 on.</p>
<table>${header(['real images', 'arm', ...heads])}${rows.join('')}</table>`;
}

export function chartSvg({ title, width, height, marks, legend }: Chart): string {
  const keys = legend
    .map(({ role, text }) => `<span class="${role}">■</span> ${escape(text)}`)
    .join(' &nbsp; ');
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">${marks.map(markSvg).join('')}</svg><p class="legend">${keys}</p>`;
}

function markSvg(mark: Mark): string {
  const n = (value: number) => value.toFixed(1);
  switch (mark.kind) {
    case 'line':
      return `<line class="${mark.role}" x1="${n(mark.x1)}" y1="${n(mark.y1)}" x2="${n(mark.x2)}" y2="${n(mark.y2)}"/>`;
    case 'dot':
      return `<circle class="${mark.role}" cx="${n(mark.x)}" cy="${n(mark.y)}" r="4"/>`;
    case 'bar':
      return `<rect class="${mark.role}" x="${n(mark.x)}" y="${n(mark.y)}" width="${n(Math.max(0, mark.width))}" height="${n(Math.max(0, mark.height))}"/>`;
    case 'text':
      return `<text x="${n(mark.x)}" y="${n(mark.y)}" text-anchor="${mark.anchor}">${escape(mark.text)}</text>`;
  }
}

export function header(cells: string[]): string {
  return `<tr>${cells.map((cell) => `<th scope="col">${cell}</th>`).join('')}</tr>`;
}

export function row(cells: string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

export function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const LIMITS = `<ul>
<li>KID and coverage say how alike two sets are to a network, not whether an image is medically right.</li>
<li>The copy check finds whole images that come back, also mirrored, cropped and compressed again. It does not find a copied detail, and without the
images a model was trained on it says nothing about that model.</li>
<li>The copy check compares pictures of 64 pixels a side; fine detail beyond that does not count.</li>
<li>A gain of a linear head may not be one of a larger network.</li></ul>`;

const STYLE = `
:root{color-scheme:light dark;--text:light-dark(#1a1a1c,#e8e8ea);--quiet:light-dark(#5a5a63,#9a9aa2);--line:light-dark(#dcdce1,#333338);--page:light-dark(#fff,#0d0d0e)}
body{margin:0;background:var(--page);color:var(--text);font:14px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:920px;margin:auto;padding:24px}h1{font-size:24px}h2{margin-top:32px;font-size:18px}h3{font-size:15px}
table{border-collapse:collapse;display:block;overflow-x:auto}th,td{padding:4px 10px 4px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{color:var(--quiet);font-weight:600}code{overflow-wrap:anywhere}.warning{padding:8px 12px;border-left:3px solid #c77700}
svg{display:block;width:100%;max-width:720px}svg text{fill:var(--quiet);font-size:11px}.legend{color:var(--quiet);font-size:12px}
line{stroke-width:2}line.grid{stroke:var(--line);stroke-width:1}.floor{stroke:#c77700;color:#c77700;stroke-dasharray:4 3}
${[
  ['series-0', '#0072b2'],
  ['series-1', '#d55e00'],
  ['series-2', '#009e73'],
  ['series-3', '#aa6f9e'],
]
  .map(([role, colour]) => `.${role}{stroke:${colour};fill:${colour};color:${colour}}`)
  .join('')}
.pairs{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:12px}figure{margin:0;padding:6px;border:1px solid var(--line)}
figure.copy{border-color:#c77700}figure div{display:flex;gap:2px;background:#000}figure img{width:50%;aspect-ratio:1;object-fit:cover}
figcaption{font-size:11px;color:var(--quiet);overflow-wrap:anywhere}`;
