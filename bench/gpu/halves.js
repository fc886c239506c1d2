/** Half precision (IEEE 754 binary16), which this Node has no array for. */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * The nearest half of a number, ties away from zero; its subnormals become zero.
 *
 * @param {number} x
 * @returns {number} 16 bits
 */
export function toHalf(x) {
  float[0] = x;
  const sign = (bits[0] >>> 16) & 0x8000;
  const half = (((bits[0] & 0x7fffffff) + 0x1000) >>> 13) - (112 << 10);
  if (half < 0x400) return sign;
  return sign | Math.min(half, 0x7c00);
}

/** @param {number} half  16 bits */
export function fromHalf(half) {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = (half & 1023) / 1024;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
}
