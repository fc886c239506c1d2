import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseFactor } from '../../../src/diffusion/lora/adapter';
import { isBeyondUnetPairs } from '../../../src/diffusion/lora/adapters-of';
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

const Q = 'unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q';
const KOHYA = `lora_${Q.replaceAll('.', '_')}`;
const caseFile = (name: string) =>
  new Blob([readFileSync(new URL(`../../fixtures/cases/${name}`, import.meta.url))]);

/** A pair of rank 2 whose product is 2 everywhere, under these names. */
function pairAs(
  down: string,
  up: string,
  more: { name: string; value: number }[] = [],
  texts = {},
) {
  const ones = (name: string, shape: number[]) => ({
    name,
    shape,
    data: new Float32Array(6).fill(1),
  });
  const alphas = more.map(({ name, value }) => ({
    name,
    shape: [1],
    data: Float32Array.of(value),
  }));
  return writeSafetensors([ones(down, [2, 3]), ones(up, [3, 2]), ...alphas], texts);
}

/** One number of the product of both factors. */
async function strengthOf(file: Blob) {
  const { factors: read } = await readLoraFile(file);
  expect(read.map(({ name }) => name)).toEqual([`lora.${Q}.down`, `lora.${Q}.up`]);
  const [down, up] = read;
  return down.data[0] * up.data[0] + down.data[3] * up.data[1];
}

// After public bug reports of other programs: alpha over rank is what peft and kohya's scripts multiply with.
test.each<[string, Blob, number]>([
  ['no alpha', pairAs(`${Q}.lora_A.weight`, `${Q}.lora_B.weight`), 2],
  [
    'peft with an alpha',
    pairAs(`${Q}.lora_A.weight`, `${Q}.lora_B.weight`, [{ name: `${Q}.alpha`, value: 0.5 }]),
    0.5,
  ],
  ['kohya without alpha', pairAs(`${KOHYA}.lora_down.weight`, `${KOHYA}.lora_up.weight`), 2],
  [
    'kohya with an alpha',
    pairAs(`${KOHYA}.lora_down.weight`, `${KOHYA}.lora_up.weight`, [
      { name: `${KOHYA}.alpha`, value: 1 },
    ]),
    1,
  ],
  [
    "alpha in kohya's metadata",
    pairAs(`${KOHYA}.lora_down.weight`, `${KOHYA}.lora_up.weight`, [], { ss_network_alpha: '4' }),
    4,
  ],
  [
    "alpha in diffusers' metadata",
    pairAs(`${Q}.lora_A.weight`, `${Q}.lora_B.weight`, [], {
      lora_adapter_metadata: '{"unet.lora_alpha": 1, "unet.r": 2}',
    }),
    1,
  ],
  [
    'alpha over the root of the rank',
    pairAs(`${Q}.lora_A.weight`, `${Q}.lora_B.weight`, [], {
      lora_adapter_metadata: '{"unet.lora_alpha": 2, "unet.use_rslora": true}',
    }),
    2 * Math.SQRT2,
  ],
  [
    'names of old diffusers',
    pairAs(
      `${Q.replace('.to_q', '')}.processor.to_q_lora.down.weight`,
      `${Q.replace('.to_q', '')}.processor.to_q_lora.up.weight`,
    ),
    2,
  ],
])('a file with %s is as strong as it was trained', async (_, file, strength) => {
  expect(await strengthOf(file)).toBeCloseTo(strength, 5);
});

test('factors of the text encoder are read beside those of the UNet', async () => {
  const { factors } = await readLoraFile(caseFile('c22_textenc.safetensors'));
  const parts = factors.map((one) => parseFactor(one.name));
  expect(parts.some((one) => one?.part === 'text_encoder')).toBe(true);
  // A graph with factors as inputs has no place for these; validateRequest says so before anything is drawn.
  expect(isBeyondUnetPairs({ factors, strength: 1 })).toBe(true);
});

test('a part of a LoHa is refused, naming what to convert', async () => {
  await expect(readLoraFile(caseFile('c22_hada.safetensors'))).rejects.toMatchObject({
    name: 'PackageRefused',
    message: expect.stringMatching(/LoHa.*convert it to a plain LoRA/) as string,
  });
});

test.each([
  ['a.hada_t1', /three factors of a LoHa/],
  ['lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight', /SDXL/],
  ['lora_unet_down_blocks_0_resnets_0_conv1.diff', /whole differences/],
])('a file with %s is refused, naming what to convert', async (name, why) => {
  const file = writeSafetensors([{ name, shape: [1, 1], data: new Float32Array(1) }], {});
  await expect(readLoraFile(file)).rejects.toMatchObject({
    name: 'PackageRefused',
    message: expect.stringMatching(why) as string,
  });
});

test.each(['c22_alpha_diffusers.safetensors', 'c22_kohya.safetensors'])(
  '%s is read with its alpha over its rank',
  async (name) => {
    const { tensors } = await readSafetensors(caseFile(name));
    const of = (ending: string) => tensors.find((tensor) => tensor.name.endsWith(ending))!.data;
    const stored = name.includes('kohya') ? of('lora_up.weight') : of('lora_B.weight');
    const { factors: read, facts } = await readLoraFile(caseFile(name));
    const scale = of('.alpha')[0] / facts.rank;
    expect(scale).toBeCloseTo(name.includes('kohya') ? 1 : 0.01 / 4, 6);
    expect(read.map((one) => one.name)).toEqual([`lora.${Q}.down`, `lora.${Q}.up`]);
    read[1].data.forEach((x, i) => expect(x).toBeCloseTo(stored[i] * scale, 6));
  },
);

test('numbers of 8 bit and of 64 bit are read as what they are', async () => {
  // Bytes and values of torch.float8_e4m3fn and torch.float8_e5m2.
  const e4m3 = Uint8Array.of(0x38, 0xb8, 0x40, 0x7e, 0x01, 0x00);
  expect(await numbersOf('F8_E4M3', e4m3)).toEqual([1, -1, 2, 448, 1 / 512, 0]);
  const e5m2 = Uint8Array.of(0x3c, 0xbc, 0x40, 0x7b, 0x01, 0x00);
  expect(await numbersOf('F8_E5M2', e5m2)).toEqual([1, -1, 2, 57_344, 2 ** -16, 0]);
  expect(await numbersOf('F64', new Uint8Array(Float64Array.of(0.5, -3).buffer))).toEqual([
    0.5, -3,
  ]);
});

async function numbersOf(dtype: string, bytes: Uint8Array<ArrayBuffer>): Promise<number[]> {
  const size = dtype === 'F64' ? 8 : 1;
  const entry = { dtype, shape: [bytes.length / size], data_offsets: [0, bytes.length] };
  const header = new TextEncoder().encode(JSON.stringify({ a: entry }));
  const length = new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer);
  const { tensors } = await readSafetensors(new Blob([length, header, bytes]));
  return [...tensors[0].data];
}

test.each(['{"a": null}', '{"__metadata__": null}', '{"a": [], "__metadata__": 3}'])(
  'a header of %s is refused by name',
  async (header) => {
    const length = new Uint8Array(8);
    length[0] = header.length;
    const reading = readLoraFile(new Blob([length, header]));
    await expect(reading).rejects.toMatchObject({ name: 'PackageRefused' });
  },
);

test('a whole checkpoint is refused before it is read', async () => {
  const file = { size: 4_265_146_304, arrayBuffer: () => Promise.reject(new Error('read')) };
  await expect(readLoraFile(file as unknown as Blob)).rejects.toMatchObject({
    name: 'PackageRefused',
    message: expect.stringContaining('a whole model') as string,
  });
});

test('an imported LoHa, LoKr or DoRA is exported too, and comes back as it was', async () => {
  const factor = (name: string, ...dims: number[]) => {
    const count = dims.reduce((product, size) => product * size, 1);
    return {
      name: `lora.unet.${name}`,
      dims,
      data: Float32Array.from({ length: count }, (_, i) => i - 1.5),
    };
  };
  const factors = [
    ...['hada_w1_a', 'hada_w2_a'].map((kind) => factor(`loha.${kind}`, 4, 2)),
    ...['hada_w1_b', 'hada_w2_b'].map((kind) => factor(`loha.${kind}`, 2, 6)),
    ...[factor('lokr.lokr_w1', 2, 2), factor('lokr.lokr_w2_a', 2, 2)],
    factor('lokr.lokr_w2_b', 2, 3),
    ...[factor('dora.down', 2, 6), factor('dora.up', 4, 2), factor('dora.magnitude', 4)],
    ...[factor('of_inputs.down', 2, 6), factor('of_inputs.up', 4, 2)],
    factor('of_inputs.magnitude_in', 1, 6),
    ...[factor('conv.down', 2, 6, 1, 1), factor('conv.up', 4, 2, 1, 1)],
    factor('conv.mid', 2, 2, 3, 3),
  ];
  const { factors: read } = await readLoraFile(writeLoraFile(factors, FACTS));
  const sorted = (all: typeof factors) => all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  expect(sorted(read as typeof factors)).toEqual(sorted(factors));
});
