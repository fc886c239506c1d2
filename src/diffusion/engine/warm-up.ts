import type { ModelAccess } from '../../models/installed/model-access';
import { installRecord } from '../../models/store/weight-store';
import { importRuntime } from './import-runtime';

/** Starts ONNX Runtime before there is a graph for it, once in a worker. */
export interface WarmUp {
  /** Resolves when it runs, or when it failed: whoever needs it then tries again, and says what is wrong. */
  start: () => Promise<void>;
  /** The same where the model is stored, and so may soon be asked for. A first visit fetches nothing for it. */
  startFor: (modelId: string) => Promise<void>;
}

export function createWarmUp(access: ModelAccess): WarmUp {
  let started: Promise<void> | null = null;

  async function run() {
    try {
      const { warmRuntime } = await importRuntime();
      await warmRuntime();
    } catch {
      started = null;
    }
  }

  const start = () => (started ??= run());
  return {
    start,
    async startFor(modelId) {
      if (await installRecord(await access.openStore(), modelId)) await start();
    },
  };
}
