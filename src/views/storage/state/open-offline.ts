import type { ModelEntry, ModelManifest } from '../../../models/manifest/manifest';
import { offlineParts, type OfflineFile } from './offline-parts';
import { OfflineReady, type OfflineHooks } from './offline-ready.svelte';

/** TypeScript's DOM library does not know it yet. */
interface Connection {
  connection?: { saveData?: boolean };
}

const ANSWER_WITHIN_MS = 5000;

/** What can be fetched ahead here; null where no service worker keeps anything. */
export async function openOffline(
  manifest: ModelManifest,
  own: ModelEntry,
  hooks: Omit<OfflineHooks, 'isKept'>,
): Promise<OfflineReady | null> {
  const worker = 'serviceWorker' in navigator ? navigator.serviceWorker.controller : null;
  const paths = worker && (await filesOf(worker));
  const list = paths?.find((path) => path.includes('/offline-files-'));
  if (!list) return null;
  const files = (await (await fetch(list)).json()) as OfflineFile[];
  // As src/models/runtime/runtime.ts chooses.
  const build = 'Suspending' in WebAssembly ? 'jspi' : 'asyncify';
  const isKept = async (path: string) =>
    (await caches.match(new URL(path, document.baseURI))) !== undefined;
  const frugal = (navigator as Connection).connection?.saveData ?? false;
  return new OfflineReady(offlineParts(files, manifest, own, build), { ...hooks, isKept }, frugal);
}

/** The files that this version's service worker keeps on demand; null where it does not answer. */
function filesOf(worker: ServiceWorker): Promise<string[] | null> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }: MessageEvent<string[]>) => resolve(data);
    worker.postMessage('list', [port2]);
    setTimeout(() => resolve(null), ANSWER_WITHIN_MS);
  });
}
