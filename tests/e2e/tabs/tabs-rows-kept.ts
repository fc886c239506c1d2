import { expect, weightRequests, type Studio } from '../app';
import { openDatasets, tilesOf } from '../datasets/dataset-pages';
import { range, writePictures } from '../evaluate/evaluation-folders';
import { writeDiscs } from '../finetune/finetune-pages';
import { eraseEverything } from '../stored-pages';
import {
  deleteOpenSet,
  importTuned,
  keepTrained,
  openFolder,
  seeTrained,
  setTitle,
  showTuned,
  startTraining,
  storedIds,
  tunedTitle,
  type Rows,
} from './tabs-scene';

/** Everything else that several tabs have open. */
export const KEPT_ROWS: Rows<
  'tuned-' | 'train-' | 'settings-' | 'install-' | 'folder-' | 'features-' | 'erase'
> = {
  async 'tuned-import'({ tabs }) {
    for (const tab of tabs) await showTuned(tab);
    await importTuned(tabs[0], 'Knees');
    for (const tab of tabs) await expect(tunedTitle(tab, 'Knees')).toBeVisible();
  },

  async 'tuned-remove'({ tabs: [here, there] }) {
    for (const tab of [here, there]) await showTuned(tab);
    await importTuned(here, 'Knees');
    await there.page.getByRole('button', { name: 'Use in the studio' }).click();
    const choice = there.page.getByLabel('Tuned model', { exact: true });
    await expect(choice).toContainText('Knees');
    await here.page.getByRole('button', { name: 'Delete Knees' }).click();
    await here.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(there.page.getByText('Knees')).toHaveCount(0);
    await there.makeImage('chest x-ray', 1);
    await expect(there.page.getByText('Knees')).toHaveCount(0);
  },

  async 'train-both'({ tabs: [here, there], folder }) {
    await startTraining(there, folder('discs'), 2000);
    await showTuned(here);
    await here.page.getByRole('button', { name: /^(Start|Resume after step \d+)$/ }).click();
    await expect(here.page.getByText(/Another tab of this site is fine-tuning/)).toBeVisible();
    await keepTrained(there, [here, there]);
  },

  async 'train-discard'({ tabs: [here, there], folder }) {
    await startTraining(there, folder('discs'), 2000);
    await showTuned(here);
    await here.page.getByRole('button', { name: 'Cancel …' }).click();
    await here.page.getByRole('button', { name: 'Delete this run' }).click();
    await expect(here.page.getByText(/Another tab of this site is fine-tuning/)).toBeVisible();
    await keepTrained(there, [here, there]);
  },

  async 'train-finished'({ tabs: [here, there], folder }) {
    await startTraining(here, folder('discs'), 2000);
    await here.page.getByRole('button', { name: 'Pause', exact: true }).click();
    await showTuned(there);
    await expect(there.page.getByRole('button', { name: /^Resume after step/ })).toBeVisible();
    await here.page.getByRole('button', { name: 'Keep as it is' }).click();
    await seeTrained([here, there]);
  },

  async 'settings-both'({ tabs }) {
    const [here, there] = tabs;
    const theme = ({ page }: Studio) => page.getByRole('button', { name: /^Colours:/ });
    await theme(here).click();
    await there.chooseBackend('webgpu');
    const [shown] = ((await theme(here).getAttribute('aria-label')) ?? '').split('.');
    for (const tab of tabs) {
      await expect(theme(tab)).toHaveAccessibleName(new RegExp(`^${shown}`));
      await expect(tab.page.locator('html')).toHaveAttribute(
        'data-theme',
        (await here.page.locator('html').getAttribute('data-theme'))!,
      );
      await tab.page.getByRole('button', { name: /where the model runs/ }).click();
      await expect(tab.page.getByRole('radio', { name: /^WebGPU/ })).toBeChecked();
      await tab.page.keyboard.press('Escape');
    }
  },

  async 'install-both'({ tabs, server }) {
    for (const tab of tabs) await tab.makeImage('skin photo', 1);
    const asked = weightRequests(server);
    expect(asked.length).toBeGreaterThan(0);
    expect([...new Set(asked)].sort()).toEqual([...asked].sort());
  },

  async 'install-delete'({ tabs: [here, there], server, another }) {
    await there.makeImage('skin photo', 1);
    const before = weightRequests(server).length;
    await here.page.getByRole('button', { name: 'Models' }).click();
    await here.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).first().click();
    await expect(here.page.getByText(/is deleted\.$/)).toBeVisible();
    await here.page.keyboard.press('Escape');
    await there.makeImage('fundus photo', 1);
    const late = await another();
    await late.makeImage('chest x-ray', 1);
    expect(weightRequests(server).length).toBeGreaterThan(before);
    for (const tab of [there, late]) await expect(tab.alert).toHaveCount(0);
  },

  async 'folder-kept'({ tabs: [here, there], folder }) {
    await openDatasets(there.page);
    await openFolder(here, writeDiscs(folder('scans'), 3), /^Keep/);
    await expect(there.page.getByText(/^3 · real images/)).toBeVisible();
    await setTitle(there, 'scans').click();
    await expect(tilesOf(there.page)).toHaveCount(3);
    await deleteOpenSet(here);
    await expect(tilesOf(there.page)).toHaveCount(0);
    await expect(setTitle(there, 'scans')).toHaveCount(0);
  },

  async 'folder-visit'({ tabs: [here, there], folder }) {
    await openDatasets(there.page);
    await openFolder(here, writeDiscs(folder('scans'), 3), /for this visit/);
    await expect(tilesOf(here.page)).toHaveCount(3);
    await expect(setTitle(there, 'scans')).toHaveCount(0);
    await there.page.reload();
    await openDatasets(there.page);
    await expect(there.page.getByRole('heading', { name: 'Data sets 0' })).toBeVisible();
    expect(await storedIds(here, 'datasets')).toEqual([]);
  },

  async 'features-both'({ tabs, folder }) {
    await writePictures(folder('real'), range(6));
    await writePictures(folder('synthetic'), range(6, 1000));
    const figures: (string | null)[] = [];
    for (const { page } of tabs) {
      await page.bringToFront();
      await page.getByRole('button', { name: 'Evaluate', exact: true }).click();
      await page.getByLabel('Folder: Real images', { exact: true }).setInputFiles(folder('real'));
      await page
        .getByLabel('Folder: Synthetic images', { exact: true })
        .setInputFiles(folder('synthetic'));
    }
    await Promise.all(
      tabs.map(({ page }) => page.getByRole('button', { name: 'Compare', exact: true }).click()),
    );
    for (const { page } of tabs) {
      const results = page.getByRole('region', { name: 'Results' });
      await expect(results.getByRole('table').first()).toBeVisible({ timeout: 200_000 });
      figures.push(await results.getByRole('table').first().textContent());
    }
    expect(figures[0]).toBe(figures[1]);
    expect(await storedIds(tabs[0], 'features')).toHaveLength(12);
  },

  async erase({ tabs: [here, there] }) {
    await here.makeImage('skin photo', 1);
    await expect(there.galleryPictures()).toHaveCount(1);
    await eraseEverything(here.page);
    await expect(
      there.page.getByRole('heading', { name: /erased from another tab/ }),
    ).toBeVisible();
    await expect(there.galleryPictures()).toHaveCount(0);
    // At once, while the other still erases: it waits for the end and reads nothing of before.
    await there.page.reload();
    await expect(there.prompt).toBeVisible();
    await expect(there.galleryPictures()).toHaveCount(0);
    await expect(here.page.getByRole('heading', { name: 'Everything is erased' })).toBeVisible();
  },
};
