import { expect, test } from 'vitest';
import { readLoraFile, writeLoraFile } from '../../../src/finetune/lora-file';
import { readSafetensors, writeSafetensors } from '../../../src/finetune/safetensors';

const M = 'unet.mid_block.attentions.0.proj_in';
const FACTS = {
  ...{ title: 'Knees', modelId: 'tiny', modelHash: 'ab', rank: 2, steps: 30 },
  ...{ numImages: 20, imagesSeen: 120, copyRate: null },
};

function factors(rank = 2) {
  const down = Float32Array.from({ length: rank * 3 }, (_, i) => i + 0.5);
  const up = Float32Array.from({ length: 4 * rank }, (_, i) => -i);
  return [
    { name: `lora.${M}.down`, dims: [rank, 3], data: down },
    { name: `lora.${M}.up`, dims: [4, rank], data: up },
  ];
}

test('factors that were written are read back, with what the file says of itself', async () => {
  const file = writeLoraFile(factors(), FACTS);
  const { tensors, metadata } = await readSafetensors(file);
  expect(tensors.map(({ name }) => name)).toEqual([`${M}.lora_A.weight`, `${M}.lora_B.weight`]);
  expect(metadata).toMatchObject({ format: 'pt', 'phantoscope.imagesSeen': '120' });
  const read = await readLoraFile(file);
  expect(read.factors).toEqual(factors());
  expect(read.facts).toEqual({
    ...{ title: 'Knees', modelId: 'tiny', modelHash: 'ab', rank: 2, steps: 30 },
    ...{ numImages: 20, imagesSeen: 120 },
  });
});

test('modules of lower rank than others get zeros, which changes nothing', async () => {
  const other = factors(1).map((one) => ({
    ...one,
    name: one.name.replace('proj_in', 'proj_out'),
  }));
  const { factors: read } = await readLoraFile(writeLoraFile([...factors(), ...other], FACTS));
  const up = read.find(({ name }) => name.endsWith('proj_out.up'))!;
  expect(up.dims).toEqual([4, 2]);
  expect([...up.data].filter((_, i) => i % 2 === 1)).toEqual([0, 0, 0, 0]);
  expect([...up.data].filter((_, i) => i % 2 === 0)).toEqual([...other[1].data]);
});

test('halves of pairs, other tensors and numbers that are none are refused', async () => {
  const [down, up] = factors();
  await expect(readLoraFile(writeLoraFile([down], FACTS))).rejects.toThrow('lacks its lora_B');
  const other = writeSafetensors(
    [{ name: 'conv.weight', shape: [1], data: Float32Array.of(1) }],
    {},
  );
  await expect(readLoraFile(other)).rejects.toThrow('it has a tensor conv.weight');
  const broken = { ...up, data: up.data.map(() => NaN) };
  await expect(readLoraFile(writeLoraFile([down, broken], FACTS))).rejects.toThrow('no number');
});

test.each([
  ['cut short', (bytes: Uint8Array) => bytes.slice(0, -4), /ends|claims bytes/],
  ['empty', () => new Uint8Array(), 'it has 0 bytes'],
  [
    'with a header longer than the file',
    (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, i) => (i === 2 ? 255 : byte)),
    'its header claims',
  ],
  [
    'with a header that is no JSON',
    (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, i) => (i === 8 ? 0x21 : byte)),
    'no JSON object',
  ],
])('a file %s is refused', async (_, damage, message) => {
  const bytes = new Uint8Array(await writeLoraFile(factors(), FACTS).arrayBuffer());
  const file = new Blob([new Uint8Array(damage(bytes))]);
  await expect(readLoraFile(file)).rejects.toMatchObject({ name: 'PackageRefused' });
  await expect(readLoraFile(file)).rejects.toThrow(message);
});

test('half-precision files are read as what they mean', async () => {
  const header = JSON.stringify({
    a: { dtype: 'BF16', shape: [1], data_offsets: [0, 2] },
    b: { dtype: 'F16', shape: [1], data_offsets: [2, 4] },
  });
  const length = new BigUint64Array([BigInt(header.length)]);
  const halves = Uint16Array.of(0x3fc0, 0x3e00); // 1.5 in both
  const { tensors } = await readSafetensors(new Blob([length, header, halves]));
  expect(tensors.map(({ data }) => data[0])).toEqual([1.5, 1.5]);
});

test('a learned word goes out and comes back with its factors, and one that is none is left out', async () => {
  const factors = [
    { name: 'lora.unet.a.down', dims: [1, 2], data: Float32Array.of(1, 2) },
    { name: 'lora.unet.a.up', dims: [2, 1], data: Float32Array.of(3, 4) },
    { name: 'word.embeds', dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  ];
  const facts = {
    ...{ title: 'Knees', modelId: 'm', modelHash: '', rank: 1, steps: 1, numImages: 4 },
    ...{ imagesSeen: 4, copyRate: null, word: 'zq1' },
  };
  const again = await readLoraFile(writeLoraFile(factors, facts));
  expect(again.factors).toEqual(factors);
  expect(again.facts.word).toBe('zq1');
  const odd = await readLoraFile(writeLoraFile(factors, { ...facts, word: 'two words' }));
  expect(odd.facts.word).toBeUndefined();
  const short = [...factors.slice(0, 2), { ...factors[2], dims: [1, 6] }];
  await expect(readLoraFile(writeLoraFile(short, facts))).rejects.toThrow('lora_word.embeds');
});
