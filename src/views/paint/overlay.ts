import type { PaintingKind } from './painting.svelte';

/** Colours of neighbouring ids differ, also for colour-blind eyes: steps of the golden angle, two brightnesses. */
function instanceColour(id: number): [number, number, number] {
  const hue = (id * 137.508) % 360;
  const light = id % 2 === 0 ? 0.75 : 0.5;
  const channel = (offset: number) => {
    const k = (offset + hue / 30) % 12;
    const chroma = 0.8 * Math.min(light, 1 - light);
    return 255 * (light - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}

/** The strong cyan of the accent, on black and on white. */
const REGION: [number, number, number] = [63, 184, 201];

/** What was painted as pixels over a backdrop, [height · width · 4]: see-through but for outlines; a sketch is opaque. */
export function overlayRgba(
  kind: PaintingKind,
  plane: ArrayLike<number>,
  { width, height }: { width: number; height: number },
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const value = plane[i];
    if (kind === 'sketch') {
      rgba.set([value >> 16, (value >> 8) & 255, value & 255, 255], 4 * i);
    } else if (value !== 0) {
      const [red, green, blue] = kind === 'region' ? REGION : instanceColour(value);
      const alpha = isEdge(plane, i, width, height) ? 255 : kind === 'region' ? 110 : 150;
      rgba.set([red, green, blue, alpha], 4 * i);
    }
  }
  return rgba;
}

function isEdge(plane: ArrayLike<number>, i: number, width: number, height: number): boolean {
  const [x, y] = [i % width, Math.floor(i / width)];
  return (
    (x > 0 && plane[i - 1] !== plane[i]) ||
    (x < width - 1 && plane[i + 1] !== plane[i]) ||
    (y > 0 && plane[i - width] !== plane[i]) ||
    (y < height - 1 && plane[i + width] !== plane[i])
  );
}
