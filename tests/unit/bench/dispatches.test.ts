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

test('a step of the shipped UNet takes no more dispatches than it did', () => {
  const { total, kernels } = dispatchesOf('phantoscope-medical-256');
  expect(kernels.Conv2dMM, 'the 3 × 3 convolutions are counted').toBe(28);
  expect(total).toBeLessThanOrEqual(637);
}, 60_000);
