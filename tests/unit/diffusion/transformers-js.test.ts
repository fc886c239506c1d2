import { env, PreTrainedTokenizer } from '@huggingface/transformers';
import { expect, test } from 'vitest';
import { createTokenizer } from '../../../src/diffusion/text/tokenizer';
import { entry, tokenizerConfigJson, tokenizerJson } from './fakes';

env.allowRemoteModels = false;
env.allowLocalModels = false;

test.each(['chest x-ray', 'Pediatric, FRONTAL chest-xray!', 'brain MRI: glioma (zebra)', ''])(
  'transformers.js, whose tokenizer package this is, gives "%s" the same ids',
  (text) => {
    const reference = new PreTrainedTokenizer(
      JSON.parse(tokenizerJson) as object,
      JSON.parse(tokenizerConfigJson) as object,
    );
    const expected = reference.encode(text);

    const facts = { ...entry.tokenizer, maxLength: 40 };
    const { ids } = createTokenizer(facts, tokenizerJson, tokenizerConfigJson)(text);

    expect(ids.slice(0, expected.length)).toEqual(expected);
  },
);
