/** The inputs of training/goldens/make_training_fixtures.py: ((7919·(i + 37·offset) + 13) mod 1000) / 1000 − 0.5. */
export function pattern(count: number, offset: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: count },
    (_, i) => ((7919 * (i + 37 * offset) + 13) % 1000) / 1000 - 0.5,
  );
}

/** base64 of little-endian float32. */
export function decodeFloats(text: string): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer);
}
