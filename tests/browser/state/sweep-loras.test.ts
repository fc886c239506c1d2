import { expect, test } from 'vitest';
import type { GenerationRequest } from '../../../src/contract/request';
import type { DrawerList } from '../../../src/views/studio/compare/drawer-list.svelte';
import { FormState } from '../../../src/controls/form.svelte';
import type {
  WorkbenchHost,
  WorkbenchState,
} from '../../../src/views/studio/state/beside-the-picture.svelte';
import { SweepState } from '../../../src/views/studio/state/sweep.svelte';
import { fakeEntry, fakeRequest } from '../views/ui-fakes';

test('a grid of LoRA files that is put together from the gallery is finished with their factors', async () => {
  const entry = fakeEntry();
  const drawn: GenerationRequest[] = [];
  const factors = [{ name: 'lora.unet.a.down', dims: [1, 1], data: Float32Array.of(1) }];
  const host = {
    entry,
    form: new FormState(entry),
    generation: {
      running: false,
      startSeries: (requests: GenerationRequest[]) => Promise.resolve(void drawn.push(...requests)),
    },
    finetuning: {
      fill: (request: GenerationRequest) =>
        Promise.resolve({
          ...request,
          moreLoras: request.moreLoras?.map((one) => ({ ...one, factors })),
        }),
    },
  } as unknown as WorkbenchHost;
  const list = { all: [] } as unknown as DrawerList;
  const sweep = new SweepState({} as WorkbenchState, host, list);
  const [age] = entry.conditions.covariates;
  const request = fakeRequest({
    covariates: { age: 20 },
    moreLoras: [{ sha256: 'ab', title: 'Knees', strength: 0.5 }], // as the gallery keeps it
  });
  const x = { covariate: age, values: [20, 40] };
  sweep.run = { id: 'grid', x, y: null, request, modelHash: '', ids: ['made', null] };
  expect(sweep.canFinish).toBe(true);
  await sweep.finish();
  expect(drawn).toMatchObject([{ covariates: { age: 40 }, moreLoras: [{ factors }] }]);
});
