import { philox4x32 } from '../common/philox';
import measurements from './nuclei-measurements.json';

/** What a layout of nuclei looks like, in pixels of the image. */
export interface NucleiSettings {
  /** Nuclei to place; those that find no room are left out. At most `MAX_NUCLEI`. */
  count: number;
  /** Median diameter of a disc of the same area. */
  diameter: number;
  /** Standard deviation of the logarithm of the diameter: 0 is all alike, 0.4 as in tissue. */
  sizeSpread: number;
  /** Median ratio of the long to the short axis, from 1. */
  elongation: number;
  /** 0…1: how many lie beside another one. */
  clustering: number;
  /** 0…1: how much of a nucleus may lie under others. */
  overlap: number;
}

export type Stain = keyof typeof measurements;

/** Stains whose real masks were measured (training/goldens/make_nuclei_measurements.py). */
export const STAINS = Object.keys(measurements) as Stain[];

/** As many as the training masks have at most. */
export const MAX_NUCLEI = 250;
/** What training/data/nuclei_layout.py allows, and with it what the evaluation used. */
const OVERLAP = 0.15;
const ATTEMPTS = 30;

/**
 * Settings after one real training mask, drawn at random and varied: the distribution of
 * training/data/nuclei_layout.py, with which the model was evaluated. Always the same for the same (seed, index).
 */
export function settingsLike(stain: Stain, seed: number, index: number): NucleiSettings {
  const random = createRandom(seed, index, 1);
  const rows = measurements[stain];
  const [count, logDiameter, spread, elongation, clustered] = rows[random.below(rows.length)];
  const varied = Math.round(count * Math.exp(random.normal() * 0.2));
  return {
    count: Math.min(Math.max(varied, 1), MAX_NUCLEI),
    diameter: Math.exp(logDiameter + random.normal() * 0.08),
    sizeSpread: Math.max(spread, 0.05),
    elongation,
    clustering: clustered,
    overlap: OVERLAP,
  };
}

/**
 * An instance mask [size, size]: 0 is background, 1…n are nuclei, wobbly ellipses after training/data/nuclei_layout.py.
 * A nucleus that would lie too far under others is placed anew. Always the same for the same settings, seed and index.
 */
export function drawNuclei(
  settings: NucleiSettings,
  seed: number,
  index: number,
  size = 256,
): Uint16Array<ArrayBuffer> {
  const random = createRandom(seed, index, 0);
  const instances = new Uint16Array(size * size);
  const centres: [number, number][] = [];
  for (let i = 0; i < Math.min(settings.count, MAX_NUCLEI); i++) {
    const logDiameter = Math.log(settings.diameter) + random.normal() * settings.sizeSpread;
    const diameter = Math.min(Math.max(Math.exp(logDiameter), 4), size / 2);
    const elongation = Math.max(1, settings.elongation * Math.exp(random.normal() * 0.12));
    const shape = drawShape(random, diameter, elongation, size);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const centre = drawCentre(random, centres, diameter, settings.clustering, size);
      if (!place(instances, size, shape, centre, centres.length + 1, settings.overlap)) continue;
      centres.push(centre);
      break;
    }
  }
  return instances;
}

/** Pixels of one nucleus around (0, 0): an ellipse whose outline is moved by three waves. */
function drawShape(random: Random, diameter: number, elongation: number, size: number) {
  const long = (diameter / 2) * Math.sqrt(elongation);
  const short = diameter / 2 / Math.sqrt(elongation);
  const reach = Math.min(Math.ceil(1.3 * long) + 1, size);
  const turn = random.uniform() * Math.PI;
  const waves = [2, 3, 4].map((k) => ({
    k,
    height: (random.normal() * 0.06) / k,
    phase: random.uniform() * 2 * Math.PI,
  }));
  const pixels: [row: number, column: number][] = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const u = dx * Math.cos(turn) + dy * Math.sin(turn);
      const v = dy * Math.cos(turn) - dx * Math.sin(turn);
      const radius = Math.hypot(u / long, v / short);
      if (radius > 2) continue; // further than any wave reaches
      const angle = Math.atan2(v, u);
      const wobble = waves.reduce(
        (sum, { k, height, phase }) => sum + height * Math.cos(k * angle + phase),
        1,
      );
      if (radius <= wobble) pixels.push([dy, dx]);
    }
  }
  return pixels;
}

/** Anywhere, or beside a nucleus that is there already; (row, column). */
function drawCentre(
  random: Random,
  centres: [number, number][],
  diameter: number,
  clustering: number,
  size: number,
): [number, number] {
  const anywhere: [number, number] = [random.uniform() * size, random.uniform() * size];
  // 0.75: the neighbour becomes clustered too.
  if (centres.length === 0 || random.uniform() >= 0.75 * clustering) return anywhere;
  const angle = random.uniform() * 2 * Math.PI;
  const away = diameter * (0.9 + 0.4 * random.uniform());
  const [row, column] = centres[random.below(centres.length)];
  return [row + away * Math.sin(angle), column + away * Math.cos(angle)];
}

/** Draws a nucleus on free ground; false where too little of it would be seen. */
function place(
  instances: Uint16Array,
  size: number,
  shape: [number, number][],
  [row, column]: [number, number],
  id: number,
  overlap: number,
): boolean {
  const [top, left] = [Math.trunc(row), Math.trunc(column)];
  const free: number[] = [];
  let seen = 0;
  for (const [dy, dx] of shape) {
    const [y, x] = [top + dy, left + dx];
    if (y < 0 || y >= size || x < 0 || x >= size) continue;
    seen++;
    if (instances[y * size + x] === 0) free.push(y * size + x);
  }
  if (free.length < 6 || free.length < (1 - overlap) * seen) return false;
  for (const at of free) instances[at] = id;
  return true;
}

/** Random numbers of one stream. */
interface Random {
  /** 0 ≤ x < 1. */
  uniform(): number;
  /** Standard normal, by Box-Muller. */
  normal(): number;
  /** 0…n − 1. */
  below(n: number): number;
}

/** Philox with key (seed, 0) and counter (i, stream, index, 1): the noise of images has a last word of 0. */
function createRandom(seed: number, index: number, stream: number): Random {
  let words: number[] = [];
  let block = 0;
  const word = () => {
    if (words.length === 0) words = philox4x32([block++, stream, index, 1], [seed, 0]);
    return words.shift()!;
  };
  const uniform = () => word() / 2 ** 32;
  return {
    uniform,
    normal: () =>
      Math.sqrt(-2 * Math.log((word() + 0.5) / 2 ** 32)) * Math.cos(2 * Math.PI * uniform()),
    below: (n) => Math.floor(uniform() * n),
  };
}
