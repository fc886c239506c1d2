/**
 * models.html: fetches models from other hosts, and is the only page that may. It opens no gallery, no prompt and no
 * image; tests/unit/models-page.test.ts holds that.
 */
import '../privacy/remove-webrtc';
import '../styles/tokens.css';
import '../styles/base.css';
import { mount } from 'svelte';
import { loadManifest } from '../models/manifest/load-manifest';
import { modelBaseUrl } from '../models/manifest/located-model';
import { speakKept } from './speak-kept';
import { startOffline } from './service-worker-client';
import { noErasureElsewhere, onErasingElsewhere } from '../browser/erasing';
import { RemoteModelsState } from '../views/models/remote-models.svelte';
import { RemoteNetworksState } from '../views/models/remote-networks.svelte';
import { SettingsState } from '../browser/settings.svelte';
import { webStorage } from '../browser/web-storage';
import ModelsPage from './ModelsPage.svelte';
import { createWorkerClient } from '../bridge/worker-client';

const startDownload = () =>
  new Worker(new URL('../../workers/remote-download.worker.ts', import.meta.url), {
    type: 'module',
  });

// Erased from another tab: leaving ends the downloads, and with them all that could write again.
onErasingElsewhere(() => location.replace('about:blank'));
await noErasureElsewhere();

const settings = new SettingsState(webStorage('localStorage'));
await speakKept(settings);
const { ready: mayStart } = startOffline();
const remote = new RemoteModelsState({
  loadManifest,
  hostOf: (entry, manifestUrl) => new URL(modelBaseUrl(manifestUrl, entry)).host,
  installerFor: (manifestUrl) => createWorkerClient({ manifestUrl, startDownload, mayStart }),
});
const networks = new RemoteNetworksState();
mount(ModelsPage, {
  target: document.querySelector('#app')!,
  props: { remote, networks, settings },
});
void networks.load();
void remote.open(new URL('model-manifest.json', document.baseURI).href);
