import './privacy/remove-webrtc';
import './styles/tokens.css';
import './styles/base.css';
import { mount, unmount } from 'svelte';
import App from './App.svelte';
import { openKept } from './shell/open-stores';
import { findChecker } from './models/manifest/find-checker';
import { findWanted } from './models/store/find-wanted';
import { loadManifest } from './models/manifest/load-manifest';
import { relativesOf } from './models/manifest/relatives';
import { speakKept } from './shell/speak-kept';
import { startOffline, type Offline } from './shell/service-worker-client';
import { checkOutside } from './shell/outside-ways';
import { ErasureState } from './views/storage/state/erasure.svelte';
import { FormMemory } from './views/storage/state/form-memory';
import { FootprintState } from './views/storage/state/requests-and-bytes.svelte';
import { PAGE_ADDRESS, SessionState } from './views/storage/state/session.svelte';
import { tellKeepsPlain } from './browser/keeps-plain';
import { noErasureElsewhere } from './browser/erasing';
import { nameMissingParts } from './browser/missing-parts';
import { SettingsState } from './browser/settings.svelte';
import { webStorage } from './browser/web-storage';
import { StudioState } from './shell/studio.svelte';
import { removeOldExports } from './browser/zip-target';
import ErasureReport from './views/storage/ErasureReport.svelte';
import StartupFailure from './shell/StartupFailure.svelte';
import { createWorkerClient } from './bridge/worker-client';

/** public/sample.webp, where the build found one; see vite.config.ts. */
declare const __SAMPLE_URL__: string | null;

const target = document.querySelector('#app')!;
// Stays where this script is not run, as from file://.
document.querySelector('#starting')?.remove();
nameMissingParts();
let app: Record<string, unknown> | null = null;
/** Ends workers, closes databases, gives up addresses; nothing before there is a studio. */
let release = () => {};
// Listens before anything is opened, so that no erasure is missed.
const erasure = new ErasureState({
  release: () => release(),
  show: () => void showErasure(erasure),
});

try {
  await noErasureElsewhere();
  // First, so that what the service worker fetches to install itself is counted too.
  const footprint = new FootprintState();
  footprint.watch();
  const offline = startOffline();
  const { studio, problems } = await createStudio(offline, footprint);
  if (erasure.phase === 'elsewhere') {
    release(); // it began while this page was starting
  } else {
    app = mount(App, { target, props: { studio, problems } });
    void studio.open(offline.ready);
  }
} catch (error) {
  mount(StartupFailure, { target, props: { error: error as Error } });
}

async function createStudio(offline: Offline, footprint: FootprintState) {
  const session = new SessionState(PAGE_ADDRESS);
  // Nothing is lost but room, or what must not lie there.
  void removeOldExports(session.active ? 'every tab' : 'closed tabs').catch(() => undefined);
  const settings = new SettingsState(webStorage('localStorage'), { readOnly: session.active });
  document.documentElement.dataset.theme = settings.theme;
  const [manifest, kept] = await Promise.all([
    loadManifest(new URL('model-manifest.json', document.baseURI).href),
    openKept({ sessionOnly: session.active }),
    speakKept(settings),
  ]);
  const entry = await findWanted(manifest, settings.modelId);
  const client = createWorkerClient({ mayStart: offline.ready });
  client.warm(entry.id);
  const sampleUrl = __SAMPLE_URL__;
  const { store, sessionOnly, vault, undone } = kept;
  const studio: StudioState = new StudioState({
    entry,
    client,
    store,
    sessionOnly,
    settings,
    sampleUrl,
    datasetRecords: kept.datasets,
    promptRecords: kept.prompts,
    keeping: {
      vault,
      undone,
      session,
      erasure,
      memory: new FormMemory(webStorage('sessionStorage')),
    },
    modelKeeper: client,
    footprint,
    evaluation: {
      evaluator: async () => (await import('./bridge/evaluation-client')).runEvaluation,
      volumeJudge: async () => (await import('./bridge/evaluation-client')).judgeVolumes,
      volumeTrainer: async () => (await import('./bridge/evaluation-client')).segmentVolumes,
      features: kept.features,
      records: kept.evaluations,
    },
    finetune: {
      finetuner: async () => (await import('./bridge/finetune-client')).runFinetune,
      records: kept.finetunes,
      models: manifest.models,
    },
    checker: findChecker(manifest),
    relatives: relativesOf(entry, manifest.models),
    storedModels: async () =>
      (await import('./models/store/installed-entries')).installedEntries(manifest.models),
    ahead: {
      manifest,
      installNetwork: (id, options) => client.installNetwork(id, options),
      installTunable: (id, options) => client.installTunable(id, options),
    },
    updates: offline,
    checkOutside,
  });
  tellKeepsPlain(() => studio.keeping.keepsPlain);
  release = () => {
    studio.generation.forget();
    studio.words.forget();
    studio.workbench.clear();
    studio.evaluating.close();
    studio.finetuning.close();
    studio.gallery.close();
    void studio.datasets?.close();
    kept.close();
    client.dispose();
  };
  return { studio, problems: kept.problems };
}

/** Nothing of the studio stays: neither what it shows nor what it holds. */
async function showErasure(erasure: ErasureState) {
  if (app) await unmount(app);
  mount(ErasureReport, { target, props: { erasure, onrestart: () => location.reload() } });
}
