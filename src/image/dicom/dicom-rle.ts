import { unreadable } from '../decoded-image';

/**
 * One frame of DICOM's RLE: a header of 16 uint32 (number of segments, their offsets), then byte planes packed by
 * PackBits, the most significant byte of each sample first. DICOM PS3.5 annex G.
 *
 * Returns little-endian samples, pixel after pixel: [pixels · samplesPerPixel · bytesPerSample].
 */
export function decodeRle(
  encoded: Uint8Array,
  pixels: number,
  samplesPerPixel: number,
  bytesPerSample: number,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const numSegments = encoded.length < 64 ? 0 : view.getUint32(0, true);
  const expected = samplesPerPixel * bytesPerSample;
  if (numSegments !== expected) {
    throw damaged(`expected ${expected} segments, got ${numSegments}`);
  }
  const whole = new Uint8Array(pixels * expected);
  for (let segment = 0; segment < numSegments; segment++) {
    const start = view.getUint32(4 + segment * 4, true);
    const end = segment + 1 < numSegments ? view.getUint32(8 + segment * 4, true) : encoded.length;
    if (start < 64 || start > end || end > encoded.length) {
      throw damaged(`segment ${segment + 1} lies at ${start} to ${end} of ${encoded.length} bytes`);
    }
    const sample = Math.floor(segment / bytesPerSample);
    const byte = bytesPerSample - 1 - (segment % bytesPerSample);
    unpack(encoded.subarray(start, end), whole, sample * bytesPerSample + byte, expected);
  }
  return whole;
}

/** PackBits into every `step`-th byte of `target` from `first` on. */
function unpack(packed: Uint8Array, target: Uint8Array, first: number, step: number) {
  let at = first;
  for (let i = 0; i < packed.length && at < target.length;) {
    const control = packed[i++];
    if (control < 128) {
      for (let k = 0; k <= control && i < packed.length && at < target.length; k++, at += step) {
        target[at] = packed[i++];
      }
    } else if (control > 128) {
      const value = packed[i++];
      for (let k = 0; k < 257 - control && at < target.length; k++, at += step) target[at] = value;
    }
  }
  if (at < target.length) {
    const got = Math.floor(at / step);
    throw damaged(`expected ${target.length / step} values in a plane, got ${got}`);
  }
}

function damaged(what: string): Error {
  return unreadable(
    `The run-length coded pixels of this DICOM file are damaged or cut off (${what}).`,
  );
}
