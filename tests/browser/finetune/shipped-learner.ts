import type { OpenLearner } from '../../../src/evaluation/usefulness/learner';
import { wasmBackend } from '../../../src/models/runtime/backend';
import type { Learner } from '../../../src/models/manifest/networks';
import { openSession } from '../../../src/models/runtime/session';

/** A network that the shipped manifest names to be trained. */
export async function openShippedLearner(role: Learner['role']): Promise<OpenLearner> {
  const { evaluation } = (await (await fetch('/model-manifest.json')).json()) as {
    evaluation: { learners: Learner[] };
  };
  const learner = evaluation.learners.find((one) => one.role === role)!;
  const backend = wasmBackend({ kind: 'choseCpu' });
  const open = async ({ shards: [{ path }] }: Learner['step']) => {
    const graph = await (await fetch(`/${learner.baseUrl}${path}`)).blob();
    return openSession({ graph, weights: [] }, backend);
  };
  return { learner, step: await open(learner.step), answer: await open(learner.answer) };
}
