import { expect, test } from 'vitest';
import { checkFit, type Demand, type Device } from '../../../src/models/store/quota';

const BIG: Demand = {
  title: 'Big',
  bytes: 2.3e9,
  requirements: { features: ['shader-f16'], maxBufferBytes: 256e6, peakMemoryBytes: 5e9 },
};
const ROOMY: Device = {
  freeBytes: 9e9,
  memoryBytes: 8e9,
  gpu: { features: new Set(['shader-f16']), maxBufferBytes: 1e9 },
};

test('a device that has everything is told nothing', () => {
  expect(checkFit(BIG, ROOMY, [])).toEqual({ fits: true, misfits: [] });
});

test('too little room names what to delete, where one model would do', () => {
  const stored = [
    { title: 'Small', bytes: 0.1e9 },
    { title: 'Other', bytes: 1.5e9 },
  ];
  expect(checkFit(BIG, { ...ROOMY, freeBytes: 1.1e9 }, stored)).toEqual({
    fits: false,
    misfits: [
      { kind: 'noRoom', title: 'Big', bytes: 2.3e9, freeBytes: 1.1e9, inItsPlace: stored[1] },
    ],
  });
  const alone = checkFit(BIG, { ...ROOMY, freeBytes: 1.1e9 }, stored.slice(0, 1));
  expect(alone.misfits).toMatchObject([{ kind: 'noRoom', inItsPlace: null }]);
});

test('a GPU without what the model needs sends it to the CPU, which is said', () => {
  const weak = { features: new Set<string>(), maxBufferBytes: 1e9 };
  const small = { ...BIG, requirements: { ...BIG.requirements, peakMemoryBytes: 1e9 } };
  expect(checkFit(small, { ...ROOMY, gpu: weak }, [])).toEqual({
    fits: true,
    misfits: [{ kind: 'gpuLacks', missing: { features: ['shader-f16'] } }],
  });
  const narrow = { features: new Set(['shader-f16']), maxBufferBytes: 128e6 };
  expect(checkFit(small, { ...ROOMY, gpu: narrow }, []).misfits).toMatchObject([
    { missing: { bufferBytes: 256e6, hasBytes: 128e6 } },
  ]);
});

test('more memory than wasm can address stands in the way where no GPU takes the model', () => {
  const report = checkFit(BIG, { ...ROOMY, gpu: null }, []);
  expect(report.fits).toBe(false);
  expect(report.misfits).toMatchObject([
    { kind: 'tooMuchForCpu', bytes: 5e9, mostBytes: 3 * 2 ** 30 },
  ]);
});

test('little memory is a warning, and what the browser does not say is no reason to refuse', () => {
  const report = checkFit(BIG, { ...ROOMY, memoryBytes: 4e9 }, []);
  expect(report).toMatchObject({ fits: true });
  expect(report.misfits).toMatchObject([{ kind: 'littleMemory', memoryBytes: 4e9 }]);
  const silent = { ...ROOMY, freeBytes: null, memoryBytes: null };
  expect(checkFit(BIG, silent, [])).toEqual({ fits: true, misfits: [] });
});
