/**
 * A WebGPU device that computes nothing and remembers which kernels were dispatched: how many there are in a step is then
 * known in seconds, on any machine. Only what onnxruntime-web's WebGPU provider calls is there.
 */

/** Of a common adapter; what the runtime makes of them decides how it cuts up its work. */
const LIMITS = {
  maxBindGroups: 4,
  maxBindingsPerBindGroup: 1000,
  maxBufferSize: 2 ** 30,
  maxComputeInvocationsPerWorkgroup: 1024,
  maxComputeWorkgroupSizeX: 1024,
  maxComputeWorkgroupSizeY: 1024,
  maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupsPerDimension: 65535,
  maxComputeWorkgroupStorageSize: 32768,
  // The fewest that WebGPU allows: a graph that needs more does not run everywhere.
  maxStorageBuffersPerShaderStage: 8,
  maxStorageBufferBindingSize: 2 ** 30,
  maxUniformBufferBindingSize: 65536,
  maxUniformBuffersPerShaderStage: 12,
  minStorageBufferOffsetAlignment: 256,
  minUniformBufferOffsetAlignment: 256,
};

const USAGE = {
  MAP_READ: 1,
  MAP_WRITE: 2,
  COPY_SRC: 4,
  COPY_DST: 8,
  UNIFORM: 64,
  STORAGE: 128,
  INDIRECT: 256,
  QUERY_RESOLVE: 512,
};

/** The runtime asks what kind of thing it was given. */
class NullDevice {}
const CLASSES = ['GPUBuffer', 'GPUValidationError', 'GPUOutOfMemoryError', 'GPUInternalError'];

/**
 * Makes the device this process's only one.
 *
 * @param {string[]} [features]  that it says it has, such as `subgroups`
 * @returns {{ device: GPUDevice, dispatched: string[] }} `dispatched` grows by a kernel's name at each dispatch
 */
export function openNullDevice(features = []) {
  /** @type {string[]} */
  const dispatched = [];
  const pass = () => {
    let kernel = '';
    const dispatch = () => dispatched.push(kernel);
    return {
      setPipeline: (/** @type {{ label: string }} */ { label }) => (kernel = label),
      setBindGroup() {},
      dispatchWorkgroups: dispatch,
      dispatchWorkgroupsIndirect: dispatch,
      end() {},
    };
  };
  const encoder = () => ({
    beginComputePass: pass,
    copyBufferToBuffer() {},
    clearBuffer() {},
    finish: () => ({}),
  });
  const pipeline = (/** @type {any} */ { label, compute }) => ({
    // "12_Softmax": the runtime numbers some of its programs.
    label: (label || compute.module.label).replace(/^\d+_/, ''),
    getBindGroupLayout: () => ({}),
  });
  const device = Object.assign(new NullDevice(), {
    limits: LIMITS,
    features: new Set(features),
    adapterInfo: { vendor: '', architecture: '', device: '', description: 'none' },
    lost: new Promise(() => {}),
    queue: { submit() {}, writeBuffer() {}, onSubmittedWorkDone: async () => {} },
    addEventListener() {},
    destroy() {},
    createBuffer: emptyBuffer,
    createShaderModule: (/** @type {{ label: string }} */ { label }) => ({
      label,
      getCompilationInfo: async () => ({ messages: [] }),
    }),
    createComputePipeline: pipeline,
    createComputePipelineAsync: async (/** @type {any} */ descriptor) => pipeline(descriptor),
    createBindGroup: () => ({}),
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createCommandEncoder: encoder,
    pushErrorScope() {},
    popErrorScope: async () => null,
  });
  publish(device);
  return { device: /** @type {any} */ (device), dispatched };
}

/** What is read back is zeros. @param {{ size: number, usage: number }} descriptor */
function emptyBuffer({ size, usage }) {
  return {
    size,
    usage,
    mapState: 'unmapped',
    mapAsync: async () => {},
    getMappedRange: (offset = 0, bytes = size - offset) => new ArrayBuffer(bytes),
    unmap() {},
    destroy() {},
  };
}

/** @param {any} device */
function publish(device) {
  const { features, limits, adapterInfo: info } = device;
  const adapter = { features, limits, info, requestDevice: async () => device };
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu: { requestAdapter: async () => adapter }, hardwareConcurrency: 1 },
    configurable: true,
  });
  const classes = Object.fromEntries(CLASSES.map((name) => [name, class {}]));
  Object.assign(globalThis, { GPUDevice: NullDevice, GPUBufferUsage: USAGE, ...classes });
}
