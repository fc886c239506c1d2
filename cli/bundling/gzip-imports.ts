import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/**
 * `import url from 'x.wasm?gzip'`: the URL of that file packed with gzip, for many static hosts compress nothing.
 * What is packed is kept below node_modules/.cache, by content.
 */
export function gzipImports(): Plugin {
  let cacheFolder = '';
  return {
    name: 'gzip-imports',
    enforce: 'pre',
    configResolved({ root }) {
      cacheFolder = join(root, 'node_modules/.cache/gzip');
    },
    async resolveId(source, importer) {
      if (!source.endsWith('?gzip')) return null;
      const file = await this.resolve(source.replace(/\?gzip$/, ''), importer, { skipSelf: true });
      if (!file) return this.error(`${source} cannot be found`);
      return `${await pack(file.id.replace(/\?.*$/, ''), cacheFolder)}?url`;
    },
  };
}

/** Path of the packed copy, made where it is missing. */
async function pack(file: string, cacheFolder: string): Promise<string> {
  const bytes = await readFile(file);
  const folder = join(cacheFolder, createHash('sha256').update(bytes).digest('hex').slice(0, 16));
  const packed = join(folder, `${basename(file)}.gz`);
  if (existsSync(packed)) return packed;
  await mkdir(folder, { recursive: true });
  // Written aside: several bundles may ask for it at once.
  const part = `${packed}.${randomUUID()}`;
  await writeFile(part, await promisify(gzip)(bytes, { level: 9 }));
  await rename(part, packed);
  return packed;
}
