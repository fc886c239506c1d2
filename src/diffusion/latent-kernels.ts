/**
 * The arithmetic around the UNet as WGSL: what latents.ts, preview.ts and vae.ts do on the CPU. Tensors of float16 are
 * read and written as pairs in 32-bit words, which needs no feature of the device.
 */

/** Numbers for the `words` of a uniform buffer: u32 and f32 in their order. */
export type UniformWord = { u32: number } | { f32: number };

/** Reads element i of an array of float32, or, where HALF, of float16. */
const READ = /* wgsl */ `
override HALF: bool = false;
fn element(word: u32, i: u32) -> f32 {
  if (HALF) { return unpack2x16float(word)[i & 1u]; }
  return bitcast<f32>(word);
}
fn wordOf(i: u32) -> u32 { return select(i, i >> 1u, HALF); }
`;

/** out[row·count + i] = scale·x[i] + shift for each row: what the UNet or the VAE sees. Writes float32 or float16. */
const AFFINE = /* wgsl */ `
override HALF: bool = false;
struct Uniforms { count: u32, rows: u32, scale: f32, shift: f32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<u32>;
fn value(i: u32) -> f32 { return u.scale * x[i % u.count] + u.shift; }
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let total = u.count * u.rows;
  if (HALF) {
    if (2u * i < total) { result[i] = pack2x16float(vec2f(value(2u * i), value(2u * i + 1u))); }
  } else if (i < total) {
    result[i] = bitcast<u32>(value(i));
  }
}
`;

/**
 * a·x + b·y + Σ c[k]·kept[k] + d·z, where y = factor·(u + guidance·(c − u)) of noisePred's two rows, or its one row.
 * `factor` comes from RESCALE, else it is 1.
 */
const COMBINE = /* wgsl */ `
${READ}
struct Uniforms { count: u32, rows: u32, guidance: f32, a: f32, c: vec4f, b: f32, d: f32, factor: f32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> noisePred: array<u32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<storage, read> z: array<f32>;
@group(0) @binding(5) var<storage, read> kept0: array<f32>;
@group(0) @binding(6) var<storage, read> kept1: array<f32>;
@group(0) @binding(7) var<storage, read> kept2: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= u.count) { return; }
  var y = element(noisePred[wordOf(i)], i);
  if (u.rows == 2u) {
    let j = i + u.count;
    y += u.guidance * (element(noisePred[wordOf(j)], j) - y);
  }
  var next = u.a * x[i] + u.b * u.factor * y;
  if (u.c.x != 0) { next += u.c.x * kept0[i]; }
  if (u.c.y != 0) { next += u.c.y * kept1[i]; }
  if (u.c.z != 0) { next += u.c.z * kept2[i]; }
  if (u.d != 0) { next += u.d * z[i]; }
  result[i] = next;
}
`;

/**
 * Guidance rescale, Lin et al. 2023, https://arxiv.org/abs/2305.08891, section 3.4: writes
 * rescale·σ(c)/σ(guided) + 1 − rescale to word 10 of COMBINE's uniforms, its `factor`. One workgroup.
 */
const RESCALE = /* wgsl */ `
${READ}
struct Uniforms { count: u32, guidance: f32, rescale: f32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> noisePred: array<u32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
var<workgroup> sums: array<vec4f, 64>;
fn pair(i: u32) -> vec2f {
  let uncond = element(noisePred[wordOf(i)], i);
  let cond = element(noisePred[wordOf(i + u.count)], i + u.count);
  return vec2f(cond, uncond + u.guidance * (cond - uncond));
}
fn total(thread: u32) -> vec4f {
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { sums[thread] += sums[thread + half]; }
  }
  return workgroupUniformLoad(&sums[0]);
}
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32) {
  var sum = vec2f();
  for (var i = thread; i < u.count; i += 64u) { sum += pair(i); }
  sums[thread] = vec4f(sum, 0, 0);
  let mean = total(thread).xy / f32(u.count);
  var squares = vec2f();
  for (var i = thread; i < u.count; i += 64u) {
    let off = pair(i) - mean;
    squares += off * off;
  }
  workgroupBarrier();
  sums[thread] = vec4f(squares, 0, 0);
  let variance = total(thread).xy;
  if (thread == 0u) {
    result[10] = u.rescale * sqrt(variance.x / variance.y) + 1 - u.rescale;
  }
}
`;

/** m·x + (1 − m)·(clean·encoded + noise·z), m one number for all channels of a latent pixel: see `blendKnown`. */
const BLEND = /* wgsl */ `
struct Uniforms { count: u32, plane: u32, clean: f32, noise: f32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> encoded: array<f32>;
@group(0) @binding(3) var<storage, read> z: array<f32>;
@group(0) @binding(4) var<storage, read> changes: array<f32>;
@group(0) @binding(5) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= u.count) { return; }
  let known = u.clean * encoded[i] + u.noise * z[i];
  result[i] = mix(known, x[i], changes[i % u.plane]);
}
`;

/** The preview's linear projection, one thread a pixel: see `projectPreview`. */
const PROJECT = /* wgsl */ `
struct Uniforms { channels: u32, rows: u32, columns: u32, patchSize: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> latents: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let width = u.columns * u.patchSize;
  if (id.x >= width * u.rows * u.patchSize) { return; }
  let y = id.x / width;
  let x = id.x % width;
  let position = (y / u.patchSize) * u.columns + x / u.patchSize;
  let inPatch = (y % u.patchSize) * u.patchSize + x % u.patchSize;
  var rgba = vec4f(0, 0, 0, 1);
  for (var colour = 0u; colour < 3u; colour++) {
    let row = (colour * u.patchSize * u.patchSize + inPatch) * (u.channels + 1u);
    var value = weights[row + u.channels];
    for (var c = 0u; c < u.channels; c++) {
      value += weights[row + c] * latents[c * u.rows * u.columns + position];
    }
    rgba[colour] = value;
  }
  result[id.x] = pack4x8unorm(rgba);
}
`;

/**
 * An image [1, 3, h, w] in −1…1 to bytes, one thread a pixel; the word behind the last pixel counts what is no finite
 * number, by its bits, for shaders may assume that there is none.
 */
const PIXELS = /* wgsl */ `
${READ}
struct Uniforms { count: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> image: array<u32>;
@group(0) @binding(2) var<storage, read_write> result: array<atomic<u32>>;
fn isWrong(word: u32, i: u32) -> bool {
  if (HALF) { return ((word >> (16u * (i & 1u))) & 0x7c00u) == 0x7c00u; }
  return (word & 0x7f800000u) == 0x7f800000u;
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= u.count) { return; }
  var rgba = 0xff000000u;
  for (var colour = 0u; colour < 3u; colour++) {
    let i = colour * u.count + id.x;
    let word = image[wordOf(i)];
    if (isWrong(word, i)) { atomicAdd(&result[u.count], 1u); }
    let level = round(clamp((element(word, i) + 1) * 127.5, 0, 255));
    rgba |= u32(level) << (8u * colour);
  }
  atomicStore(&result[id.x], rgba);
}
`;

const SOURCES = {
  affine: AFFINE,
  combine: COMBINE,
  rescale: RESCALE,
  blend: BLEND,
  project: PROJECT,
  pixels: PIXELS,
};

/** The name of one kernel. */
export type KernelName = keyof typeof SOURCES;

const FLOAT32_ONLY: KernelName[] = ['blend', 'project'];

/** Runs kernels on one device; each is compiled when it is first needed. */
export class LatentKernels {
  readonly device: GPUDevice;
  #pipelines = new Map<string, GPUComputePipeline>();

  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** A uniform buffer with these words. The caller destroys it once the kernels that read it are queued. */
  uniforms(words: UniformWord[]): GPUBuffer {
    const size = Math.ceil(words.length / 4) * 16;
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.STORAGE;
    const buffer = this.device.createBuffer({ size, usage, mappedAtCreation: true });
    const view = new DataView(buffer.getMappedRange());
    for (const [i, word] of words.entries()) {
      if ('u32' in word) view.setUint32(4 * i, word.u32, true);
      else view.setFloat32(4 * i, word.f32, true);
    }
    buffer.unmap();
    return buffer;
  }

  /** Queues one kernel with 64 threads a workgroup; `half` where its tensor of changing dtype is float16. */
  run(name: KernelName, half: boolean, threads: number, uniforms: GPUBuffer, buffers: GPUBuffer[]) {
    const { device } = this;
    const pipeline = this.#pipeline(name, half);
    const entries = [uniforms, ...buffers].map((buffer, binding) => ({
      binding,
      resource: { buffer },
    }));
    const layout = pipeline.getBindGroupLayout(0);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(Math.ceil(threads / 64));
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  #pipeline(name: KernelName, half: boolean): GPUComputePipeline {
    const key = `${name} ${half}`;
    const known = this.#pipelines.get(key);
    if (known) return known;
    const { device } = this;
    const module = device.createShaderModule({ label: name, code: SOURCES[name] });
    const constants: Record<string, number> = FLOAT32_ONLY.includes(name)
      ? {}
      : { HALF: Number(half) };
    const pipeline = device.createComputePipeline({
      label: name,
      layout: 'auto',
      compute: { module, constants },
    });
    this.#pipelines.set(key, pipeline);
    return pipeline;
  }
}
