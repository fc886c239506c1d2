import type { FileFormat } from './format';

/** As it was made. */
const png: FileFormat = { ending: 'png', encode: (image) => Promise.resolve(image.png) };

export default png;
