import type { Component, ModelEntry } from '../models/manifest';
import type { ModelSession } from '../models/session-types';
import { buildConditions, isGuided } from './conditioning';
import type { DiffusionModel } from './model';
import { createTextEncoder } from './text-encoder';
import { createTokenizer } from './tokenizer';
import { createUnet } from './unet';
import { createVaeDecoder } from './vae';

/** The graphs that text-to-image needs, in the order they are compiled. */
export const COMPONENTS = ['textEncoder', 'unet', 'vaeDecoder'] as const;

/** The name of one such graph. */
export type ComponentName = (typeof COMPONENTS)[number];

/** Where a model's parts come from; the worker knows stores and backends, this folder does not. */
export interface ModelSource {
  entry: ModelEntry;
  /** Texts of the two tokenizer files. */
  tokenizerJson: string;
  tokenizerConfigJson: string;
  createSession: (name: ComponentName, component: Component) => Promise<ModelSession>;
  /** Told before each graph is compiled, and once when all are. */
  onCompile?: (component: ComponentName, done: number, total: number) => void;
  /** Stops between two graphs. */
  signal?: AbortSignal;
}

/** Compiles a model's graphs, one after the other so that memory peaks only once, and wires them together. */
export async function loadModel(source: ModelSource): Promise<DiffusionModel> {
  const { entry, tokenizerJson, tokenizerConfigJson } = source;
  const tokenizer = createTokenizer(entry.tokenizer, tokenizerJson, tokenizerConfigJson);
  const clock = { ms: 0 };
  const sessions = await createSessions(source);
  const release = async () => {
    await Promise.all(sessions.map((session) => session.release()));
  };

  try {
    const [textEncoder, unet, vaeDecoder] = sessions.map((session) => timed(session, clock));
    const encodeText = createTextEncoder(entry.components.textEncoder, textEncoder, tokenizer);
    return {
      entry,
      async encodeConditions(request) {
        const conditional = await encodeText(request.prompt);
        const unconditional = isGuided(request) ? await encodeText(request.negativePrompt) : null;
        return buildConditions(entry, request, conditional, unconditional);
      },
      predictNoise: createUnet(entry, unet),
      decode: createVaeDecoder(entry, vaeDecoder),
      msSessions: () => clock.ms,
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** All sessions or none: a failure frees those that were made before it. */
async function createSessions(source: ModelSource): Promise<ModelSession[]> {
  const { entry, createSession, onCompile, signal } = source;
  const sessions: ModelSession[] = [];
  try {
    for (const [done, name] of COMPONENTS.entries()) {
      signal?.throwIfAborted();
      onCompile?.(name, done, COMPONENTS.length);
      sessions.push(await createSession(name, entry.components[name]));
    }
    signal?.throwIfAborted();
    onCompile?.('vaeDecoder', COMPONENTS.length, COMPONENTS.length);
  } catch (error) {
    await Promise.all(sessions.map((session) => session.release()));
    throw error;
  }
  return sessions;
}

/** The same session with a clock around its bare runs. */
function timed(session: ModelSession, clock: { ms: number }): ModelSession {
  return {
    inputNames: session.inputNames,
    release: () => session.release(),
    async run(feeds) {
      const start = performance.now();
      try {
        return await session.run(feeds);
      } finally {
        clock.ms += performance.now() - start;
      }
    },
  };
}
