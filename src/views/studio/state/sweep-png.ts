import { encodePng } from '../../../image/png';
import { ofSheet } from '../../../image/provenance';
import { sheetTexts } from '../../../image/synthetic-texts';
import { originWords } from '../../../pictures/origin-words';
import type { GalleryEntry } from '../../gallery/gallery-entry';
import { axesWords, axisLabel, drawersOf, seedOf, type SweepRun } from './sweep-run';
import { titleOf } from './sweep-axes';
import { english } from '../../../pictures/texts';
import { english as conditionTexts } from '../texts/conditions';

/** Pixels of a cell's side at most, and of the labels' margins. */
const MAX_CELL = 256;
const [LEFT, TOP, BOTTOM, GAP] = [120, 40, 36, 4];
const FONT = '14px system-ui, sans-serif';
const QUIET = '#b4b4bc';

/** The grid with its labels as one PNG that says that it is synthetic, in words below it and in its text chunks. */
export async function sweepPng(run: SweepRun, entries: GalleryEntry[]): Promise<Blob> {
  const { x, y, request, ids, modelHash } = run;
  const shown = ids.map((id) => entries.find((entry) => entry.id === id) ?? null);
  const side = Math.min(MAX_CELL, Math.max(1, ...shown.map((entry) => entry?.width ?? 1)));
  const [columns, rows] = [x.values.length, y?.values.length ?? 1];
  const left = y ? LEFT : GAP;
  const width = left + columns * (side + GAP);
  const height = TOP + rows * (side + GAP) + BOTTOM;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = '#000000';
  context.fillRect(0, 0, width, height);
  Object.assign(context, { font: FONT, fillStyle: QUIET, textBaseline: 'middle' });

  context.textAlign = 'center';
  for (const [i, value] of x.values.entries()) {
    const label = `${i === 0 && !y ? `${titleOf(x.covariate, conditionTexts)} ` : ''}${axisLabel(x.covariate, value)}`;
    context.fillText(label, left + i * (side + GAP) + side / 2, TOP / 2, side);
  }
  context.textAlign = 'right';
  for (const [j, value] of (y?.values ?? []).entries()) {
    const middle = TOP + j * (side + GAP) + side / 2;
    context.fillText(axisLabel(y!.covariate, value), left - 8, middle, left - 12);
  }
  for (const [place, entry] of shown.entries()) {
    if (!entry) continue;
    const bitmap = await createImageBitmap(entry.png, { colorSpaceConversion: 'none' });
    const [column, row] = [place % columns, Math.floor(place / columns)];
    context.drawImage(bitmap, left + column * (side + GAP), TOP + row * (side + GAP), side, side);
    bitmap.close();
  }
  context.textAlign = 'left';
  const axes = axesWords(run, conditionTexts);
  const seed = seedOf(run);
  const pictures = shown.flatMap((entry) => (entry ? [entry.provenance] : []));
  const models = drawersOf(run) ? 'each by its model' : request.modelId;
  const words = `${originWords(ofSheet(pictures), english)}, not for diagnosis · ${axes} · ${seed === null ? '' : `seed ${seed} · `}${models}`;
  context.fillText(words, GAP, height - BOTTOM / 2, width - 2 * GAP);
  const { data } = context.getImageData(0, 0, width, height);
  const texts = sheetTexts(request, modelHash, `sweep of ${axes}`, pictures);
  return encodePng({ width, height, rgba: data }, texts);
}
