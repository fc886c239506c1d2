import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const SCRIPT = resolve(import.meta.dirname, '../../../bench/gpu/count-dispatches.js');

/** What the runtime dispatches in one step of a model of this repository, on a device that computes nothing. */
function dispatchesOf(model: string, ...more: string[]) {
  const args = ['--liftoff-only', SCRIPT, '--model', model, '--json', ...more];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (!stdout) throw new Error(`${SCRIPT}: ${stderr}`);
  return JSON.parse(stdout) as { total: number; kernels: Record<string, number> };
}

test.each(['phantoscope-medical-256', 'phantoscope-medical-256-guided'])(
  'a step of %s takes at most half of the 637 dispatches that it took before its graph was rewritten',
  (model) => {
    const { total, kernels } = dispatchesOf(model);
    expect(kernels.Conv2dMM, 'the 3 × 3 convolutions are counted').toBe(28);
    expect(total).toBeLessThanOrEqual(318);
  },
  60_000,
);

test.each(['phantoscope-medical-256', 'phantoscope-medical-256-guided'])(
  'in float16 a step of %s takes no dispatch more but the casts at its edges',
  (model) => {
    const { total, kernels } = dispatchesOf(model, '--half');
    expect(kernels.Conv2dMM).toBe(28);
    expect(kernels.Cast, 'it is the graph in float16').toBeGreaterThan(1);
    expect(total).toBeLessThanOrEqual(dispatchesOf(model).total + kernels.Cast);
  },
  60_000,
);

test('two rows for guidance take as many as one', () => {
  const model = 'phantoscope-medical-256-guided';
  expect(dispatchesOf(model, '--rows', '2').total).toBe(dispatchesOf(model).total);
}, 60_000);
