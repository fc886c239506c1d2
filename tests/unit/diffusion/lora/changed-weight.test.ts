import { expect, test } from 'vitest';
import { layersOf } from '../../../../src/diffusion/lora/adapter';
import { changeWeight } from '../../../../src/diffusion/lora/changed-weight';
import { readLoraFile } from '../../../../src/finetune/lora-file';
import { writeSafetensors } from '../../../../src/finetune/safetensors';

const MODULE = 'lora_unet_mid_block_resnets_0_conv1';

/** A square convolution [2, 2, 1, 2] under factors of zeros and these magnitudes, as a file of kohya's names has them. */
async function decomposed(shape: number[], magnitudes: number[], name = 'dora_scale') {
  const zeros = (dims: number[]) => ({
    shape: dims,
    data: new Float32Array(dims.reduce((product, size) => product * size, 1)),
  });
  const file = writeSafetensors(
    [
      { name: `${MODULE}.lora_down.weight`, ...zeros([1, 2, 1, 2]) },
      { name: `${MODULE}.lora_up.weight`, ...zeros([2, 1, 1, 1]) },
      { name: `${MODULE}.${name}`, shape, data: Float32Array.from(magnitudes) },
    ],
    {},
  );
  const { factors } = await readLoraFile(file);
  const weight = { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), rows: 2, columns: 4, kernel: 2 };
  const fits = changeWeight(weight, layersOf(factors, 'unet').get('mid_block.resnets.0.conv1')!, 1);
  return { fits, numbers: [...weight.data] };
}

test.each([
  // lycoris 4.1.3, functional/general.py, _weight_decompose: of the inputs, then of the outputs.
  [
    'input',
    [1, 2, 1, 1],
    [0.246183, 0.492366, 0.255377, 0.340503, 1.230915, 1.477098, 0.59588, 0.681005],
  ],
  [
    'output',
    [2, 1, 1, 1],
    [0.365148, 0.730297, 1.095445, 1.460593, 0.379049, 0.454859, 0.530669, 0.606478],
  ],
])(
  'magnitudes of a square layer count along the axis they lie on: %s',
  async (_, shape, wanted) => {
    const { fits, numbers } = await decomposed(shape, [2, 1]);
    expect(fits).toBe(true);
    numbers.forEach((x, i) => expect(x).toBeCloseTo(wanted[i], 5));
  },
);

test("PEFT's magnitudes are of the outputs, however they lie; others than the layer's fit nowhere", async () => {
  const peft = await decomposed([1, 2, 1, 1], [2, 1], 'lora_magnitude_vector');
  expect(peft).toEqual(await decomposed([2, 1, 1, 1], [2, 1]));
  expect((await decomposed([1, 3, 1, 1], [2, 1, 1])).fits).toBe(false);
});

test('a channel of zeros, which has no direction, stays zeros', () => {
  const weight = { data: Float32Array.of(0, 0, 3, 4), rows: 2, columns: 2, kernel: 1 };
  const zeros = (name: string, dims: number[], data = new Float32Array(2)) => ({
    name,
    dims,
    data,
  });
  const factors = {
    down: zeros('down', [1, 2]),
    up: zeros('up', [2, 1]),
    magnitude: zeros('magnitude', [2], Float32Array.of(1, 10)),
  };
  expect(changeWeight(weight, factors, 0.5)).toBe(true);
  expect([...weight.data]).toEqual([0, 0, 4.5, 6]);
});
