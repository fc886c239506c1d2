import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { createMemoryGallery, openGallery } from './gallery/gallery-store';
import { findModel, loadManifest } from './models/load-manifest';
import { startOffline } from './offline';
import { SettingsState, settingsStorage } from './state/settings.svelte';
import { StudioState } from './state/studio.svelte';
import StartupFailure from './ui/StartupFailure.svelte';
import { createWorkerClient } from './worker-client';

/** public/sample.png, where the build found one; see vite.config.ts. */
declare const __SAMPLE_URL__: string | null;

const target = document.querySelector('#app')!;

try {
  const studio = await createStudio();
  mount(App, { target, props: { studio } });
  void studio.open(startOffline());
} catch (error) {
  mount(StartupFailure, { target, props: { error: error as Error } });
}

async function createStudio(): Promise<StudioState> {
  const settings = new SettingsState(settingsStorage());
  document.documentElement.dataset.theme = settings.theme;
  const [manifest, { store, sessionOnly }] = await Promise.all([
    loadManifest(new URL('model-manifest.json', document.baseURI).href),
    openStore(),
  ]);
  const entry = findModel(manifest, manifest.defaultModel);
  const client = createWorkerClient();
  const sampleUrl = __SAMPLE_URL__;
  return new StudioState({ entry, client, store, sessionOnly, settings, sampleUrl });
}

/** A browser that denies storage still makes images; they last as long as the page. */
async function openStore() {
  try {
    return { store: await openGallery(), sessionOnly: false };
  } catch {
    return { store: createMemoryGallery(), sessionOnly: true };
  }
}
