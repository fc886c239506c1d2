import { expect, test } from 'vitest';
import {
  backendOf,
  readFlagFile,
  readFlags,
  requireFolder,
  wholeNumber,
} from '../../../cli/flags.js';

const options = { seed: { type: 'string' }, masks: { type: 'boolean' } } as const;

test.each<[string, () => unknown, RegExp]>([
  [
    'an unknown flag, with those that there are',
    () => readFlags({ args: ['--sead', '1'], options }),
    /Unknown flag --sead. Flags: --seed, --masks, --help\./,
  ],
  ['a flag without its value', () => readFlags({ args: ['--seed'], options }), /--seed/],
  ['a number that is too large', () => wholeNumber('rank', '65', 1, 64), /from 1 to 64, got "65"/],
  ['a number with a fraction', () => wholeNumber('rank', '1.5', 1, 64), /whole number.*"1.5"/],
  [
    'a file that is not there',
    () => readFlagFile('labels', 'nowhere.csv'),
    /"nowhere.csv".*ENOENT/,
  ],
  ['a folder that is not there', () => requireFolder('real', 'nowhere'), /--real .*"nowhere"/],
  ['a folder that is a file', () => requireFolder('real', 'package.json'), /got "package.json"/],
  ['an unknown backend', () => backendOf('cuda'), /auto, webgpu, wasm, got "cuda"/],
])('%s is RequestInvalid', (_what, read, message) => {
  expect(read).toThrow(message);
  expect(read).toThrow(expect.objectContaining({ name: 'RequestInvalid' }));
});

test('what is not given is left to the command', () => {
  expect(wholeNumber('rank', undefined, 1, 64)).toBeUndefined();
  expect(wholeNumber('rank', '8', 1, 64)).toBe(8);
  expect(backendOf()).toBe('auto');
  expect(() => requireFolder('real', 'cli')).not.toThrow();
});
