import type { GenerationRequest } from '../../contract/request';
import { nextTask } from '../../common/next-task';
import type { GeneratedPixels, JobOptions } from '../pipeline';
import { standardNormals } from '../random';
import { validateRequest } from '../request';
import { joinRows } from '../tensors';
import { toPixels } from '../vae';
import { labelOf } from './check-generator';
import type { GeneratorInputs, GeneratorModel } from './generator-model';

/** Label and seed to pixels, in one step: what `generate` of ../pipeline.ts is for diffusion models. */
export async function drawInOneStep(
  model: GeneratorModel,
  request: GenerationRequest,
  { signal, onProgress }: Pick<JobOptions, 'signal' | 'onProgress'>,
): Promise<GeneratedPixels> {
  validateRequest(request, model.entry);
  const { size, channels } = model.entry.generator;
  const sessionsBefore = model.msSessions();
  const start = performance.now();
  onProgress({ stage: 'denoise', step: 0, numSteps: 1, msLeft: null });
  await nextTask(); // lets the worker receive `cancel`
  signal.throwIfAborted();
  const inputs = generatorInputs(model, request);
  const encodedAt = performance.now();
  const drawn = await model.draw(inputs); // [channels, size, size]
  const drawnAt = performance.now();

  await nextTask();
  signal.throwIfAborted();
  onProgress({ stage: 'decode' });
  const picture = toPixels(channels === 1 ? joinRows([drawn, drawn, drawn]) : drawn, size, size);
  const end = performance.now();
  const timing = {
    msTotal: end - start,
    msPerStep: drawnAt - encodedAt,
    msEncode: encodedAt - start,
    msDecode: end - drawnAt,
    msSessions: model.msSessions() - sessionsBefore,
  };
  return { ...picture, timing, unknownWords: [], ignoredWords: [] };
}

/** What the graph is fed: the noise of this seed and image, the label as one-hot, the mask as 0 and 1. */
function generatorInputs(
  { entry }: GeneratorModel,
  { prompt, seed, imageIndex, mask }: GenerationRequest,
): GeneratorInputs {
  const { noise, labels } = entry.generator;
  const oneHot = new Float32Array(labels.length);
  oneHot[labelOf(prompt, entry)] = 1;
  return {
    noise: standardNormals(seed, imageIndex, noise),
    labels: oneHot,
    ...(mask && { mask: Float32Array.from(mask.labels!, (id) => (id === 0 ? 0 : 1)) }),
  };
}
