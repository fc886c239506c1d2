import { importPart } from '../common/import-part';
import type { EvaluationApi } from '../contract/evaluation';
import type { ModelAccess } from '../models/installed/model-access';
import { openGraphs } from '../models/installed/open-network';
import { checkCopies, evaluate } from './evaluate';
import type { Multiply } from './metrics/feature-matrix';
import { manifestNetwork, type OpenNetwork } from './metrics/network-features';
import type { OpenLearner } from './usefulness/learner';
import type { EvaluationRequest } from './report/report';
import { createStages } from './stages';
import { multiplyWith, productGraph } from './metrics/matrix-product';
import { wasmBackend } from '../models/runtime/backend';

const backend = wasmBackend({ kind: 'smallNetwork' });

/** Compares sets of images: opens the networks that this needs, and runs them. */
export function createEvaluationEngine(access: ModelAccess): EvaluationApi {
  return {
    init: access.init,

    async evaluate(request, onProgress, read, keep, readMask, learnerIds = {}) {
      onProgress({ stage: 'load', done: 1, total: 1, msLeft: null });
      const networks = await openNetworks(request);
      const segmenter = learnerIds.segmenter && (await openLearner(learnerIds.segmenter));
      const classifier = learnerIds.classifier && (await openLearner(learnerIds.classifier));
      const learners = { segmenter: segmenter || undefined, classifier: classifier || undefined };
      const multiply = await openMultiply();
      const { membership } = request.parts;
      const open = async () => {
        const { openDenoiser } = await import('./open-denoiser');
        const asked = { ...membership!, seed: request.seed };
        return openDenoiser(access, asked, backend, () => undefined);
      };
      return evaluate(request, {
        networks,
        multiply,
        read,
        readMask,
        keep,
        onProgress,
        ...learners,
        openDenoiser: membership && open,
      });
    },

    async checkCopies(request, onProgress, read) {
      onProgress({ stage: 'load', done: 1, total: 1, msLeft: null });
      const networks = await openNetworks(request);
      const keep = async () => undefined;
      const multiply = await openMultiply();
      return checkCopies(request, { networks, multiply, read, keep, onProgress });
    },

    async judgeVolumes(sets, onProgress) {
      const { judgeVolumes } = await import('./judge-volumes');
      return judgeVolumes(sets, async (share) => onProgress(share));
    },

    async segmentVolumes(sets, { learnerId, ...settings }, onProgress) {
      const { volumeSegmentation } = await importPart(
        () => import('./usefulness/volume-segmentation'),
      );
      const open = await openLearner(learnerId);
      const report = createStages(onProgress).start('usefulness', open.learner.title);
      return volumeSegmentation(sets, open, settings, report);
    },
  };

  async function openNetworks({ networks: ids, own }: EvaluationRequest): Promise<OpenNetwork[]> {
    const networks: OpenNetwork[] = [];
    for (const id of ids) {
      if (own?.id === id) {
        const { openOwnNetwork } = await importPart(() => import('./own-network/open-own-network'));
        networks.push(await openOwnNetwork(own, backend));
        continue;
      }
      const found = await access.findNetwork(id);
      const { network } = found;
      const [session] = await openGraphs(access, found, [network.graph], backend);
      networks.push(manifestNetwork(network, session));
    }
    return networks;
  }

  async function openMultiply(): Promise<Multiply> {
    const { openSession } = await import('../models/runtime/session');
    return multiplyWith(await openSession({ graph: productGraph(), weights: [] }, backend));
  }

  async function openLearner(id: string): Promise<OpenLearner> {
    const found = await access.findLearner(id);
    const { network: learner } = found;
    const files = [learner.step, learner.answer];
    const [step, answer] = await openGraphs(access, found, files, backend);
    return { learner, step, answer };
  }
}
