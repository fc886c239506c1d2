import { readFileSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { BrowserCommand } from 'vitest/node';

let peak = 0;
let timer: NodeJS.Timeout | undefined;

/** Runs beside the browser: from now on its renderer processes are measured twice a second. */
export const watchMemory: BrowserCommand<[]> = () => {
  peak = 0;
  timer ??= setInterval(() => (peak = Math.max(peak, renderers())), 500);
  timer.unref();
};

/** The most that all renderers together have held since `watchMemory`, bytes (proportional set size). */
export const peakMemory: BrowserCommand<[]> = () => peak;

/** Puts a page of docs/ where it belongs; its parts from the first heading of the second level on are of other proofs. */
export const writeDoc: BrowserCommand<[name: string, text: string]> = ({ project }, name, text) => {
  const path = `${project.config.root}/docs/${name}`;
  const others = /\n## [^]*$/.exec(read(path))?.[0] ?? '';
  return writeFile(path, text + others);
};

function renderers(): number {
  return descendants(process.pid)
    .filter((id) => read(`/proc/${id}/cmdline`).includes('--type=renderer'))
    .map((id) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${id}/smaps_rollup`))?.[1] ?? 0) * 1024)
    .reduce((sum, bytes) => sum + bytes, 0);
}

function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    const parent = read(`/proc/${name}/stat`)
      .replace(/^.*\) /, '')
      .split(' ')[1];
    parents.set(Number(name), Number(parent));
  }
  const isBelow = (id: number | undefined): boolean =>
    id !== undefined && id > 1 && (parents.get(id) === pid || isBelow(parents.get(id)));
  return [...parents.keys()].filter(isBelow);
}

/** Empty where the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
