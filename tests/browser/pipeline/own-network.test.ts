import { expect, test } from 'vitest';
import type { DroppedFile } from '../../../src/contract/download';
import { readSquare } from '../../../src/evaluation/metrics/read-square';
import { openOwnNetwork } from '../../../src/evaluation/own-network/open-own-network';
import { readNetworkPackage } from '../../../src/evaluation/own-network/read-package';
import { wasmBackend } from '../../../src/models/runtime/backend';
import features from '../../fixtures/feature-networks/features.json';

const FOLDER = '/tests/fixtures/feature-networks';
const GRAPHS = { 'tiny-vit': 'onnx/model.onnx', 'tiny-clip': 'onnx/vision_model.onnx' };

async function packageOf(name: keyof typeof GRAPHS): Promise<DroppedFile[]> {
  const paths = ['config.json', 'preprocessor_config.json', GRAPHS[name]];
  return Promise.all(
    paths.map(async (path) => {
      const blob = await (await fetch(`${FOLDER}/${name}/${path}`)).blob();
      return { path: `${name}/${path}`, file: new File([blob], path) };
    }),
  );
}

test("features of a picture are Python's, preprocessing included, without a request to anyone else", async () => {
  const picture = await (await fetch(`${FOLDER}/picture.png`)).blob();
  const square = await readSquare(picture);
  for (const name of ['tiny-vit', 'tiny-clip'] as const) {
    const own = await readNetworkPackage(await packageOf(name));
    const network = await openOwnNetwork(own, wasmBackend({ kind: 'choseCpu' }));
    const [first, second] = await network.featuresOf([square, square]);

    expect(network.network).toMatchObject({ id: own.id, role: 'own', title: name, from: own.from });
    expect(first).toHaveLength(features[name].length);
    expect(second).toEqual(first);
    // transformers in Python: Pillow's filters to the byte, then float32 sums in another order.
    features[name].forEach((value, i) => expect(Math.abs(first[i] - value)).toBeLessThan(1e-3));
  }
  const elsewhere = performance
    .getEntriesByType('resource')
    .filter(({ name }) => !name.startsWith('blob:') && new URL(name).origin !== location.origin);
  expect(elsewhere).toEqual([]);
});
