import { expect, test } from 'vitest';
import { bindFactors } from '../../../src/diffusion/lora/lora-session';
import type { Feed, ModelSession, TensorData } from '../../../src/models/runtime/session-types';

/** A session that answers with nothing and remembers what it was fed. */
function recording() {
  const fed: Record<string, Feed>[] = [];
  const session: ModelSession = {
    inputNames: ['latents', 'lora.a.down', 'lora.a.up'],
    inputShapes: { 'lora.a.down': ['rank', 3], 'lora.a.up': [2, 'rank'] },
    run: (feeds) => (fed.push(feeds), Promise.resolve({})),
    release: () => Promise.resolve(),
  };
  return { bound: bindFactors(session, null), fed };
}

const numbers = (feed: Feed) => [...((feed as TensorData).data as Float32Array)];

test('without factors every one is zero, and from outside there are none', async () => {
  const { bound, fed } = recording();
  expect(bound.inputNames).toEqual(['latents']);
  await bound.run({});
  expect(numbers(fed[0]['lora.a.down'])).toEqual([0, 0, 0]);
  expect(numbers(fed[0]['lora.a.up'])).toEqual([0, 0]);
});

test('the strength is multiplied into up, and down stays', async () => {
  const { bound, fed } = recording();
  const down = { name: 'lora.a.down', dims: [1, 3], data: Float32Array.of(1, 2, 3) };
  const up = { name: 'lora.a.up', dims: [2, 1], data: Float32Array.of(4, 6) };
  bound.setFactors([{ factors: [down, up], strength: 0.5 }]);
  await bound.run({});
  expect(numbers(fed[0]['lora.a.down'])).toEqual([1, 2, 3]);
  expect(numbers(fed[0]['lora.a.up'])).toEqual([2, 3]);
});

test('factors of another model are refused by name', () => {
  const { bound } = recording();
  const wrong = { name: 'lora.a.down', dims: [1, 5], data: new Float32Array(5) };
  expect(() => bound.setFactors([{ factors: [wrong], strength: 1 }])).toThrow('expected [1, 3]');
  const unknown = { name: 'lora.b.down', dims: [1, 3], data: new Float32Array(3) };
  expect(() => bound.setFactors([{ factors: [unknown], strength: 1 }])).toThrow('no such module');
});
