/** Degrees between the hues of neighbouring ids: the golden angle, so that near ids differ most. */
const HUE_STEP = 137.508;

/** Instance ids, [height · width], as colours to lay over an image: RGBA, clear where the id is 0, paler inside than at borders. */
export function maskOverlay(
  ids: ArrayLike<number>,
  width: number,
  height: number,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const id = ids[i];
    if (id === 0) continue;
    const [column, row] = [i % width, Math.floor(i / width)];
    const border =
      column === 0 ||
      row === 0 ||
      column === width - 1 ||
      row === height - 1 ||
      ids[i - 1] !== id ||
      ids[i + 1] !== id ||
      ids[i - width] !== id ||
      ids[i + width] !== id;
    rgba.set(hueToRgb((id * HUE_STEP) % 360), i * 4);
    rgba[i * 4 + 3] = border ? 255 : 120;
  }
  return rgba;
}

/** Fully saturated, half light: one of the channels is at its top, one at its bottom. */
function hueToRgb(hue: number): [number, number, number] {
  const channel = (shift: number) => {
    const at = (hue / 60 + shift) % 6;
    return 64 + 191 * Math.min(1, Math.max(0, Math.abs(at - 3) - 1));
  };
  return [channel(0), channel(4), channel(2)];
}
