import { expose } from 'comlink';
import type { EvaluationApi } from './api';
import { createModelAccess } from './model-access';
import { evaluate } from '../src/evaluation/evaluate';
import type { OpenLearner } from '../src/evaluation/learner';
import { multiplyWith, productGraph } from '../src/evaluation/matrix-product';
import { wasmBackend } from '../src/models/backend';
import { installNetwork } from '../src/models/feature-networks';
import type { FeatureNetwork, Learner, ModelFile } from '../src/models/manifest';
import { readModelFile, type WeightStore } from '../src/models/weight-store';
import { reportRequests } from '../src/privacy/request-count';

reportRequests();
const access = createModelAccess();
const backend = wasmBackend('Feature networks run on the CPU.');

const api: EvaluationApi = {
  async evaluate(request, manifestUrl, onProgress, read, keep, readMask, learnerIds = {}) {
    access.init({ manifestUrl });
    onProgress({ stage: 'load', done: 1, total: 1, msLeft: null });
    const networks = [];
    for (const id of request.networks) {
      const { network, baseUrl } = await access.findNetwork(id);
      const [session] = await openGraphs(network, baseUrl, [network.graph]);
      networks.push({ network, session });
    }
    const segmenter = learnerIds.segmenter && (await openLearner(learnerIds.segmenter));
    const classifier = learnerIds.classifier && (await openLearner(learnerIds.classifier));
    const { openSession } = await import('../src/models/session');
    const product = await openSession({ graph: productGraph(), weights: [] }, backend);
    const learners = { segmenter: segmenter || undefined, classifier: classifier || undefined };
    const multiply = multiplyWith(product);
    const { membership } = request.parts;
    const open = async () => {
      const { openDenoiser } = await import('./open-denoiser');
      const asked = { ...membership!, seed: request.seed };
      return openDenoiser(access, asked, backend, () => undefined);
    };
    return evaluate(request, {
      ...{ networks, multiply, read, readMask, keep, onProgress },
      ...learners,
      openDenoiser: membership && open,
    });
  },
};

async function openLearner(id: string): Promise<OpenLearner> {
  const { network: learner, baseUrl } = await access.findLearner(id);
  const [step, answer] = await openGraphs(learner, baseUrl, [learner.step, learner.answer]);
  return { learner, step, answer };
}

/** From the store, or fetched for this run only where nothing may be stored. */
async function openGraphs(network: FeatureNetwork | Learner, baseUrl: string, files: ModelFile[]) {
  const read = (store: WeightStore) =>
    Promise.all(files.map((file) => readModelFile(store, network.id, file)));
  const stored = await read(await access.openStore()).catch(() => null);
  const graphs = stored ?? (await read(await installInMemory(network, baseUrl)));
  const { openSession } = await import('../src/models/session');
  return Promise.all(graphs.map((graph) => openSession({ graph, weights: [] }, backend)));
}

async function installInMemory(network: FeatureNetwork | Learner, baseUrl: string) {
  const memory = access.openSession();
  const { signal } = new AbortController();
  await installNetwork(network, baseUrl, memory, { signal, onProgress: () => undefined });
  return memory;
}

expose(api);
