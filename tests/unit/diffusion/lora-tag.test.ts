import { expect, test } from 'vitest';
import { validateRequest } from '../../../src/diffusion/request';
import type { GenerationRequest } from '../../../src/contract/request';
import type { ModelEntry } from '../../../src/models/manifest/manifest';

test('a LoRA that only the prompt names is refused, for its words would be drawn', () => {
  const request = { prompt: 'cat <lora:knees:0.8>', negativePrompt: '' } as GenerationRequest;
  expect(() => validateRequest(request, {} as ModelEntry)).toThrow(
    expect.objectContaining({
      name: 'RequestInvalid',
      message: expect.stringMatching(/<lora:knees:0\.8>.*--lora FILE/) as string,
    }) as Error,
  );
});
