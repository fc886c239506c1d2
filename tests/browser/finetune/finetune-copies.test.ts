/** Copies among a run's samples: the page, the terminal and an evaluation say the same of the same pictures. */
import { expect, onTestFinished, test } from 'vitest';
import { runEvaluation } from '../../../src/bridge/evaluation-client';
import { runFinetune } from '../../../src/bridge/finetune-client';
import { copyFigures, copyRate, lastSamples } from '../../../src/evaluation/copies/compare-samples';
import { describeCopies } from '../../../src/views/finetune/describe-finetune';
import { disc, jobOf, manifestUrl, SETTINGS, watch } from './finetune-job';

interface Manifest {
  models: { id: string; baseUrl: string }[];
  evaluation?: { networks: { id: string; baseUrl: string; role: string }[] };
}

const read = async (url: string) => (await (await fetch(url)).json()) as Manifest;

/** The fixture model, and the feature networks that the app ships. */
async function withNetworks() {
  const shippedUrl = new URL('/model-manifest.json', location.href).href;
  const [{ models, ...rest }, { evaluation }] = [await read(manifestUrl), await read(shippedUrl)];
  const at = <Entry extends { baseUrl: string }>(entry: Entry, base: string): Entry => ({
    ...entry,
    baseUrl: new URL(entry.baseUrl, base).href,
  });
  const manifest: Manifest = {
    ...rest,
    models: models.map((model) => at(model, manifestUrl)),
    evaluation: { networks: evaluation!.networks.map((network) => at(network, shippedUrl)) },
  };
  const url = URL.createObjectURL(new Blob([JSON.stringify(manifest)]));
  onTestFinished(() => URL.revokeObjectURL(url));
  const { id } = manifest.evaluation!.networks.find(({ role }) => role === 'generic')!;
  return { url, networkId: id, modelId: models[0].id };
}

const discs = { read: async (index: number) => disc(index / 4) };
const names = (indices: number[]) => indices.map((index) => ({ name: `${index}`, label: '' }));

async function train(numImages: number, heldOutShare: number) {
  const { url, networkId, modelId } = await withNetworks();
  const seen = watch({ ...discs, manifestUrl: url });
  const settings = { ...SETTINGS, numSteps: 2, sampleEvery: 2, numSamples: 2, heldOutShare };
  const outcome = await runFinetune(jobOf(numImages, { modelId, settings }), seen.options);
  const samples = lastSamples(seen.parts.flatMap((part) => (part.kind === 'sample' ? [part] : [])));
  if ('refusal' in outcome.copies) throw new Error(outcome.copies.refusal);
  return { url, networkId, outcome, samples, reports: seen.reports, ...outcome.copies };
}

test('twenty held-out images and as many samples give the verdict that an evaluation of them gives', async () => {
  const { url, networkId, outcome, samples, report, reports } = await train(24, 20 / 24);
  expect(outcome.heldOut).toHaveLength(20);
  expect(samples).toHaveLength(20);
  expect(reports.some(({ stage }) => stage === 'copies')).toBe(true);
  const sources = {
    real: outcome.trainedOn.map((index) => () => discs.read(index)),
    synthetic: samples.map(
      ({ png }) =>
        async () =>
          png,
    ),
    holdout: outcome.heldOut.map((index) => () => discs.read(index)),
    members: [],
  };
  const { copies } = await runEvaluation(
    {
      real: names(outcome.trainedOn),
      synthetic: samples.map(({ index }) => ({ name: `sample ${index + 1}`, label: '' })),
      holdout: names(outcome.heldOut),
      ...{ networks: [networkId], parts: { copies: true, usefulness: false }, seed: 3 },
    },
    {
      ...{ signal: new AbortController().signal, onProgress: () => undefined, manifestUrl: url },
      read: async (set, index) => ({ blob: await sources[set][index](), known: null }),
      keep: async () => undefined,
    },
  );
  expect(report).toEqual(copies);
  expect(report.aboveLimit).not.toBeNull();
  expect(report.pairs).toHaveLength(20);
  expect(copyRate(copyFigures(outcome.copies))).toBe(report.rate);
});

test('two samples and five held-out images give no verdict, but the nearest pairs', async () => {
  const { outcome, samples, report } = await train(20, 0.1);
  expect(outcome.heldOut).toHaveLength(5);
  expect(samples).toHaveLength(2);
  expect(report.aboveLimit).toBeNull();
  expect(report.pairs).toHaveLength(2);
  const figures = copyFigures(outcome.copies);
  expect(copyRate(figures)).toBeNull();
  expect(describeCopies(figures)).toMatch(
    /^No verdict: that takes at least 20 held-out images and 20 synthetic ones, and there are 5 and 2\./,
  );
});

test('a run that cannot be compared keeps what it has learnt, and says why', async () => {
  const { url, modelId } = await withNetworks();
  const settings = { ...SETTINGS, numSteps: 2, sampleEvery: 2, numSamples: 2 };
  const latents: Float32Array<ArrayBuffer>[] = [];
  const keepLatents = watch({ ...discs, manifestUrl });
  await runFinetune(jobOf(8, { modelId, settings }), keepLatents.options);
  for (const part of keepLatents.parts) {
    if (part.kind === 'latents') latents[part.index] = part.latents;
  }
  // As after a reload: the images are encoded, and their files are not at hand.
  const gone = watch({
    manifestUrl: url,
    read: async () => {
      throw new Error('Choose the same folder.');
    },
  });
  const items = latents.map((kept) => ({ caption: 'chest x-ray', covariates: {}, latents: kept }));
  const { copies, factors } = await runFinetune(
    jobOf(8, { modelId, settings, items }),
    gone.options,
  );
  expect(factors.length).toBeGreaterThan(0);
  expect(copies).toEqual({ refusal: expect.stringContaining('Choose the same folder.') as string });
  // The fixture's own manifest has no network.
  const none = await runFinetune(jobOf(8, { modelId, settings }), watch(discs).options);
  expect(none.copies).toEqual({
    refusal: 'The model manifest names no network that compares images.',
  });
});
