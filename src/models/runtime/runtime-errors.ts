import { appError } from '../../errors';

/** What browsers and the runtime say when the runtime's own .mjs or .wasm does not come. */
const NOT_FETCHED =
  /imported module|importing a module|fetching of the wasm failed|failed to fetch|NetworkError/i;

/** What the runtime says of a tensor that found no room, or that no memory of 32 bits could hold. */
const NO_MEMORY =
  /bad_alloc|out of memory|allocation failed|failed to allocate|memory access out of bounds|storage size overflowed|create GPU buffer/i;

/**
 * What the runtime says where an error scope of its own took the device's answer, which then reaches no `uncapturederror`:
 * a buffer that found no room, most of all. The device is as little to be trusted as if it had been lost.
 */
const DEVICE_REFUSED =
  /WebGPU validation failed|WebGPU error scope|WebGPU compute pipeline|create bind group|MapAsyncStatus/;

/** What the runtime says of an operator that this build has no code for, or does not know at all. */
const NO_OPERATOR = /(\w+)\(-?\d+\)(?: node| is not a registered)|Provider type for (\w+) node/;

/**
 * What the runtime says of a graph that it will never run as it is. By code: invalid argument, no such file, no model,
 * protobuf, not implemented, invalid graph. Code 1 is any failure, so the message has to name the graph.
 */
const REFUSED = [
  /ERROR_CODE: (?:2|3|4|7|9|10)\b/,
  /create a session. ERROR_CODE: 1\b.*(?:invalid model|type error|in node|initializer|external data|deserialize|opset)/is,
  /requires f16|requires shader-f16/i,
];

/** The runtime's own words as one of the app's kinds of failure; what nobody knows is `RuntimeFailed`. */
export function nameRuntimeError(error: unknown, onGpu: boolean): Error {
  const { message } = error as Error;
  if (NOT_FETCHED.test(message)) {
    return appError(
      'NetworkFailed',
      `ONNX Runtime could not be fetched from this app's server (${message}). Check the connection and ` +
        'try again, or reload the page.',
      error,
    );
  }
  if (NO_MEMORY.test(message)) return outOfMemory(error as Error);
  const [, missing, unplaced] = NO_OPERATOR.exec(message) ?? [];
  const operator = missing ?? unplaced;
  if (operator) {
    return appError(
      'ModelUnsupported',
      `This model uses the operator ${operator}, which ONNX Runtime does not have in browsers (packages made for ` +
        'other programs often do, NhwcConv above all). Use an export without it, such as one by ' +
        `training/export/export.py of this project. (${message})`,
      error,
    );
  }
  if (REFUSED.some((one) => one.test(message))) {
    return appError(
      'ModelUnsupported',
      `ONNX Runtime cannot run this model here: ${message}. Choose the CPU (wasm) or another model.`,
      error,
    );
  }
  if (onGpu && DEVICE_REFUSED.test(message)) {
    return appError(
      'DeviceLost',
      `The graphics device refused to go on (expected it to take a buffer or a program, got: ${message}). Try again; ` +
        'where it keeps happening, close other programs that use the GPU or choose the CPU (wasm).',
      error,
    );
  }
  return appError(
    'RuntimeFailed',
    `ONNX Runtime stopped in mid-run (expected numbers, got: ${message}). Try again; where it keeps happening, choose ` +
      'the CPU (wasm), or reload the page.',
    error,
  );
}

/** An array that found no room outside the runtime is `OutOfMemory` too; any other error stays as it is. */
export function nameMemoryError(error: unknown): unknown {
  return error instanceof RangeError && NO_MEMORY.test(error.message) ? outOfMemory(error) : error;
}

function outOfMemory(error: Error): Error {
  return appError(
    'OutOfMemory',
    'There was not enough memory for this model. Close other tabs and programs, or choose a smaller ' +
      `model. (${error.message})`,
    error,
  );
}
