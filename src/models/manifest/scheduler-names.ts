import type { SchedulerConfig, SchedulerType } from './manifest';

const TITLES: Record<SchedulerType, string> = {
  'flow-match-euler': 'Euler (flow matching)',
  ddim: 'DDIM',
  pndm: 'PNDM',
  euler: 'Euler',
  'euler-ancestral': 'Euler ancestral',
  'dpm-solver-multistep': 'DPM-Solver++ 2M',
  lcm: 'LCM',
  tcd: 'TCD',
};

/** What a request names a scheduler by. */
export function schedulerId({ id, type }: SchedulerConfig): string {
  return id ?? type;
}

/** What the form calls a scheduler: "DPM-Solver++ 2M (Karras)". */
export function schedulerTitle({ title, type, useKarrasSigmas }: SchedulerConfig): string {
  return title ?? (useKarrasSigmas ? `${TITLES[type]} (Karras)` : TITLES[type]);
}
