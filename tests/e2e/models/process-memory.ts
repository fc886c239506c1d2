import { readFileSync, readdirSync } from 'node:fs';

/** Linux's USER_HZ, the same on every machine of today. */
const TICKS_PER_SECOND = 100;

/** Memory of a browser's processes over time, from Linux's /proc: proportional set size, shared pages shared out. */
export interface MemoryWatch {
  /** Largest sum so far, bytes: of all renderer processes; of the browser's own process. */
  readonly peak: { renderers: number; browser: number };
  stop(): void;
}

/** Samples every process of the group that the browser with this id leads. */
export function watchMemory(pid: number, everyMs = 100): MemoryWatch {
  const peak = { renderers: 0, browser: 0 };
  const timer = setInterval(() => {
    peak.renderers = Math.max(peak.renderers, rendererMemory(pid));
    peak.browser = Math.max(peak.browser, pssOf(pid));
  }, everyMs);
  return { peak, stop: () => clearInterval(timer) };
}

/** Of all renderer processes of the browser with this id, bytes, now. */
export function rendererMemory(pid: number): number {
  return processesOf(pid)
    .filter((id) => commandOf(id).includes('--type=renderer'))
    .reduce((sum, id) => sum + pssOf(id), 0);
}

/** Seconds of processor time that the renderers of the browser with this id have used so far, all threads together. */
export function rendererSeconds(pid: number): number {
  return processesOf(pid)
    .filter((id) => commandOf(id).includes('--type=renderer'))
    .reduce((sum, id) => sum + ticksOf(id) / TICKS_PER_SECOND, 0);
}

/** The id of the browser that runs on this profile folder; it leads the group of its processes. */
export function leaderOf(profile: string): number {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => groupOf(id) === id && commandOf(id).includes(`--user-data-dir=${profile}`));
  if (found.length !== 1)
    throw new Error(`Expected one browser on ${profile}, got ${found.length}.`);
  return found[0];
}

function processesOf(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => groupOf(id) === group);
}

function groupOf(pid: number): number {
  // The command's name, in brackets, may hold spaces.
  return Number(
    read(`/proc/${pid}/stat`)
      .replace(/^.*\) /, '')
      .split(' ')[2],
  );
}

/** In user and in kernel mode. */
function ticksOf(pid: number): number {
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`);
}

function pssOf(pid: number): number {
  return 1024 * Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

/** Empty where the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
