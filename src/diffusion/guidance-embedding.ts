/**
 * The guidance scale as a vector, [1, width]: sines, then cosines, of 1000·(scale − 1) at falling frequencies. Luo et al.
 * 2023 (LCM), https://arxiv.org/abs/2310.04378, section 4.3; as diffusers' get_guidance_scale_embedding.
 */
export function guidanceEmbedding(guidanceScale: number, width: number): Float32Array {
  const w = 1000 * (guidanceScale - 1);
  const half = Math.floor(width / 2);
  const embedding = new Float32Array(width); // an odd width ends with a zero
  for (let i = 0; i < half; i++) {
    const angle = w * Math.exp((-i * Math.log(10_000)) / (half - 1));
    embedding[i] = Math.sin(angle);
    embedding[half + i] = Math.cos(angle);
  }
  return embedding;
}
