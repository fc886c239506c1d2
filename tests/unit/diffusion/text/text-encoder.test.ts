import { expect, test } from 'vitest';
import { createTextEncoder, encodeBoth, zeroed } from '../../../../src/diffusion/text/text-encoder';
import { createTokenizer } from '../../../../src/diffusion/text/tokenizer';
import type { Component, GraphValue } from '../../../../src/models/manifest/manifest';
import { entry, fakeSession, float32, tensor, tokenizerConfigJson, tokenizerJson } from '../fakes';

const LENGTH = 6;
const facts = { ...entry.tokenizer, kind: 'clip', maxLength: LENGTH } as const;
const tokenizer = createTokenizer(facts, tokenizerJson, tokenizerConfigJson, Infinity);

/** A text encoder whose two numbers for each token are its id and 1. */
function createEncoder(shape: GraphValue['shape'] = ['batch', LENGTH]) {
  const component: Component = {
    ...entry.components.textEncoder,
    inputs: { inputIds: { name: 'input_ids', dtype: 'int32', shape } },
    outputs: { promptEmbeds: float32('prompt_embeds', shape[0], LENGTH, 2) },
  };
  const session = fakeSession(({ input_ids: { data, dims } }) => {
    const ids = Array.from(data as Int32Array);
    return {
      prompt_embeds: tensor(
        [...dims, 2],
        ids.flatMap((id) => [id, 1]),
      ),
    };
  });
  const encodeText = createTextEncoder({ component, session, tokenizer });
  return { component, session, encodeText };
}

const everySecond = (values: Float32Array) => [...values].filter((_, i) => i % 2 === 0);

test('a long prompt is run chunk by chunk, and the embeds follow each other', async () => {
  const { session, encodeText } = createEncoder();
  const { embeds, dims } = await encodeText('chest normal chest normal x');
  expect(session.fed.map(({ input_ids }) => Array.from(input_ids.data as Int32Array))).toEqual([
    [2, 4, 9, 4, 9, 3],
    [2, 5, 3, 0, 0, 0],
  ]);
  expect(dims).toEqual([1, 12, 2]);
  expect(everySecond(embeds)).toEqual([2, 4, 9, 4, 9, 3, 2, 5, 3, 0, 0, 0]);
});

test('a graph with a fixed batch gets its row twice, and one answer is taken', async () => {
  const { session, encodeText } = createEncoder([2, LENGTH]);
  const { embeds, dims } = await encodeText('chest');
  expect(session.fed[0].input_ids.dims).toEqual([2, LENGTH]);
  expect(dims).toEqual([1, LENGTH, 2]);
  expect(everySecond(embeds)).toEqual([2, 4, 3, 0, 0, 0]);
});

test('a weighted word has its embeds multiplied, and the chunk keeps its mean', async () => {
  const { encodeText } = createEncoder();
  const plain = (await encodeText('chest normal')).embeds;
  const { embeds } = await encodeText('chest (normal:2)');
  const mean = (values: Float32Array) => values.reduce((sum, x) => sum + x, 0) / values.length;
  expect(mean(embeds)).toBeCloseTo(mean(plain), 6);
  const factor = embeds[0] / plain[0]; // of BOS, which has no weight
  expect(factor).toBeLessThan(1);
  expect(embeds[4] / plain[4]).toBeCloseTo(2 * factor, 6); // "normal"
  expect(embeds[5] / plain[5]).toBeCloseTo(2 * factor, 6);
});

test('prompt and negative prompt get the same number of chunks, the shorter one with empty ones', async () => {
  const { encodeText } = createEncoder();
  const long = 'chest normal chest normal x';
  const empty = [2, 3, 0, 0, 0, 0];
  const [conditional, unconditional] = await encodeBoth(encodeText, long, 'x');
  expect(unconditional?.dims).toEqual(conditional.dims);
  expect(everySecond(unconditional?.embeds ?? new Float32Array())).toEqual([
    2,
    5,
    3,
    0,
    0,
    0,
    ...empty,
  ]);
  const [shorter] = await encodeBoth(encodeText, 'x', long);
  expect(everySecond(shorter.embeds)).toEqual([2, 5, 3, 0, 0, 0, ...empty]);
});

test('without a negative prompt there is nothing to wait for', async () => {
  const { session, encodeText } = createEncoder();
  expect((await encodeBoth(encodeText, 'x', null))[1]).toBeNull();
  expect(session.fed).toHaveLength(1);
});

/** As SDXL's second encoder: other paddings, three numbers for each token, and the text in one vector. */
function createSecond() {
  const own = { ...facts, padTokenId: 7 };
  const component: Component = {
    ...entry.components.textEncoder,
    inputs: { inputIds: { name: 'input_ids', dtype: 'int32', shape: ['batch', LENGTH] } },
    outputs: {
      pooledEmbeds: float32('text_embeds', 'batch', 2),
      promptEmbeds: float32('hidden_states', 'batch', LENGTH, 3),
    },
  };
  const session = fakeSession(({ input_ids: { data, dims } }) => {
    const ids = Array.from(data as Int32Array);
    return {
      text_embeds: tensor([1, 2], [ids[1], -1]),
      hidden_states: tensor(
        [...dims, 3],
        ids.flatMap((id) => [-id, 2, 3]),
      ),
    };
  });
  const second = createTokenizer(own, tokenizerJson, tokenizerConfigJson, Infinity);
  return { component, session, tokenizer: second };
}

test('the embeds of two encoders stand side by side, each with its own padding; the first chunk is pooled', async () => {
  const { component, session } = createEncoder();
  const encodeText = createTextEncoder({ component, session, tokenizer }, createSecond());
  const { embeds, dims, pooled } = await encodeText('chest normal chest normal x');
  expect(dims).toEqual([1, 2 * LENGTH, 5]);
  const rows = Array.from({ length: 2 * LENGTH }, (_, i) => [...embeds.slice(5 * i, 5 * i + 5)]);
  expect(rows[1]).toEqual([4, 1, -4, 2, 3]);
  expect(rows[9]).toEqual([0, 1, -7, 2, 3]); // filled up
  expect([...pooled!]).toEqual([4, -1]);
  const zeros = zeroed({ embeds, dims, pooled, unknownWords: [], ignoredWords: [] });
  expect([...zeros.embeds, ...zeros.pooled!].every((x) => x === 0)).toBe(true);
  expect(zeros.embeds).toHaveLength(embeds.length);
});
