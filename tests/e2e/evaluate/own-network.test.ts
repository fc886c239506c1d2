/** A feature network of the user's own, from a folder, in the built app. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { EvaluationReport } from '../../../src/evaluation/report/report';
import { expect, SHIPPED, test } from '../app';
import { range, writePictures } from './evaluation-folders';

const CLI = resolve(import.meta.dirname, '../../../cli/evaluate.js');
const NETWORKS = resolve(import.meta.dirname, '../../fixtures/feature-networks');

test('images are compared by a network from a folder, which heads the report and is named there', async ({
  page,
  serve,
  studio,
}) => {
  const place = await mkdtemp(join(tmpdir(), 'phantoscope-own-network-'));
  await writePictures(join(place, 'real'), range(4));
  await writePictures(join(place, 'synthetic'), range(4, 1000));
  const { url } = await serve(SHIPPED);
  await studio.open(url);
  await page.getByRole('button', { name: 'Evaluate' }).click();
  const network = page.getByLabel('Folder of a feature network');

  await network.setInputFiles(join(place, 'real'));
  await expect(page.getByRole('alert')).toContainText('it has no config.json (got 4 files)');
  await network.setInputFiles(join(NETWORKS, 'tiny-clip'));
  await expect(
    page.getByText(/^onnx\/vision_model\.onnx, output image_embeds \(pooled\)/),
  ).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);

  const choose = (set: string) => page.getByLabel(`Folder: ${set}`, { exact: true });
  await choose('Synthetic images').setInputFiles(join(place, 'synthetic'));
  await choose('Real images').setInputFiles(join(place, 'real'));
  await page.getByLabel('Train classifiers').uncheck();
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'What the comparison says' })).toBeVisible();
  await expect(
    page.getByText(/tiny-clip [0-9a-f]{12} \(a folder of the user's own: onnx/),
  ).toBeVisible();

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Figures (JSON)' }).click();
  const text = await readFile(await (await download).path(), 'utf8');
  const { networks, fidelity, fid, kid } = JSON.parse(text) as EvaluationReport;
  expect(networks.map(({ title }) => title)[0]).toBe('tiny-clip');
  expect(networks).toHaveLength(3);
  expect(networks[0].id).toBe(`own-${networks[0].sha256}`);
  expect(fid).toBeNull(); // too few images
  expect(kid).toEqual(fidelity[networks[0].id][0].kid);
  await rm(place, { recursive: true });
});

test('--network takes it from a folder on the command line, and what is none ends with a named error', async () => {
  const place = await mkdtemp(join(tmpdir(), 'phantoscope-own-network-'));
  await writePictures(join(place, 'real'), range(4));
  await writePictures(join(place, 'synthetic'), range(4, 1000));
  const flags = ['--real', join(place, 'real'), '--synthetic', join(place, 'synthetic')];
  const run = (network: string) =>
    promisify(execFile)(process.execPath, [
      ...[CLI, ...flags, '--network', network, '--no-usefulness', '--out', join(place, 'out')],
    ]);
  await run(join(NETWORKS, 'tiny-clip'));
  const text = await readFile(join(place, 'out', 'report.json'), 'utf8');
  const { networks } = JSON.parse(text) as EvaluationReport;
  expect(networks[0]).toMatchObject({ title: 'tiny-clip', id: `own-${networks[0].sha256}` });
  expect(networks).toHaveLength(3);
  await expect(run(join(place, 'real'))).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('it has no config.json'),
  });
  await rm(place, { recursive: true });
});
