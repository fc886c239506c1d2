import { expect, test } from 'vitest';
import { nameRuntimeError } from '../../../src/models/runtime/runtime-errors';

const RUN = 'failed to call OrtRun().';
const CREATE = "Can't create a session.";

// Words of onnxruntime-web 1.30, seen in these tests' browsers or read in its binary; those after "unknown" are made up.
test.each<[string, boolean, string]>([
  [
    `${RUN} ERROR_CODE: 1, ERROR_MESSAGE: WebGPU validation failed. Buffer usages …`,
    true,
    'DeviceLost',
  ],
  [
    `${CREATE} ERROR_CODE: 1, ERROR_MESSAGE: WebGPU validation failed. [Invalid Buffer]`,
    true,
    'DeviceLost',
  ],
  [
    `${RUN} ERROR_CODE: 1, ERROR_MESSAGE: Failed to download data from buffer. wgpu::MapAsyncStatus value: 3`,
    true,
    'DeviceLost',
  ],
  [
    `${RUN} ERROR_CODE: 1, ERROR_MESSAGE: Failed to create a WebGPU compute pipeline: lost`,
    true,
    'DeviceLost',
  ],
  [
    `${RUN} ERROR_CODE: 6, ERROR_MESSAGE: Failed to create GPU buffer: size=4096`,
    true,
    'OutOfMemory',
  ],
  [`${RUN} ERROR_CODE: 6, ERROR_MESSAGE: std::bad_alloc`, false, 'OutOfMemory'],
  [`${CREATE} failed to allocate a buffer of size 6826093.`, false, 'OutOfMemory'],
  [
    `${CREATE} ERROR_CODE: 7, ERROR_MESSAGE: Failed to load model because protobuf parsing failed.`,
    true,
    'ModelUnsupported',
  ],
  [
    `${CREATE} ERROR_CODE: 1, ERROR_MESSAGE: This is an invalid model. In Node, ("x")`,
    false,
    'ModelUnsupported',
  ],
  [
    `${CREATE} ERROR_CODE: 1, ERROR_MESSAGE: WebGPU validation failed. Transpose requires f16`,
    true,
    'ModelUnsupported',
  ],
  [
    `${CREATE} ERROR_CODE: 9, ERROR_MESSAGE: com.microsoft:NhwcConv(-1) is not a registered function/op`,
    true,
    'ModelUnsupported',
  ],
  [`${CREATE} ERROR_CODE: 11, ERROR_MESSAGE: unknown trouble of a provider`, true, 'RuntimeFailed'],
  [`${CREATE} ERROR_CODE: 1, ERROR_MESSAGE: unknown`, true, 'RuntimeFailed'],
  [`${CREATE} ERROR_CODE: 6, ERROR_MESSAGE: unknown`, false, 'RuntimeFailed'],
  [`${RUN} ERROR_CODE: 1, ERROR_MESSAGE: unknown`, true, 'RuntimeFailed'],
  [`${RUN} ERROR_CODE: 5, ERROR_MESSAGE: unknown`, true, 'RuntimeFailed'],
  ['unreachable', true, 'RuntimeFailed'],
  ['some of these words nobody has heard before', false, 'RuntimeFailed'],
])('"%s" (on a GPU: %s) is %s', (message, onGpu, name) => {
  const cause = new Error(message);
  expect(nameRuntimeError(cause, onGpu)).toMatchObject({
    ...{ name, cause },
    message: expect.stringContaining(name === 'ModelUnsupported' ? '' : message) as string,
  });
});
