import type { CheckChoice, CheckResult, GenerationRequest } from '../contract/request';
import type { Job } from '../common/job-queue';
import type { ModelAccess } from '../models/installed/model-access';
import { openGraphs } from '../models/installed/open-network';
import { drawChecked, validateCheck } from '../diffusion/checked';
import { appError } from '../errors';
import { askedLabels, type AskedLabels } from './asked-labels';
import { wasmBackend } from '../models/runtime/backend';
import type { FeatureNetwork } from '../models/manifest/networks';
import type { ModelSession } from '../models/runtime/session-types';

interface Pixels {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

export type Checker = ReturnType<typeof createChecker>;

/** Draws until a label network of the manifest calls the picture what the prompt asks for; opens that network once. */
export function createChecker(access: ModelAccess) {
  let opened: { id: string; session: ModelSession } | null = null;

  /** Throws `RequestInvalid` where a check is asked for and cannot be made. */
  async function validate({ check, prompt }: GenerationRequest) {
    if (!check) return;
    validateCheck(check);
    const { network } = await access.findNetwork(check.networkId);
    findAsked(network, check, prompt);
  }

  /** The picture and its request as it is to be saved. Draws once where there is nothing to check. */
  async function draw<P extends Pixels>(
    { check, checked: _before, ...request }: GenerationRequest,
    { signal, onProgress }: Job,
    once: (request: GenerationRequest) => Promise<P>,
  ): Promise<{ pixels: P; request: GenerationRequest }> {
    const found = check && (await access.findNetwork(check.networkId));
    const asked = found && findAsked(found.network, check, request.prompt);
    if (!asked) return { pixels: await once(request), request };
    const { network } = found;
    const [session, { judgePicture }] = await Promise.all([open(found), import('./judge-picture')]);
    const { picture, seed, ...outcome } = await drawChecked(request, check, {
      draw: (seed) => once({ ...request, seed }),
      judge: (pixels) => judgePicture(pixels, asked, network, session),
      signal,
      onProgress,
    });
    const checked: CheckResult = {
      networkId: network.id,
      networkSha256: network.graph.shards[0].sha256 ?? '',
      asked: asked.titles,
      ...outcome,
      maxTries: check.maxTries,
      firstSeed: request.seed,
    };
    return { pixels: picture, request: { ...request, seed, checked } };
  }

  async function open(found: { network: FeatureNetwork; baseUrl: string }): Promise<ModelSession> {
    const { id, graph } = found.network;
    if (opened?.id !== id) {
      const [session] = await openGraphs(
        access,
        found,
        [graph],
        wasmBackend({ kind: 'smallNetwork' }),
      );
      opened = { id, session };
    }
    return opened.session;
  }

  return { validate, draw };
}

/** null: nothing to check, which an optional check takes for an answer. */
function findAsked(
  { title, labels }: FeatureNetwork,
  { optional }: CheckChoice,
  prompt: string,
): AskedLabels | null {
  const asked = labels ? askedLabels(prompt, labels) : null;
  if (asked || optional) return asked;
  const known = [...new Set(labels?.classes.map((one) => one.title))].slice(0, 6).join(', ');
  throw appError(
    'RequestInvalid',
    `There is nothing to check: the prompt names no label that ${title} knows (expected one such as ` +
      `${known || 'none: it names no labels'}, with the kind of image; got "${prompt.slice(0, 60)}"). ` +
      'Say in the prompt what the picture should show, or draw without the check.',
  );
}
