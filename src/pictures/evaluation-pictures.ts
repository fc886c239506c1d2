import type { EvaluationReport, SetName } from '../evaluation/report/report';
import type { Pictures } from '../evaluation/report/report-html';
import { encodePng } from '../image/png';
import { readImage } from '../image/read-image';
import { defaultWindow, toRgba } from '../image/window-level';

const SIDE = 128;

/** Small pictures of the nearest pairs as data: URLs, for a report that stands alone. */
export async function pairPictures(
  { copies }: Pick<EvaluationReport, 'copies'>,
  blobOf: (set: SetName, name: string) => Promise<Blob>,
): Promise<Pictures> {
  const pictures: Pictures = new Map();
  for (const pair of copies?.pairs ?? []) {
    for (const set of ['synthetic', 'real'] as const) {
      const name = pair[set];
      if (!pictures.has(`${set}/${name}`)) {
        pictures.set(`${set}/${name}`, await smallPicture(await blobOf(set, name)));
      }
    }
  }
  return pictures;
}

/** As any browser can show it, whatever the file is; nothing in it says where it comes from. */
export async function asPng(file: Blob): Promise<Blob> {
  const image = await readImage(file);
  const rgba = toRgba(image, { window: defaultWindow(image), invert: false });
  return encodePng({ width: image.width, height: image.height, rgba }, {});
}

async function smallPicture(file: Blob): Promise<string> {
  const image = await readImage(file);
  const rgba = toRgba(image, { window: defaultWindow(image), invert: false });
  const whole = new OffscreenCanvas(image.width, image.height);
  whole.getContext('2d')!.putImageData(new ImageData(rgba, image.width, image.height), 0, 0);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIDE;
  const side = Math.min(image.width, image.height);
  const [left, top] = [(image.width - side) / 2, (image.height - side) / 2];
  canvas.getContext('2d')!.drawImage(whole, left, top, side, side, 0, 0, SIDE, SIDE);
  return canvas.toDataURL('image/jpeg', 0.8);
}
