import { expose } from 'comlink';
import type { EvaluationApi } from '../src/contract/evaluation';
import { createModelAccess } from './model-access';
import { openGraphs } from './open-network';
import { evaluate } from '../src/evaluation/evaluate';
import type { OpenLearner } from '../src/evaluation/usefulness/learner';
import { multiplyWith, productGraph } from '../src/evaluation/metrics/matrix-product';
import { wasmBackend } from '../src/models/runtime/backend';
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
      const found = await access.findNetwork(id);
      const { network } = found;
      const [session] = await openGraphs(access, found, [network.graph], backend);
      networks.push({ network, session });
    }
    const segmenter = learnerIds.segmenter && (await openLearner(learnerIds.segmenter));
    const classifier = learnerIds.classifier && (await openLearner(learnerIds.classifier));
    const { openSession } = await import('../src/models/runtime/session');
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

  async judgeVolumes(sets, onProgress) {
    const { judgeVolumes } = await import('../src/evaluation/judge-volumes');
    return judgeVolumes(sets, async (share) => onProgress(share));
  },
};

async function openLearner(id: string): Promise<OpenLearner> {
  const found = await access.findLearner(id);
  const { network: learner } = found;
  const files = [learner.step, learner.answer];
  const [step, answer] = await openGraphs(access, found, files, backend);
  return { learner, step, answer };
}

expose(api);
