import type { GeneratedImage, GenerationProgress } from '../../../src/contract/picture';
import type { BackendReport, GenerationRequest } from '../../../src/contract/request';
import { createMemoryGallery } from '../../../src/gallery/gallery-store';
import type { Covariate, DiffusionEntry } from '../../../src/models/manifest/manifest';
import type { JobOptions } from '../../../src/views/studio/state/model.svelte';
import { SettingsState } from '../../../src/browser/settings.svelte';
import { StudioState } from '../../../src/shell/studio.svelte';
import type { StudioParts } from '../../../src/shell/studio-parts';

const AGE: Covariate = {
  name: 'age',
  title: 'Age',
  unit: 'years',
  min: 0,
  max: 100,
  step: 1,
  help: 'Age of the imagined patient.',
  appliesTo: ['chest x-ray', 'brain MRI'],
};
const VIEW: Covariate = {
  name: 'view',
  title: 'View',
  unit: '',
  min: 0,
  max: 1,
  step: 1,
  choices: [
    { value: 0, title: 'frontal' },
    { value: 1, title: 'lateral' },
  ],
  help: 'Direction of the beam.',
  appliesTo: ['chest x-ray'],
};
const VENTRICLES: Covariate = {
  name: 'ventricleSize',
  title: 'Ventricle size',
  unit: '% of brain',
  min: 0,
  max: 10,
  step: 0.1,
  help: 'Share of the brain that is ventricle.',
  appliesTo: ['brain MRI'],
};

/** What the interface reads of a manifest entry; the graphs are none of its business. */
export function fakeEntry(change: Partial<DiffusionEntry> = {}): DiffusionEntry {
  return {
    id: 'fake',
    title: 'Fake model',
    version: '1',
    card: 'card.html',
    components: {},
    image: { width: 256, height: 256 },
    schedulers: [{ type: 'flow-match-euler' }],
    defaults: { numInferenceSteps: 8, guidanceScale: 4, scheduler: 'flow-match-euler' },
    ranges: { numInferenceSteps: [1, 50], guidanceScale: [1, 10] },
    conditions: { covariates: [AGE, VIEW, VENTRICLES], initImage: false },
    examples: [
      { modality: 'chest x-ray', title: 'Chest X-ray', prompt: 'frontal chest x-ray, no finding' },
      {
        modality: 'brain MRI',
        title: 'Brain MRI',
        prompt: 'axial t1 brain mri',
        covariates: { ventricleSize: 3 },
      },
    ],
    ...change,
  } as DiffusionEntry;
}

/** A fake model that takes what was learnt on top of it. */
export function tunableEntry(): DiffusionEntry {
  const unet = { loraGraph: { name: 'unet-lora.onnx' } };
  const components = { unet, textEncoder: { graph: { shards: [] } } };
  return fakeEntry({ components: components as unknown as DiffusionEntry['components'] });
}

/** An image as the worker would return it; the PNG is an empty one unless given. */
export function fakeImage(
  request: GenerationRequest,
  png = new Blob(['png']),
): GeneratedImage & { backend: BackendReport } {
  return {
    png,
    width: 256,
    height: 256,
    request,
    backend: { backend: 'wasm', device: '2 threads', reason: { kind: 'noWebGpu' } },
    timing: { msTotal: 3200, msPerStep: 350, msEncode: 40, msDecode: 300, msSessions: 3100 },
    unknownWords: [],
    ignoredWords: [],
    modelHash: 'abc123',
    provenance: { origin: 'text' },
  };
}

/** A request as the form would make it. */
export function fakeRequest(change: Partial<GenerationRequest> = {}): GenerationRequest {
  return {
    modelId: 'fake',
    prompt: 'frontal chest x-ray, no finding',
    negativePrompt: '',
    seed: 7,
    imageIndex: 0,
    numInferenceSteps: 8,
    guidanceScale: 4,
    scheduler: 'flow-match-euler',
    covariates: {},
    ...change,
  };
}

/** Reads texts as a model that knows no word of `unknown` and no word after the first `room`. */
export function fakeReader(unknown: string[], room = Infinity): StudioParts['client']['readTexts'] {
  return (_modelId, texts, learned = []) =>
    Promise.resolve(
      texts.map((text) => {
        const words = (text.match(/[^\s,]+/g) ?? []).slice(0, room);
        const isKnown = (word: string) => !unknown.includes(word) || learned.includes(word);
        const knownWords = words.filter(isKnown);
        const unknownWords = words.filter((word) => !isKnown(word));
        const ignoredWords = (text.match(/\S+/g) ?? []).slice(room);
        const nothingKnown = words.length > 0 && knownWords.length === 0;
        return { knownWords, unknownWords, unreadWeights: [], ignoredWords, nothingKnown };
      }),
    );
}

export type FakeClient = StudioParts['client'];

/** A client whose every job succeeds at once; a test replaces the verb that it is about. */
export function fakeClient(change: Partial<FakeClient> = {}): FakeClient {
  return {
    install: async () => undefined,
    remove: async () => undefined,
    wake: () => undefined,
    check: async () => undefined,
    readTexts: async () => null,
    prepare: async () => fakeImage(fakeRequest()).backend,
    generate: async (request) => fakeImage(request),
    ...change,
  };
}

/** A studio on fakes in a page at home, with a gallery in memory and settings that are not stored. */
export function fakeStudio(change: Partial<FakeClient> = {}, entry = fakeEntry()): StudioState {
  history.replaceState(null, '', `${location.pathname}${location.search}`); // where the test before was
  return new StudioState({
    entry,
    client: fakeClient(change),
    store: createMemoryGallery(),
    sessionOnly: false,
    settings: new SettingsState(null),
  });
}

/** A job that reports what it is told to, then waits until it is cancelled. */
export function endless(...reports: GenerationProgress[]) {
  return ({ signal, onProgress }: JobOptions) =>
    new Promise<never>((_resolve, reject) => {
      reports.forEach(onProgress);
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
}

/** A 2×2 PNG made by the browser itself. */
export async function tinyPng() {
  const canvas = new OffscreenCanvas(2, 2);
  canvas.getContext('2d')!.fillRect(0, 0, 2, 2);
  return canvas.convertToBlob();
}
