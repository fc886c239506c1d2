import { expect, test } from 'vitest';
import { diceOfParts } from '../../../src/evaluation/metrics/segmentation-scores';
import { mean } from '../../../src/evaluation/metrics/percentile';
import type { VolumePair } from '../../../src/evaluation/usefulness/changed-volume';
import {
  answersOf,
  startParameters,
  trainLearner,
  type Source,
} from '../../../src/evaluation/usefulness/learner';
import { pairsOf } from '../../../src/evaluation/usefulness/volume-segmentation';
import type { VolumeSize } from '../../../src/image/volume/voxel-place';
import { openShippedLearner } from './shipped-learner';

/** As training/volumes/page_pairs.py writes it. */
interface Facts {
  real: number;
  synthetic: number;
  test: number;
  steps: number;
  dice: Record<'real' | 'mixed', number[]>;
}

const SIZE: VolumeSize = [40, 56, 40];
const COUNT = 40 * 56 * 40;
/** The same network, other random numbers and another rate: seeds alone differ by as much. */
const WITHIN = 0.03;

test('the page’s judge of volumes finds what Python’s does, within what seeds vary', async () => {
  const facts = (await (await fetch('/runs/volumes-page.json')).json()) as Facts;
  const bytes = new Uint8Array(await (await fetch('/runs/volumes-page.bin')).arrayBuffer());
  const pair = (n: number): VolumePair => ({
    voxels: bytes.subarray(2 * n * COUNT, (2 * n + 1) * COUNT),
    labels: bytes.subarray((2 * n + 1) * COUNT, (2 * n + 2) * COUNT),
  });
  let from = 0;
  const take = (count: number) =>
    pairsOf(
      Array.from({ length: count }, () => pair(from++)),
      SIZE,
    );
  const [real, made, held] = [take(facts.real), take(facts.synthetic), take(facts.test)];
  const source = ({ examples }: typeof real, rows: number): Source => ({
    ...{ examples, rows },
    indices: Array.from({ length: examples.count }, (_, i) => i),
  });
  const arms = { real: [source(real, 4)], mixed: [source(real, 2), source(made, 2)] };
  const open = await openShippedLearner('volume-segmenter');
  const found = { real: [] as number[], mixed: [] as number[] };
  for (const seed of facts.dice.real.keys()) {
    for (const arm of ['real', 'mixed'] as const) {
      const plan = { steps: facts.steps, learningRate: 3e-3, seed };
      const since = performance.now();
      const start = startParameters(open, 1, seed);
      const { parameters } = await trainLearner(open, start, 1, arms[arm], plan);
      const seconds = (performance.now() - since) / 1000;
      const logits = await answersOf(open, parameters, 1, source(held, 1));
      const scores = held.truths.map(({ labels }, i) =>
        diceOfParts(logits.subarray(3 * i * COUNT, 3 * (i + 1) * COUNT), labels),
      );
      found[arm].push(mean(scores));
      const python = facts.dice[arm][seed];
      console.info(`${arm}, seed ${seed}: Dice ${mean(scores)}, Python ${python}, ${seconds} s`);
    }
  }
  for (const arm of ['real', 'mixed'] as const) {
    const [page, python] = [mean(found[arm]), mean(facts.dice[arm])];
    expect(Math.abs(page - python)).toBeLessThan(WITHIN);
  }
}, 7_200_000);
