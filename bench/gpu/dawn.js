/** WebGPU in Node, by Dawn (npm package `webgpu`), in the form that onnxruntime-web expects of a browser. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Asked for where present; `subgroups` only of real GPUs: fused attention is silently wrong on software ones. */
const FEATURES = ['shader-f16', 'timestamp-query', 'subgroups'];

/**
 * Opens Dawn's best adapter and makes it this process's `navigator.gpu`. Throws where the package or an adapter is missing.
 *
 * @param {string} folder  of the package `webgpu`
 * @param {{ software?: boolean }} [options]  `software`: take Vulkan's software driver where it is all there is
 * @returns {Promise<{ device: GPUDevice, adapter: { description: string, software: boolean, features: string[] } }>}
 */
export async function openDawn(folder, { software = false } = {}) {
  const index = join(folder, 'index.js');
  if (!existsSync(index)) {
    throw new Error(
      `There is no package "webgpu" in ${folder}: npm install --no-save webgpu@0.6.2`,
    );
  }
  const { create, globals } = await import(pathToFileURL(index).href);
  Object.assign(globalThis, globals);
  const gpu = create([]);
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu, hardwareConcurrency: 1, userAgent: 'node' },
    configurable: true,
  });
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  const isSoftware = /swiftshader|llvmpipe/i.test(adapter?.info.description ?? '');
  if (!adapter || (isSoftware && !software)) {
    const found = adapter ? adapter.info.description : 'none';
    throw new Error(
      `Dawn needs a GPU with a Vulkan driver, and libvulkan.so.1 (found: ${found}). --allow-software takes a software one.`,
    );
  }
  const features = FEATURES.filter(
    (name) => adapter.features.has(name) && !(name === 'subgroups' && isSoftware),
  );
  const device = await adapter.requestDevice({
    requiredFeatures: features,
    requiredLimits: limitsOf(adapter),
  });
  copySharedWrites(device.queue);
  const { description, vendor } = adapter.info;
  return {
    device,
    adapter: { description: description || vendor, software: isSoftware, features },
  };
}

/** @param {GPUAdapter} adapter */
function limitsOf({ limits }) {
  /** @type {Record<string, number>} */
  const wanted = {};
  for (const name of [
    'maxBufferSize',
    'maxStorageBufferBindingSize',
    'maxComputeWorkgroupStorageSize',
  ]) {
    wanted[name] = limits[/** @type {'maxBufferSize'} */ (name)];
  }
  for (const axis of ['X', 'Y', 'Z']) {
    const name = /** @type {'maxComputeWorkgroupSizeX'} */ (`maxComputeWorkgroupSize${axis}`);
    wanted[name] = limits[name];
  }
  wanted.maxComputeInvocationsPerWorkgroup = limits.maxComputeInvocationsPerWorkgroup;
  return wanted;
}

/**
 * Dawn's binding reads no SharedArrayBuffer, and a threaded wasm module has no other memory.
 *
 * @param {GPUQueue} queue
 */
function copySharedWrites(queue) {
  const prototype = Object.getPrototypeOf(queue);
  const { writeBuffer } = prototype;
  /**
   * @this {GPUQueue}
   * @param {GPUBuffer} buffer
   * @param {number} offset
   * @param {ArrayBufferLike | ArrayBufferView} data
   * @param {number} [first]  in elements of a typed array, bytes otherwise
   * @param {number} [count]  likewise
   */
  prototype.writeBuffer = function (buffer, offset, data, first = 0, count) {
    const isView = ArrayBuffer.isView(data);
    const bytes = isView
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    const unit = isView && 'BYTES_PER_ELEMENT' in data ? Number(data.BYTES_PER_ELEMENT) : 1;
    const end = count === undefined ? undefined : (first + count) * unit;
    return writeBuffer.call(this, buffer, offset, bytes.slice(first * unit, end));
  };
}
