import { appError } from '../errors';
import type { GraphValue, ModelEntry } from '../models/manifest';
import type { ModelSession, TensorData } from '../models/session-types';
import { concat, type Conditions } from './conditioning';
import { latentDims } from './latents';
import { toFloat32, toTensor } from './tensors';

/** One forward of the UNet: latents [1, c, h, w] → noisePred [batch, c, h, w], one row per condition row. */
export type PredictNoise = (
  latents: Float32Array,
  timestep: number,
  conditions: Conditions,
) => Promise<Float32Array>;

/** What is known at a step, by role. A graph without a role simply does not get it. */
const FEEDS: Record<
  string,
  (value: GraphValue, latents: TensorData, timestep: number, conditions: Conditions) => TensorData
> = {
  latents: (_, latents) => latents,
  timestep: (value, _, timestep, { batch }) => toTensor(value, [batch], timestep),
  promptEmbeds: (value, _, __, { promptEmbeds, promptEmbedsDims }) =>
    toTensor(value, promptEmbedsDims, promptEmbeds),
  covariates: (value, _, __, { batch, covariates }) =>
    toTensor(value, [batch, covariates.length / batch], covariates),
  covariatesPresent: (value, _, __, { batch, covariatesPresent }) =>
    toTensor(value, [batch, covariatesPresent.length / batch], covariatesPresent),
  // No mask was drawn: zeros, and the flag says so.
  mask: (value, _, __, { batch }) => toTensor(value, [batch], 0),
  maskPresent: (value, _, __, { batch }) => toTensor(value, [batch], 0),
};

/** The UNet of a model; fails at once when its graph asks for something the pipeline has not. */
export function createUnet(entry: ModelEntry, session: ModelSession): PredictNoise {
  const { inputs, outputs } = entry.components.unet;
  const roles = Object.entries(inputs);
  const unknown = roles.find(([role]) => !(role in FEEDS));
  if (unknown) {
    throw appError(
      'ModelUnsupported',
      `The UNet of ${entry.title} has an input of role "${unknown[0]}" (expected any of ` +
        `${Object.keys(FEEDS).join(', ')}). Correct the role in the manifest, or export the UNet without it.`,
    );
  }
  const [, ...dims] = latentDims(entry);

  return async (latents, timestep, conditions) => {
    const { batch } = conditions;
    const rows = batch === 2 ? concat(latents, latents) : latents;
    const sample = toTensor(inputs.latents, [batch, ...dims], rows);
    const feeds = Object.fromEntries(
      roles.map(([role, value]) => [value.name, FEEDS[role](value, sample, timestep, conditions)]),
    );
    const results = await session.run(feeds);
    return toFloat32(results[outputs.noisePred.name]);
  };
}
