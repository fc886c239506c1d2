/** bench.html: measures a model on this device. Nothing of it is part of the studio, and it opens no gallery. */
import '../privacy/remove-webrtc';
import '../styles/tokens.css';
import '../styles/base.css';
import { mount } from 'svelte';
import { loadManifest } from '../models/manifest/load-manifest';
import { noErasureElsewhere, onErasingElsewhere } from '../browser/erasing';
import { speakKept } from './speak-kept';
import { startOffline } from './service-worker-client';
import { BenchmarkState } from '../views/benchmark/benchmark.svelte';
import { SettingsState } from '../browser/settings.svelte';
import { webStorage } from '../browser/web-storage';
import BenchPage from './BenchPage.svelte';
import { createWorkerClient } from '../bridge/worker-client';

// Erased from another tab: leaving ends the measurement, and with it what could write the model again.
onErasingElsewhere(() => location.replace('about:blank'));
await noErasureElsewhere();

const settings = new SettingsState(webStorage('localStorage'));
await speakKept(settings);
const { ready: mayStart } = startOffline();
const client = createWorkerClient({ mayStart });
const benchmark = new BenchmarkState({
  loadManifest: () => loadManifest(new URL('model-manifest.json', document.baseURI).href),
  install: (modelId, options) => client.install(modelId, options),
  run: (request, options) => client.benchmark(request, options),
});
mount(BenchPage, { target: document.querySelector('#app')!, props: { benchmark, settings } });
void benchmark.open();
