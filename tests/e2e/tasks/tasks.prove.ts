/**
 * Five things that somebody comes for, by pointer and by keyboard alone, on the shipped model: `npm run prove-tasks`.
 * What each took is kept in runs/tasks, for this build alone: with -g one task can be run again, and the page is
 * written once all are there.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { onWasm, SHIPPED, test } from '../app';
import { withoutPicker } from '../datasets/dataset-pages';
import { range, writePictures } from '../evaluate/evaluation-folders';
import { DIST } from '../../../cli/install.js';
import { Person, type Effort } from './person';
import { compareWithReal, demoOffline, learnAndMake, saveXrays, visitByPhone } from './tasks';

const PAGE = resolve(import.meta.dirname, '../../../docs/measured/tasks.md');
const HANDS = ['pointer', 'keyboard'] as const;
const TASKS = [
  '60 labelled X-rays as a ZIP',
  'Is my set good against these 30 real images?',
  'Fine-tune on 20 ultrasound images, and make 50',
  'An offline demo with encryption, without a network',
  'A first picture on a phone, and back',
] as const;

/**
 * Presses and fields of the build before views had addresses and recipes began small (5bc96ea of 28 November 2026), by the
 * same script as far as it goes; of the third task, the last three presses and two fields were counted on its screen.
 */
const BEFORE = [
  { presses: 7, fields: 1 },
  { presses: 5, fields: 0 },
  { presses: 11, fields: 4 },
] as const;

/** Files of this build's results: the service worker lists every file of a build by its hash. */
async function keptIn(): Promise<string> {
  const worker = await readFile(join(DIST, 'service-worker.js'));
  const build = createHash('sha256').update(worker).digest('hex').slice(0, 12);
  return resolve(import.meta.dirname, '../../../runs/tasks', build);
}

async function note(hand: string, task: number, { effort }: Person) {
  const folder = await keptIn();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${hand}-${task}.json`), JSON.stringify(effort));
}

/** null where the task was not done yet. */
async function noted(hand: string, task: number): Promise<Effort | null> {
  const text = await readFile(join(await keptIn(), `${hand}-${task}.json`), 'utf8').catch(() => '');
  return text ? (JSON.parse(text) as Effort) : null;
}

for (const hand of HANDS) {
  /** A person at a page of the app that has been opened and is ready. */
  const arrive = async (page: Page, url: string) => {
    await withoutPicker(page);
    await onWasm(page);
    await page.goto(url);
    return new Person(page, hand);
  };

  test(`${TASKS[0]}; ${TASKS[1]} by ${hand}`, async ({ page, serve }, testInfo) => {
    test.setTimeout(3_600_000);
    const { url } = await serve(SHIPPED);
    const real = testInfo.outputPath('real');
    await writePictures(real, range(30));
    const place = { real, ultrasound: '', goOffline: () => Promise.resolve() };
    const first = await arrive(page, url);
    await saveXrays(first, 60);
    await note(hand, 0, first);
    const second = new Person(page, hand);
    await compareWithReal(second, place);
    await note(hand, 1, second);
  });

  test(`${TASKS[2]} by ${hand}`, async ({ page, serve }, testInfo) => {
    test.setTimeout(3_600_000);
    const { url } = await serve(SHIPPED);
    const ultrasound = testInfo.outputPath('ultrasound');
    await mkdir(ultrasound);
    await writePictures(ultrasound, range(20));
    const person = await arrive(page, url);
    await learnAndMake(person, { real: '', ultrasound, goOffline: () => Promise.resolve() }, 50);
    await note(hand, 2, person);
  });

  test(`${TASKS[3]} by ${hand}`, async ({ page, serve }) => {
    const server = await serve(SHIPPED);
    const person = await arrive(page, server.url);
    await demoOffline(person, { real: '', ultrasound: '', goOffline: () => server.close() });
    await note(hand, 3, person);
  });

  test(`${TASKS[4]} by ${hand}`, async ({ page, serve }) => {
    const { url } = await serve(SHIPPED);
    await page.setViewportSize({ width: 380, height: 780 });
    const person = await arrive(page, url);
    await visitByPhone(person);
    await note(hand, 4, person);
  });
}

test.afterAll(async () => {
  const done = HANDS.map((hand) => Promise.all(TASKS.map((_, task) => noted(hand, task))));
  const [pointer, keyboard] = await Promise.all(done);
  const rows = TASKS.flatMap((title, task) => {
    const [byPointer, byKeys] = [pointer[task], keyboard[task]];
    if (!byPointer || !byKeys) return [];
    const before = BEFORE.at(task);
    const counts = [byPointer.presses, byPointer.fields].map((now, k) =>
      before ? `${now} (${[before.presses, before.fields][k]})` : now,
    );
    return `| ${[title, ...counts, byPointer.seconds.toFixed(0), byKeys.steps].join(' | ')} |`;
  });
  if (rows.length === TASKS.length) await writeFile(PAGE, page(rows));
});

function page(rows: string[]): string {
  return `# Five tasks

What it takes to get done what people come for, as a script does it that presses what a person would press:
\`npm run prove-tasks\`, which writes this page. Each task begins at the first visit, with the shipped model on two
threads of the CPU. Real images are stand-ins, drawn by the script. Seconds hold all the waiting; the fine-tuning of
five minutes is most of its row. Every task was also done by keyboard alone; the last column says how often Tab or an
arrow was pressed.

In brackets: before places had addresses, recipes began small and a tuned model had a page of results. The two last
tasks took as many presses then.

| task | presses | fields typed into | seconds | Tab keys |
|---|---|---|---|---|
${rows.join('\n')}
`;
}
