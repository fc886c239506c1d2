/** Five things that somebody comes for, by pointer and by keyboard alone, on the shipped model: `npm run prove-tasks`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { onWasm, SHIPPED, test } from '../app';
import { withoutPicker } from '../datasets/dataset-pages';
import { range, writePictures } from '../evaluate/evaluation-folders';
import { Person, type Effort } from './person';
import { compareWithReal, demoOffline, learnAndMake, saveXrays, visitByPhone } from './tasks';

const PAGE = resolve(import.meta.dirname, '../../../docs/tasks.md');
const HANDS = ['pointer', 'keyboard'] as const;
const TASKS = [
  '60 labelled X-rays as a ZIP',
  'Is my set good against these 30 real images?',
  'Fine-tune on 20 ultrasound images, and make 50',
  'An offline demo with encryption, without a network',
  'A first picture on a phone, and back',
] as const;

test.describe.configure({ mode: 'serial' });

const efforts = new Map<string, Effort>();

for (const hand of HANDS) {
  /** A person at a page of the app that has been opened and is ready. */
  const arrive = async (page: Page, url: string) => {
    await withoutPicker(page);
    await onWasm(page);
    await page.goto(url);
    return new Person(page, hand);
  };
  const note = (task: number, person: Person) => efforts.set(`${hand} ${task}`, person.effort);

  test(`${TASKS[0]}; ${TASKS[1]} by ${hand}`, async ({ page, serve }, testInfo) => {
    test.setTimeout(3_600_000);
    const { url } = await serve(SHIPPED);
    const real = testInfo.outputPath('real');
    await writePictures(real, range(30));
    const place = { real, ultrasound: '', goOffline: () => Promise.resolve() };
    const first = await arrive(page, url);
    await saveXrays(first, 60);
    note(0, first);
    const second = new Person(page, hand);
    await compareWithReal(second, place);
    note(1, second);
  });

  test(`${TASKS[2]} by ${hand}`, async ({ page, serve }, testInfo) => {
    test.setTimeout(3_600_000);
    const { url } = await serve(SHIPPED);
    const ultrasound = testInfo.outputPath('ultrasound');
    await mkdir(ultrasound);
    await writePictures(ultrasound, range(20));
    const person = await arrive(page, url);
    await learnAndMake(person, { real: '', ultrasound, goOffline: () => Promise.resolve() }, 50);
    note(2, person);
  });

  test(`${TASKS[3]} by ${hand}`, async ({ page, serve }) => {
    const server = await serve(SHIPPED);
    const person = await arrive(page, server.url);
    await demoOffline(person, { real: '', ultrasound: '', goOffline: () => server.close() });
    note(3, person);
  });

  test(`${TASKS[4]} by ${hand}`, async ({ page, serve }) => {
    const { url } = await serve(SHIPPED);
    await page.setViewportSize({ width: 380, height: 780 });
    const person = await arrive(page, url);
    await visitByPhone(person);
    note(4, person);
  });
}

test.afterAll(async () => {
  if (efforts.size < TASKS.length * HANDS.length) return;
  const rows = TASKS.map((title, k) => {
    const [pointer, keyboard] = HANDS.map((hand) => efforts.get(`${hand} ${k}`)!);
    const cells = [pointer.presses, pointer.fields, pointer.seconds.toFixed(0), keyboard.steps];
    return `| ${title} | ${cells.join(' | ')} |`;
  });
  await writeFile(PAGE, page(rows));
});

function page(rows: string[]): string {
  return `# Five tasks

What it takes to get done what people come for, as a script does it that presses what a person would press:
\`npm run prove-tasks\`, which writes this page. Each task begins at the first visit, with the shipped model on two
threads of the CPU. Real images are stand-ins, drawn by the script. Seconds hold all the waiting; the fine-tuning of five
minutes is most of its row. Every task was also done by keyboard alone; the last column says how often Tab was pressed.

| task | presses | fields typed into | seconds | Tab keys |
|---|---|---|---|---|
${rows.join('\n')}
`;
}
