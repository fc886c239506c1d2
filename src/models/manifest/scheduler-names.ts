import type { SchedulerConfig } from './manifest';

/**
 * Every scheduler there is, and what the form calls it. The names are diffusers' without "Discrete" and "Scheduler"; the
 * steps of each are in src/diffusion/schedulers/NAME.ts.
 */
export const SCHEDULER_TITLES = {
  'flow-match-euler': 'Euler (flow matching)',
  ddim: 'DDIM',
  pndm: 'PNDM',
  euler: 'Euler',
  'euler-ancestral': 'Euler ancestral',
  'dpm-solver-multistep': 'DPM-Solver++ 2M',
  lcm: 'LCM',
  tcd: 'TCD',
};

export type SchedulerType = keyof typeof SCHEDULER_TITLES;

/** What a request names a scheduler by. */
export function schedulerId({ id, type }: SchedulerConfig): string {
  return id ?? type;
}

/** What the form calls a scheduler: "DPM-Solver++ 2M (Karras)". */
export function schedulerTitle({ title, type, useKarrasSigmas }: SchedulerConfig): string {
  return title ?? SCHEDULER_TITLES[type] + (useKarrasSigmas ? ' (Karras)' : '');
}
