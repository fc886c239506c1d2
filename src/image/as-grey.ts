import type { DecodedImage } from './decoded-image';

/** An RGB image whose channels are all alike as what it is: a grey one, which has windows and one value a pixel. */
export function asGrey(image: DecodedImage): DecodedImage {
  const { channels, samples } = image;
  if (channels === 1) return image;
  for (let i = 0; i < samples.length; i += 3) {
    if (samples[i] !== samples[i + 1] || samples[i] !== samples[i + 2]) return image;
  }
  const grey = samples.slice(0, samples.length / 3);
  for (let i = 0; i < grey.length; i++) grey[i] = samples[i * 3];
  return { ...image, channels: 1, samples: grey, photometric: 'MONOCHROME2' };
}
