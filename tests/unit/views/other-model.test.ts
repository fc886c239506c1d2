import { expect, test } from 'vitest';
import { modelHash } from '../../../src/models/manifest/located-model';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import { settingsNote } from '../../../src/views/studio/state/other-model';
import type { GenerationRequest } from '../../../src/contract/request';

const NOW = {
  ...{ id: 'm', title: 'The model', version: '1.0.0' },
  components: {},
} as DiffusionEntry;
const picture = (modelId: string, hash: string) => ({
  request: { modelId } as GenerationRequest,
  modelHash: hash,
});

test('settings of a picture of this very model need no word', async () => {
  expect(await settingsNote(picture('m', await modelHash(NOW)), NOW)).toBe('');
});

test('settings of another version or model make another picture, and the form says so', async () => {
  const before = await modelHash({ ...NOW, version: '0.3.0' });
  expect(await settingsNote(picture('m', before), NOW)).toBe(
    'This picture was made by another version of The model than 1.0.0. The same settings make another picture now.',
  );
  expect(await settingsNote(picture('sd', before), NOW)).toMatch(
    /^This picture was made by sd, and the studio uses The model\./,
  );
});
