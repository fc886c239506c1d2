import type { LoraChoice } from '../../contract/request';
import { appError } from '../../errors';
import type { EvaluationRequest } from '../../evaluation/report/report';
import { loadManifest } from '../../models/manifest/load-manifest';
import type { ModelManifest } from '../../models/manifest/manifest';
import { canEncode } from '../../models/manifest/model-files';
import type { Learner } from '../../models/manifest/networks';
import { OwnNetworkChoice } from './network/own-network.svelte';

/** A model whose training images can be asked for: one of the manifest, or one with what it was taught. */
export interface MembershipModel {
  /** Of the choice, not of the model. */
  id: string;
  title: string;
  modelId: string;
  /** Without factors. */
  lora?: LoraChoice;
}

/** What a run needs besides images. */
export interface RunPlan {
  /** The networks, the one of the head line first, and what is done besides fidelity. */
  asked: Pick<EvaluationRequest, 'networks' | 'own' | 'parts'>;
  learnerIds: { segmenter?: string; classifier?: string };
}

/** Images of a side that the membership test tries at most. */
const MEMBERSHIP_MOST = 100;

/** What a comparison is to do besides fidelity, as the form has it. */
export class EvaluationChoices {
  copies = $state(true);
  usefulness = $state(true);
  /** A small classifier, trained from nothing beside the linear head. */
  classifier = $state(false);
  /** A small U-Net on images with masks. */
  segmentation = $state(false);
  /** Of each training of these networks. */
  steps = $state(120);
  /** Id of one of `models`; '' is no membership test. */
  membership = $state('');

  /** A feature network that is not of the manifest. */
  readonly own = new OwnNetworkChoice();

  /** As they are now: tuned models come and go. */
  readonly models: () => MembershipModel[];
  #fill: (lora: LoraChoice) => Promise<LoraChoice>;

  constructor(models: () => MembershipModel[], fill: (lora: LoraChoice) => Promise<LoraChoice>) {
    this.models = models;
    this.#fill = fill;
  }

  /** All that is chosen, as it is kept over a reload; a model that is no longer there is not asked about. */
  get contents() {
    const { copies, usefulness, classifier, segmentation, steps, membership } = this;
    return { copies, usefulness, classifier, segmentation, steps, membership };
  }

  set contents({ membership, ...rest }) {
    this.copies = rest.copies;
    this.usefulness = rest.usefulness;
    this.classifier = rest.classifier;
    this.segmentation = rest.segmentation;
    this.steps = rest.steps;
    this.membership = this.models().some(({ id }) => id === membership) ? membership : '';
  }

  /** Finds the networks in the manifest and the factors of a tuned model. */
  async plan(): Promise<RunPlan> {
    const manifest = await readManifest();
    const networks = manifest.evaluation?.networks.map(({ id }) => id) ?? [];
    if (networks.length === 0) throw noNetworks();
    const { copies, usefulness, steps } = this;
    const classifier = usefulness && this.classifier;
    const learnerIds = {
      ...(this.segmentation ? { segmenter: learnerId(manifest, 'segmenter') } : {}),
      ...(classifier ? { classifier: learnerId(manifest, 'classifier') } : {}),
    };
    const parts: EvaluationRequest['parts'] = {
      copies,
      usefulness,
      ...(this.segmentation ? { segmentation: { steps } } : {}),
      ...(classifier ? { classifier: { steps } } : {}),
    };
    const model = this.models().find(({ id }) => id === this.membership);
    if (model) {
      const { modelId, lora } = model;
      const filled = lora && (await this.#fill(lora));
      parts.membership = { modelId, most: MEMBERSHIP_MOST, ...(filled ? { lora: filled } : {}) };
    }
    return { asked: { ...this.own.among(networks), parts }, learnerIds };
  }
}

/** Those of the manifest that can encode an image. */
export async function membershipModels(): Promise<MembershipModel[]> {
  const { models } = await readManifest();
  return models.filter(canEncode).map(({ id, title }) => ({ id, title, modelId: id }));
}

function readManifest(): Promise<ModelManifest> {
  return loadManifest(new URL('model-manifest.json', document.baseURI).href);
}

/** A network of this app's manifest that can be trained; `ModelUnsupported` where it names none. */
export async function findLearnerId(role: Learner['role']): Promise<string> {
  return learnerId(await readManifest(), role);
}

function learnerId({ evaluation }: ModelManifest, role: Learner['role']): string {
  const found = evaluation?.learners?.find((one) => one.role === role);
  if (found) return found.id;
  throw appError('ModelUnsupported', `The model manifest names no ${role}. Leave it out.`);
}

function noNetworks(): Error {
  return appError(
    'ModelUnsupported',
    'The model manifest names no feature networks, so images cannot be compared. Use the manifest of this app.',
  );
}
