import { expect, test } from 'vitest';
import { baseOf } from '../../../src/finetune/lora-file';
import { checkLearntOn, learntOn, unetHash } from '../../../src/models/manifest/learnt-on';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';

function entry(weights: string, change: Partial<DiffusionEntry> = {}): DiffusionEntry {
  const shards = [{ path: 'unet-0.bin', bytes: 1, sha256: weights }];
  return {
    ...{ id: 'm', title: 'The model', version: '0.3.0', summary: '' },
    components: { unet: { weights: [{ name: 'unet-0.bin', bytes: 1, shards }] } },
    ...change,
  } as unknown as DiffusionEntry;
}

const OLD = entry('aa');
const NEW = entry('bb', { version: '1.0.0' });

test('what was learnt on other weights is refused, with both versions and what to do', async () => {
  const { modelHash: _, ...base } = await learntOn(OLD);
  await expect(checkLearntOn(base, 'Knees', NEW)).rejects.toMatchObject({
    name: 'RequestInvalid',
    message: expect.stringMatching(
      /"Knees" was learnt on version 0\.3\.0 of The model .* version 1\.0\.0 .*Draw without it/,
    ) as string,
  });
});

test('other words about the same weights change nothing', async () => {
  const base = await learntOn(OLD);
  const reworded = entry('aa', { version: '0.3.1', summary: 'New words.' });
  await expect(checkLearntOn(base, 'Knees', reworded)).resolves.toBeUndefined();
  expect(await unetHash(reworded)).toBe(base.unetSha256);
});

test('files from before the weights were noted must name the very entry', async () => {
  const { modelHash } = await learntOn(OLD);
  const base = { modelId: 'm', modelHash };
  await expect(checkLearntOn(base, 'Knees', OLD)).resolves.toBeUndefined();
  await expect(checkLearntOn(base, 'Knees', NEW)).rejects.toThrow(
    /an earlier version of The model/,
  );
});

test('what says nothing of its base is left to the shapes of its factors', async () => {
  await expect(checkLearntOn({ modelId: 'm' }, 'Knees', NEW)).resolves.toBeUndefined();
  expect(baseOf({ title: 'Knees' })).toEqual({});
  expect(baseOf({ modelId: 'm' })).toEqual({});
  expect(baseOf({ modelId: 'm', baseVersion: '1.0.0', baseUnet: 'ab' })).toEqual({
    base: { modelId: 'm', version: '1.0.0', unetSha256: 'ab' },
  });
});
