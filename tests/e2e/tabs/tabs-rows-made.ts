import { expect } from '../app';
import { MANY_STEPS, openDatasets, tilesOf } from '../datasets/dataset-pages';
import {
  deleteOpenSet,
  lookThrough,
  makeSet,
  markInBoth,
  setTitle,
  storedIds,
  storedImages,
  type Rows,
} from './tabs-scene';

/** Pictures and data sets that several tabs have open. */
export const MADE_ROWS: Rows<'gallery-' | 'sets-'> = {
  async 'gallery-make'({ tabs }) {
    await tabs[0].makeImage('skin photo', 1);
    for (const tab of tabs) await expect(tab.galleryPictures()).toHaveCount(1);
  },

  async 'gallery-make-both'({ tabs }) {
    for (const tab of tabs) {
      await tab.prompt.fill('skin photo');
      await tab.setNumber('Steps', 2);
      await tab.setNumber('Count', 2);
    }
    await Promise.all(tabs.map(({ generate }) => generate.click()));
    for (const tab of tabs) await expect(tab.galleryPictures()).toHaveCount(4);
    await tabs[0].page.reload();
    await expect(tabs[0].galleryPictures()).toHaveCount(4);
  },

  async 'gallery-delete'({ tabs: [here, there] }) {
    await here.makeImage('skin photo', 1);
    await expect(there.galleryPictures()).toHaveCount(1);
    await here.page.getByRole('button', { name: 'Delete this picture' }).click();
    await expect(there.galleryPictures()).toHaveCount(0);
    await here.page.getByRole('button', { name: 'Undo' }).click();
    for (const tab of [here, there]) await expect(tab.galleryPictures()).toHaveCount(1);
  },

  async 'gallery-marks'({ tabs: [here, there] }) {
    await here.makeImage('skin photo', 1);
    await expect(there.galleryPictures()).toHaveCount(1);
    await lookThrough(there);
    await lookThrough(here);
    await markInBoth(here, there);
  },

  async 'gallery-rate-deleted'({ tabs: [here, there] }) {
    await here.makeImage('skin photo', 1);
    await here.makeImage('fundus photo', 1);
    await lookThrough(here);
    await expect(tilesOf(here.page)).toHaveCount(2);
    await expect(there.galleryPictures()).toHaveCount(2);
    await there.galleryPictures().first().click();
    await there.page.getByRole('button', { name: 'Delete this picture' }).click();
    await expect(tilesOf(here.page)).toHaveCount(1);
    await here.page.getByRole('button', { name: 'Select all' }).click();
    await here.page.keyboard.press('4');
    await expect(tilesOf(here.page).first()).toHaveAccessibleName(/rated 4/);
    expect(await storedIds(here, 'gallery')).toHaveLength(1);
  },

  async 'sets-pause'({ tabs: [here, there], server }) {
    await openDatasets(here.page);
    await makeSet(there, server.url, 'Chests', 80, MANY_STEPS);
    await here.page.getByRole('button', { name: 'Pause Chests' }).click();
    await expect(there.page.getByText(/^\d+ of 80 · paused/)).toBeVisible();
    await here.page.getByRole('button', { name: 'Resume Chests' }).click();
    for (const { page } of [here, there]) await expect(page.getByText(/^80 · done/)).toBeVisible();
    expect(await storedImages(here)).toEqual({ images: 80, places: 80 });
  },

  async 'sets-remove'({ tabs: [here, there], server }) {
    await openDatasets(here.page);
    await makeSet(there, server.url, 'Chests', 40, MANY_STEPS);
    await setTitle(here, 'Chests').click();
    await deleteOpenSet(here);
    for (const tab of [here, there]) await expect(setTitle(tab, 'Chests')).toHaveCount(0);
    await expect.poll(() => storedIds(here, 'datasets')).toEqual([]);
    await there.page.reload();
    await openDatasets(there.page);
    await expect(there.page.getByRole('heading', { name: 'Data sets 0' })).toBeVisible();
    expect(await storedIds(here, 'datasets')).toEqual([]);
  },

  async 'sets-three'({ tabs, server }) {
    for (const [i, tab] of tabs.entries()) await makeSet(tab, server.url, `Set ${i}`, 4);
    for (const { page } of tabs) await expect(page.getByText(/^4 · done/)).toHaveCount(3);
    expect(await storedImages(tabs[0])).toEqual({ images: 12, places: 12 });
  },

  async 'sets-close'({ tabs: [here, there], server }) {
    await openDatasets(there.page);
    await makeSet(here, server.url, 'Chests', 40, MANY_STEPS);
    await expect(there.page.getByText(/^\d+ of 40 ·/)).toBeVisible();
    await here.page.close();
    await expect(there.page.getByText(/^40 · done/)).toBeVisible();
    expect(await storedImages(there)).toEqual({ images: 40, places: 40 });
  },

  async 'sets-watch'({ tabs: [here, there], server }) {
    await makeSet(here, server.url, 'Chests', 8);
    await openDatasets(there.page);
    await setTitle(there, 'Chests').click();
    await expect(there.page.getByText(/^8 · done/)).toBeVisible();
    await expect(tilesOf(there.page)).toHaveCount(8);
  },

  async 'sets-marks'({ tabs: [here, there], server }) {
    await makeSet(here, server.url, 'Chests', 2);
    await expect(here.page.getByText(/^2 · done/)).toBeVisible();
    await openDatasets(there.page);
    await setTitle(there, 'Chests').click();
    await markInBoth(here, there);
  },

  async 'sets-open-removed'({ tabs: [here, there], server }) {
    await makeSet(here, server.url, 'Chests', 2);
    await expect(here.page.getByText(/^2 · done/)).toBeVisible();
    await openDatasets(there.page);
    await setTitle(there, 'Chests').click();
    await expect(tilesOf(there.page)).toHaveCount(2);
    await deleteOpenSet(here);
    await expect(tilesOf(there.page)).toHaveCount(0);
    await expect(there.page.getByRole('heading', { name: 'Data sets 0' })).toBeVisible();
    await expect(there.alert).toHaveCount(0);
    expect(await storedIds(here, 'datasets')).toEqual([]);
  },
};
