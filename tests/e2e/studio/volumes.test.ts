import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openNifti } from '../../../src/image/nifti/read-nifti';
import { encodeNifti } from '../../../src/image/nifti/write-nifti';
import { expect, SHIPPED, test } from '../app';

const ROOT = resolve(import.meta.dirname, '../../..');
const FIXTURE = resolve(ROOT, 'tests/fixtures/tiny-volume');
const MOUNTS = [{ prefix: '/', folder: FIXTURE }, ...SHIPPED];

function run(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolveRun) => {
    const cli = resolve(ROOT, 'cli/generate.js');
    const child = spawn(process.execPath, [cli, '--models', FIXTURE, ...args]);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('close', (code) => resolveRun({ code, stdout, stderr }));
  });
}

test('the command line writes pairs of NIfTI files or a DICOM series, and draws to a label map', async () => {
  const out = await mkdtemp(join(tmpdir(), 'phantoscope-volumes-'));
  try {
    const flags = ['--seed', '7', '--backend', 'wasm', '--format', 'nifti', '--out', out];
    const first = await run(['hippocampus mri', '--set', 'anterior_mm3=1700', ...flags]);
    expect(first.stderr).not.toContain('Error');
    expect(first.code).toBe(0);
    const line = JSON.parse(first.stdout) as Record<'file' | 'label', string> & {
      labelMm3: Record<string, number>;
    };
    const [image, labels] = await Promise.all(
      [line.file, line.label].map(async (file) => openNifti(new Uint8Array(await readFile(file)))),
    );
    expect([image.shape, image.spacing]).toEqual([
      [8, 16, 24],
      [1, 1, 1],
    ]);
    const voxels = new Uint8Array(labels.view.buffer, labels.view.byteOffset, 8 * 16 * 24);
    expect(Object.values(line.labelMm3)).toEqual(
      [1, 2].map((part) => voxels.filter((label) => label === part).length),
    );

    const redrawn = await run(['hippocampus mri', '--mask', line.label, ...flags]);
    expect(redrawn.stderr).not.toContain('Error');
    const again = JSON.parse(redrawn.stdout) as { file: string };
    expect(Buffer.compare(await readFile(again.file), await readFile(line.file))).not.toBe(0);
    expect(await readdir(out)).toHaveLength(4);

    const start = ['--init', line.file, '--strength', '1'];
    // Another seed, for the same one would draw the same volume.
    const changed = await run(['hippocampus mri', ...start, ...flags, '--seed', '8']);
    expect(changed.stderr).not.toContain('Error');
    const { file: composite } = JSON.parse(changed.stdout) as { file: string };
    const header = gunzipSync(await readFile(composite));
    expect(header.toString('latin1', 148, 228)).toMatch(/^contains parts of a source image/);

    const series = await run(['hippocampus mri', ...flags, '--format', 'dicom']);
    expect(series.stderr).not.toContain('Error');
    const { file: zip } = JSON.parse(series.stdout) as { file: string };
    const names = execFileSync('python3', ['-m', 'zipfile', '-l', zip], { encoding: 'utf8' });
    expect(names.match(/slice-\d{3}\.dcm/g)).toHaveLength(24);
    expect(names).toContain('labels.dcm');

    const none = join(out, 'none.nii');
    await writeFile(none, 'no volume');
    const refusals = [
      [['x', '--mask', none, '--out', out], /ImageUnreadable: .*no NIfTI volume/],
      [['x', '--init', none, '--out', out], /ImageUnreadable: .*no NIfTI volume/],
      [['x', '--init', line.file, '--frame', '3', '--out', out], /number 3 is none of them/],
      [['x', '--set', 'anterior_mm3=99999', '--out', out], /RequestInvalid: .*got 99999/],
    ] as const;
    for (const [args, message] of refusals) {
      const refused = await run([...args]);
      expect(refused.stderr).toMatch(message);
      expect(refused.code).toBe(2);
    }
  } finally {
    await rm(out, { recursive: true });
  }
});

test('a volume is made, gone through, drawn in space with its labels, and saved', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(MOUNTS);
  await studio.open(url);
  await studio.makeImage('hippocampus mri', 2);
  await expect(page.getByText(/drawn: anterior hippocampus [\d,]+ mm³/)).toBeVisible();
  await page.reload();
  await studio.galleryPictures().first().click();

  const saved: string[] = [];
  page.on('download', (download) => saved.push(download.suggestedFilename()));
  await page.getByRole('button', { name: 'Save NIfTI pair' }).click();
  await expect.poll(() => saved.length).toBe(2);
  expect(saved.sort()[0]).toMatch(/^hippocampus-mri-\d+-0\.nii\.gz$/);
  expect(saved[1]).toMatch(/_label\.nii\.gz$/);
  await page.getByRole('button', { name: 'Save DICOM' }).click();
  await expect.poll(() => saved.length).toBe(3);
  expect(saved[2]).toMatch(/^hippocampus-mri-\d+-0_dicom\.zip$/);

  await page.getByRole('button', { name: 'Inspect' }).click();
  await expect(page.getByText('Slice 13 of 24')).toBeVisible();
  await page.getByRole('button', { name: 'sagittal' }).click();
  await expect(page.getByText('Slice 5 of 8')).toBeVisible();
  await page.getByRole('button', { name: 'Volume' }).click();
  await expect(page.getByText(/^Drag moves the cross/)).toBeVisible();
  // What moves the flat picture only is out of the way.
  await expect(page.getByRole('button', { name: 'sagittal' })).toBeHidden();
  await expect(page.getByRole('combobox', { name: 'Window preset' })).toBeVisible();
  await page.getByRole('slider', { name: 'Labels' }).fill('0.9');
  await page.getByRole('button', { name: 'Rendering' }).click();
  await expect(page.getByText('Drag turns, wheel zooms')).toBeVisible();
  expect(studio.consoleErrors).toEqual([]);
});

test('a volume starts from another one, or is drawn to a label map', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(MOUNTS);
  await studio.open(url);
  await studio.makeImage('hippocampus mri', 2);
  await page.getByRole('button', { name: 'Image or mask …' }).click();
  await page.getByRole('button', { name: 'Use this image' }).click();
  await expect(page.getByLabel('The image to start from', { exact: true })).toBeVisible();
  await expect(page.getByText(/It may change in \d of \d steps/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sketch' })).toHaveCount(0);

  const values = new Uint8Array(20 * 20 * 30);
  values[20 * 20 * 15 + 20 * 10 + 9] = 1;
  values[20 * 20 * 15 + 20 * 10 + 10] = 2;
  const map = encodeNifti({
    ...{ width: 20, height: 20, numSlices: 30, channels: 1, samples: values },
    ...{ spacing: [1, 1, 0.5], directions: [1, 1, 1], description: '', kind: 'imported' },
  });
  const file = page.getByLabel('File of the label map');
  const named = { name: 'labels.nii', mimeType: 'application/octet-stream' };
  await file.setInputFiles({ ...named, buffer: Buffer.from(await map.arrayBuffer()) });
  await expect(page.getByText(/^Label map: anterior hippocampus/)).toBeVisible();
  await expect(page.getByText(/Resampled from 1.00 × 1.00 × 0.50 mm/)).toBeVisible();
  await expect(page.getByLabel('The image to start from', { exact: true })).toHaveCount(0);
  await page.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect(studio.galleryPictures()).toHaveCount(2);
  await expect(page.getByRole('alert')).toHaveCount(0);

  await file.setInputFiles({ ...named, buffer: Buffer.from('no volume') });
  await expect(page.getByRole('alert').filter({ hasText: 'no NIfTI volume' })).toBeVisible();
  expect(studio.consoleErrors).toEqual([]);
});

test('two volumes stand side by side, and one under the other on a phone', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(MOUNTS);
  await studio.open(url);
  await studio.makeImage('hippocampus mri', 2);
  await page.getByRole('button', { name: 'Compare …' }).click();
  await expect(page.getByText('There is no other volume.')).toBeVisible();
  await page.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect(studio.galleryPictures()).toHaveCount(2);
  await page.getByRole('button', { name: 'Compare …' }).click();
  await expect(page.getByLabel('Volume beside it')).toBeVisible();
  const canvases = page.locator('figure canvas');
  await expect(canvases).toHaveCount(2);
  await expect(page.getByText(/^Drag (moves|turns)/)).toBeVisible();
  await page.getByRole('slider', { name: 'White' }).fill('120');
  await canvases.first().focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('PageUp');
  const [left, right] = [await canvases.nth(0).boundingBox(), await canvases.nth(1).boundingBox()];
  expect(right!.x).toBeGreaterThan(left!.x + left!.width - 1);

  await page.setViewportSize({ width: 380, height: 800 });
  const [above, below] = [await canvases.nth(0).boundingBox(), await canvases.nth(1).boundingBox()];
  expect(below!.y).toBeGreaterThan(above!.y + above!.height - 1);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(380);
  expect(studio.consoleErrors).toEqual([]);
});

test('the label map of a volume is changed by keys alone, and a volume is drawn to it', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(MOUNTS);
  await studio.open(url);
  await studio.makeImage('hippocampus mri', 2);
  await page.getByRole('button', { name: 'Image or mask …' }).click();
  await page.getByRole('button', { name: 'That of the volume in view' }).click();
  const words = page.getByText(/^Label map: anterior hippocampus/);
  const before = await words.textContent();
  await page.getByRole('button', { name: 'Change by hand' }).click();
  const dialog = page.getByRole('dialog', { name: 'Label map' });
  await expect(dialog.getByRole('button', { name: 'Use it' })).toBeEnabled();
  const canvas = dialog.locator('canvas');
  await canvas.focus();
  for (const key of ['1', ']', ']', 'Space', 'PageUp', 'Space', '2', 'ArrowUp', 'ArrowUp']) {
    await page.keyboard.press(key);
  }
  for (const key of ['ArrowUp', 'ArrowUp', 'Space']) await page.keyboard.press(key);
  await expect(dialog.getByRole('button', { name: 'Undo' })).toBeEnabled();
  await dialog.getByRole('button', { name: 'Use it' }).click();
  await expect(dialog).toHaveCount(0);
  expect(await words.textContent()).not.toBe(before);
  await page.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect(studio.galleryPictures()).toHaveCount(2);
  await expect(page.getByRole('alert')).toHaveCount(0);
  expect(studio.consoleErrors).toEqual([]);
});
