import { resolve } from 'node:path';
import type { Plugin } from 'vite';

const IN_PLACE = resolve(import.meta.dirname, 'no-runtime.js');

/** Gives transformers.js a stand-in for its ONNX Runtime; see no-runtime.js. */
export function transformersWithoutRuntime(): Plugin {
  return {
    name: 'transformers-without-runtime',
    enforce: 'pre',
    resolveId(source, importer) {
      const asked = /^onnxruntime-web(\/|$)/.test(source);
      const isTransformers = importer
        ?.replaceAll('\\', '/')
        .includes('/@huggingface/transformers/');
      return asked && isTransformers ? IN_PLACE : null;
    },
  };
}
