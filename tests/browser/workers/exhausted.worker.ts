import { expose } from 'comlink';
import { appError } from '../../../src/errors';
import type { InferenceApi } from '../../../src/contract/inference';

/** Has no memory left for any model. */
const api: Pick<InferenceApi, 'init' | 'prepare'> = {
  init: () => undefined,
  prepare: () => Promise.reject(appError('OutOfMemory', 'There was not enough memory.')),
};
expose(api);
