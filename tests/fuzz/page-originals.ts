import { isGzip } from '../../src/image/inflate';
import type { FuzzedFormat, Original } from './damaged-files';
import { packageZip } from './package-zip';

const FILES = import.meta.glob<string>('../fixtures/formats/*.{png,jpg,dcm,nii,gz}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const ENDINGS = { PNG: /\.png$/, JPEG: /\.jpg$/, DICOM: /\.dcm$/, NIfTI: /\.nii(\.gz)?$/ };

/** The whole files of a format, fetched by a page under test. */
export async function fetchOriginals(format: FuzzedFormat): Promise<Original[]> {
  if (format === 'ZIP') return [{ name: 'package.zip', bytes: await packageZip() }];
  const paths = Object.keys(FILES).filter((path) => ENDINGS[format].test(path));
  return Promise.all(
    paths.map(async (path) => {
      const bytes = await fetchWhole(path);
      return { name: path.split('/').at(-1)!, bytes };
    }),
  );
}

/** Vite's server says that .gz is an encoding, so that the browser unpacks it on the way; here it is the file itself. */
async function fetchWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(await (await fetch(FILES[path])).arrayBuffer());
  if (!path.endsWith('.gz') || isGzip(bytes)) return bytes;
  const body = new Response(bytes).body!.pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(body).arrayBuffer());
}
