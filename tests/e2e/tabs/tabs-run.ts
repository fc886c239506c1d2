/** Runs the rows of tabs-table.ts in Chromium. */
import type { BrowserContext } from '@playwright/test';
import { onWasm, SHIPPED, Studio, TINY, expect, test } from '../app';
import { KEPT_ROWS } from './tabs-rows-kept';
import { MADE_ROWS } from './tabs-rows-made';
import type { Scene } from './tabs-scene';
import type { TABS_TABLE, TabsRow } from './tabs-table';

const ROWS: Record<TabsRow, (scene: Scene) => Promise<void>> = { ...MADE_ROWS, ...KEPT_ROWS };

/** A test of this row. */
export function testRow({
  id,
  store,
  here,
  there,
  must,
  tabs: count,
}: (typeof TABS_TABLE)[number]) {
  test(`${store}: one tab ${here}, another ${there} (${count} tabs). ${must}`, async ({
    context,
    serve,
  }, testInfo) => {
    // The only store that the fixture has nothing for.
    const server = await serve(id === 'features-both' ? SHIPPED : TINY);
    const another = () => openTab(context, server.url);
    const tabs: Studio[] = [];
    // All at once where that is the question; else the first one chooses where the model runs for all.
    if (id === 'install-both') tabs.push(...(await openAtOnce(context, server.url, count)));
    else for (let i = 0; i < count; i++) tabs.push(await another());
    const folder = (name: string) => testInfo.outputPath(name);
    await ROWS[id]({ tabs, server, another, folder });
    for (const tab of tabs) expect(tab.consoleErrors).toEqual([]);
  });
}

async function openAtOnce(context: BrowserContext, url: string, count: number): Promise<Studio[]> {
  await onWasm(context);
  const tabs = await Promise.all(Array.from({ length: count }, () => context.newPage()));
  await Promise.all(tabs.map((page) => page.goto(url)));
  return tabs.map((page) => new Studio(page));
}

/** On the CPU, whatever the adapter. */
async function openTab(context: BrowserContext, url: string): Promise<Studio> {
  const studio = new Studio(await context.newPage());
  await studio.open(url, 'wasm');
  return studio;
}
