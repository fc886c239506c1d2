import { expect, test } from 'vitest';
import type { LoraChoice } from '../../../../src/contract/request';
import { weightsKey } from '../../../../src/diffusion/lora/adapters-of';
import { hashFactors } from '../../../../src/models/manifest/hash-factors';

/** Factors of one layer, as they come from a file. */
async function lora(layer: string, strength = 1): Promise<LoraChoice> {
  const factors = ['down', 'up'].map((kind) => ({
    name: `lora.unet.${layer}.${kind}`,
    dims: [1, 4],
    data: Float32Array.of(1, 2, 3, 4),
  }));
  return { factors, strength, sha256: await hashFactors(factors) };
}

test('the same numbers on another layer are other weights, and the same on the same are not', async () => {
  const key = async (...args: Parameters<typeof lora>) => weightsKey([await lora(...args)], 'unet');
  expect(await key('a')).toBe(await key('a'));
  expect(await key('a')).not.toBe(await key('b'));
  expect(await key('a')).not.toBe(await key('a', 0.5));
  expect(weightsKey([await lora('a')], 'text_encoder')).toBe('');
});
