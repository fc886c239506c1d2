/**
 * What transformers.js gets in place of ONNX Runtime: tensors, and no way to run a graph. The app's own sessions do that
 * (src/models/runtime/session.ts), so that one runtime ships, and nobody sets it to files on another host.
 */
export { Tensor } from 'onnxruntime-common';

export const env = {};

export const InferenceSession = {
  create() {
    return Promise.reject(new Error('transformers.js runs no graph in this app.'));
  },
};
