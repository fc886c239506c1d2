import type { GpuDevice } from '../models/runtime/gpu-device';
import type { Component, DiffusionEntry } from '../models/manifest/manifest';
import type { ModelSession } from '../models/runtime/session-types';
import { appError } from '../errors';
import { buildConditions, isGuided, withMask, type Conditions } from './conditioning';
import { createGpuLatents, type GpuMath } from './gpu-latents';
import { LatentKernels } from './latent-kernels';
import { createCpuLatents } from './latents';
import { adaptersOf, weightsKey } from './lora/adapters-of';
import { lazySession, timed, type Clock } from './lazy-session';
import type { DiffusionModel } from './model';
import { learnedEmbeds, placesOf, wordKey } from './text/learned-word';
import { createTextEncoder, encodeBoth, zeroed } from './text/text-encoder';
import { openTokenizer, type TokenizerSource } from './text/open-tokenizer';
import { createUnet, embedsGuidance } from './unet';
import { createVaeDecoder, createVaeEncoder } from './vae';

/** The graphs that text-to-image may need, in the order they are compiled. */
const COMPONENTS = ['textEncoder', 'textEncoder2', 'unet', 'vaeDecoder'] as const;

/** The name of one graph; the VAE encoder is compiled when an image is to be encoded. */
export type ComponentName = (typeof COMPONENTS)[number] | 'vaeEncoder';

/** Those that a model has: the second text encoder is SDXL's. */
function componentsOf({ components }: DiffusionEntry) {
  return COMPONENTS.flatMap((name) =>
    components[name] ? [[name, components[name]] as const] : [],
  );
}

/** Where a model's parts come from; the worker knows stores and backends, this folder does not. */
export interface ModelSource extends TokenizerSource {
  createSession: (name: ComponentName, component: Component) => Promise<ModelSession>;
  /** The device that the sessions run on; latents then never leave it. Absent or null: the CPU. */
  gpu?: GpuDevice | null;
  /** True where memory is short: the text encoder is freed before the UNet is made, and after each new prompt. */
  frugal?: boolean;
  /** Told before each graph is compiled, and once when all are. */
  onCompile?: (component: ComponentName, done: number, total: number) => void;
  /** Stops between two graphs. */
  signal?: AbortSignal;
}

/** Compiles a model's graphs, one after the other so that memory peaks only once, and wires them together. */
export async function loadModel(source: ModelSource): Promise<DiffusionModel> {
  const { entry, createSession } = source;
  // The kernels that keep latents on the GPU know planes only; a volume's latents go there and back in each step.
  const gpu = entry.volume ? null : (source.gpu ?? null);
  const tokenizer = await openTokenizer(source);
  const math: GpuMath | null = gpu && { gpu, kernels: new LatentKernels(gpu.device) };
  const clock: Clock = { ms: 0, recording: null };
  const sessions = await createSessions(source);
  const release = async () => {
    await Promise.all(Object.values(sessions).map((session) => session.release()));
  };

  try {
    const { textEncoder, textEncoder2, unet, vaeDecoder } = Object.fromEntries(
      Object.entries(sessions).map(([name, session]) => [name, timed(session, clock)]),
    );
    const { components } = entry;
    const encodeText = createTextEncoder(
      { component: components.textEncoder, session: textEncoder, tokenizer },
      components.textEncoder2 && {
        component: components.textEncoder2,
        session: textEncoder2,
        tokenizer: await openTokenizer(forSecond(source)),
      },
    );
    const places = (text: string, word: string) =>
      placesOf(text, word, tokenizer, entry.tokenizer.padTokenId);
    let encodeImage: DiffusionModel['encodeImage'] | null = null;
    return {
      entry,
      encodeConditions: remembering(entry, async (request) => {
        const guided = isGuided(request) && !embedsGuidance(entry);
        const negativePrompt = guided ? request.negativePrompt : null;
        const weights = textKey(request);
        const texts = await encodeBoth(encodeText, request.prompt, negativePrompt, weights);
        if (source.frugal) await Promise.all([textEncoder.release(), textEncoder2?.release()]);
        const [prompt, said] = texts;
        const zero = entry.zeroEmptyNegative && negativePrompt?.trim() === '';
        const negative = said && zero ? zeroed(said) : said;
        const learned = learnedEmbeds(prompt, adaptersOf(request), (word) =>
          places(request.prompt, word),
        );
        return buildConditions(entry, request, learned, negative);
      }),
      placesOf: places,
      startLatents: (initial) =>
        math ? createGpuLatents(math, entry, initial) : createCpuLatents(entry, initial),
      predictNoise: createUnet(entry, unet, math),
      ...createVaeDecoder(entry, vaeDecoder, math),
      async encodeImage(image) {
        if (!encodeImage) {
          const { vaeEncoder } = entry.components;
          if (!vaeEncoder) throw noEncoder(entry);
          sessions.vaeEncoder = await createSession('vaeEncoder', vaeEncoder);
          encodeImage = createVaeEncoder(entry, timed(sessions.vaeEncoder, clock));
        }
        return encodeImage(image);
      },
      msSessions: () => clock.ms,
      record: () => (clock.recording = []),
      gpu,
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The same tokenizer, but for what a text is filled up with. */
function forSecond(source: ModelSource): ModelSource {
  const { tokenizer } = source.entry;
  const { secondPadTokenId: padTokenId = tokenizer.padTokenId } = tokenizer;
  return { ...source, entry: { ...source.entry, tokenizer: { ...tokenizer, padTokenId } } };
}

/** All sessions or none: a failure frees those that were made before it. */
async function createSessions(source: ModelSource): Promise<Record<string, ModelSession>> {
  const { entry, createSession, onCompile, signal, frugal } = source;
  const sessions: Record<string, ModelSession> = {};
  try {
    const components = componentsOf(entry);
    for (const [done, [name, component]] of components.entries()) {
      signal?.throwIfAborted();
      onCompile?.(name, done, components.length);
      const session = await createSession(name, component);
      sessions[name] = session;
      if (frugal && name.startsWith('textEncoder')) {
        await session.release();
        sessions[name] = lazySession(() => createSession(name, component));
      }
    }
    signal?.throwIfAborted();
    onCompile?.('vaeDecoder', components.length, components.length);
  } catch (error) {
    await Promise.all(Object.values(sessions).map((session) => session.release()));
    throw error;
  }
  return sessions;
}

/** What the conditions of a request follow from; requests that share it share the tensors too, on the GPU as well. */
function conditionsKey({ prompt, negativePrompt, covariates, ...request }: ConditionsOf): string {
  const asked = [prompt, negativePrompt, isGuided(request), Object.entries(covariates)];
  return JSON.stringify([...asked, wordKey(adaptersOf(request)), textKey(request)]);
}

/** The text encoder's weights decide what a prompt says. */
const textKey = (request: Parameters<typeof adaptersOf>[0]) =>
  weightsKey(adaptersOf(request), 'text_encoder');

type ConditionsOf = Parameters<DiffusionModel['encodeConditions']>[0];

const MAX_REMEMBERED = 8;

function remembering(
  entry: DiffusionEntry,
  encode: DiffusionModel['encodeConditions'],
): DiffusionModel['encodeConditions'] {
  const known = new Map<string, Conditions>();
  return async (request) => {
    const key = conditionsKey(request);
    const conditions = known.get(key) ?? (await encode(request));
    if (known.size === MAX_REMEMBERED) known.delete([...known.keys()][0]);
    known.set(key, conditions);
    // Masks are seldom the same twice, and cost nothing beside the text.
    return request.mask ? withMask(conditions, entry, request.mask.labels!) : conditions;
  };
}

function noEncoder({ title }: DiffusionEntry) {
  return appError(
    'ModelUnsupported',
    `${title} cannot start from an image (expected a VAE encoder in its manifest entry, got none). ` +
      'Choose a model that has one.',
  );
}
