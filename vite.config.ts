import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build, defineConfig, type Plugin, type UserConfig } from 'vite';
import { gzipImports } from './cli/gzip-imports.ts';
import { headersFor } from './workers/headers-for.ts';
import type { Shell } from './workers/shell.ts';
import packageJson from './package.json' with { type: 'json' };
import responseHeaders from './workers/response-headers.json' with { type: 'json' };

/** Files outside public/ that the page links to or fetches, and their types. */
const SERVED_FILES = {
  'model-manifest.json': 'application/json',
  'hub-manifest.json': 'application/json',
  // As plain text, for some browsers download text/markdown.
  'docs/model-card.md': 'text/plain; charset=utf-8',
};
const servedPaths = () => Object.keys(SERVED_FILES).filter((path) => existsSync(inRoot(path)));
const SAMPLE = 'sample.png';

/** Built files that the studio never asks for. */
const NOT_SHELL = /^(cli|bench)\.html$|^assets\/(cli|bench|compare-backends)/;

/** SharedArrayBuffer, and with it wasm threads, exists only on cross-origin isolated pages. */
const isolationHeaders = {
  'Cross-Origin-Opener-Policy': responseHeaders['Cross-Origin-Opener-Policy'],
  'Cross-Origin-Embedder-Policy': responseHeaders['Cross-Origin-Embedder-Policy'],
};

/** Kept once they are asked for: the ORT build in use, and what only data sets and the models page need. */
const ON_DEMAND = new RegExp(
  '/((runtime-)?(ort|charls|openjpeg|openjph|libjpeg|lossless)|[Ee]valuat|(runtime-)?([Ff]inetune|lora-|open-lora)|[Tt]uned|loss-chart|d3-|captions|plan-|runtime-fid|[Cc]onditions|PaintDialog|[Ss]weep|StageView|mask-|overlay|source-image|model-input' +
    '|nuclei-|draw-nuclei|stored-mask|Datasets|datasets|(runtime-)?zip-|dicom|nifti' +
    '|read-|write-|window-level|inflate|export-dataset|ImageViewer|StudioViewer|VolumeViewer|viewed|stored-original|niivue|lz4-|blosc-|zstd-|browser-|codec|jpeg|__vite-browser|contrast-|undo-|play-|folder-open-|reader-test|Chart-|csv-labels|gallery-records|decoded-image|imported-image|png-|remote-download|models-|open-offline|OfflineDialog|made-here)[^/]*$',
);

/** One file in place of dozens of a few hundred bytes, each of which would cost a request with its headers. */
const COMMON =
  /node_modules\/(svelte|clsx|esm-env|comlink|idb)\/|src\/(errors|kept|next-task|worker-client|ui\/(Dialog|ErrorNotice|NumberField|PreviewCanvas)|state\/(settings|number-range|save-file|describe-progress|error-actions)|models\/(verify|scheduler-names|weight-store|load-manifest|describe-covariates|manifest|validate-manifest)|styles)/;

/** Serves these files in dev and copies them into the build. */
function servedFiles(): Plugin {
  let outDir = '';
  return {
    name: 'served-files',
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
    configureServer(server) {
      for (const [path, type] of Object.entries(SERVED_FILES)) {
        server.middlewares.use(`/${path}`, (_request, response, next) => {
          readFile(inRoot(path)).then((text) => {
            response.setHeader('Content-Type', type);
            response.end(text);
          }, next);
        });
      }
    },
    writeBundle: {
      order: 'post',
      async handler() {
        for (const path of servedPaths()) {
          await mkdir(dirname(resolve(outDir, path)), { recursive: true });
          await copyFile(inRoot(path), resolve(outDir, path));
        }
      },
    },
  };
}

/** Puts the Content-Security-Policy into the pages, for hosts that send no headers. */
function securityPolicy(): Plugin {
  return {
    name: 'security-policy',
    apply: 'build',
    transformIndexHtml: (_html, { path }) => [
      {
        tag: 'meta',
        attrs: {
          'http-equiv': 'Content-Security-Policy',
          content: headersFor(path)['Content-Security-Policy'],
        },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** Chunks and all that they import before they run. */
function withImports(entries: string[], importsOf: (path: string) => string[]): Set<string> {
  const found = new Set(entries);
  for (const path of found) for (const imported of importsOf(path)) found.add(imported);
  return found;
}

/**
 * What pages load as they start, and the rest but for what ON_DEMAND names and what only that loads: each worker is built by itself, so that a part of theirs exists
 * as often as workers have it, under one name with different hashes.
 */
function neededAtFirst(
  built: string[],
  atStart: Set<string>,
  contentOf: (path: string) => unknown,
): Set<string> {
  const others = built.filter((path) => atStart.has(path) || !ON_DEMAND.test(path));
  const found = new Set(others.filter((path) => !basename(path).startsWith('runtime-')));
  for (const path of found) {
    const content = String(contentOf(path));
    for (const other of others) if (content.includes(basename(other))) found.add(other);
  }
  return found;
}

/**
 * Builds the service worker, as one script of its own, once it is known which files there are: what it fetches at
 * install, and what it keeps when asked for.
 */
function serviceWorkerShell(): Plugin {
  return {
    name: 'service-worker-shell',
    apply: 'build',
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const built = Object.keys(bundle).filter((path) => !NOT_SHELL.test(path));
        const contentOf = (path: string) => {
          const file = bundle[path];
          return file?.type === 'asset' ? file.source : (file?.code ?? path);
        };
        const importsOf = (path: string) => {
          const file = bundle[path];
          return file?.type === 'chunk' ? file.imports : [];
        };
        const entries = built.filter((path) => {
          const file = bundle[path];
          return file?.type === 'chunk' && file.isEntry;
        });
        const atFirst = neededAtFirst(built, withImports(entries, importsOf), contentOf);
        const onDemand = built.filter((path) => !atFirst.has(path));
        const sizes = onDemand.map((path) => ({ path, bytes: bytesOf(contentOf(path)) }));
        const list = offlineFiles(sizes);
        this.emitFile(list);
        onDemand.push(list.fileName);
        const precache = [...atFirst, ...publicFiles()];
        const contents = precache.map(contentOf);
        const hash = createHash('sha256');
        for (const content of contents) hash.update(content);
        // Models of other hosts need the network anyway.
        for (const path of servedPaths().filter((path) => !path.startsWith('hub-'))) {
          precache.push(path);
          hash.update(readFileSync(inRoot(path)));
        }
        const shell: Shell = { version: hash.digest('hex').slice(0, 16), precache, onDemand };
        const source = await buildServiceWorker(shell);
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source });
      },
    },
  };
}

function bytesOf(content: unknown): number {
  return content instanceof Uint8Array ? content.length : Buffer.byteLength(String(content));
}

/** What a page that gets ready to work offline has to fetch, with its bytes; named after its content, as the files are. */
function offlineFiles(sizes: { path: string; bytes: number }[]) {
  const source = JSON.stringify(sizes);
  const hash = createHash('sha256').update(source).digest('base64url').slice(0, 8);
  return { type: 'asset', fileName: `assets/offline-files-${hash}.json`, source } as const;
}

async function buildServiceWorker(shell: Shell): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    define: { __SHELL__: JSON.stringify(shell) },
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: {
        input: inRoot('workers/service-worker.ts'),
        output: { format: 'iife' },
      },
    },
  });
  const [{ output }] = [result].flat() as { output: { code: string }[] }[];
  return output[0].code;
}

/** As Vite names them, but .mjs, which not every static host knows for a script, becomes .js. */
function assetFileNames({ names: [name = ''] }: { names: string[] }): string {
  if (name.endsWith('.mjs')) return 'assets/[name]-[hash].js';
  if (name.endsWith('.wasm.gz')) return `assets/${name.slice(0, -8)}-[hash].wasm.gz`;
  return 'assets/[name]-[hash][extname]';
}

function inRoot(path: string): string {
  return resolve(import.meta.dirname, path);
}

/** Files of public/ that belong to the shell: all but the models. */
function publicFiles(): string[] {
  const folder = resolve(import.meta.dirname, 'public');
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1))
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('models/'));
}

/** What dev, build, preview and the browser tests have in common. */
export function sharedConfig(mode: string): UserConfig {
  return {
    base: './',
    // Known at build time, for asking for a file that is not there leaves an error in the console.
    define: {
      __APP_VERSION__: JSON.stringify(packageJson.version),
      __SAMPLE_URL__: JSON.stringify(
        existsSync(resolve(import.meta.dirname, 'public', SAMPLE)) ? SAMPLE : null,
      ),
    },
    plugins: [
      svelte({ configFile: false }),
      gzipImports(),
      servedFiles(),
      securityPolicy(),
      serviceWorkerShell(),
    ],
    worker: {
      format: 'es',
      plugins: () => [gzipImports()],
      rolldownOptions: {
        checks: { pluginTimings: false },
        // What a worker imports only once it loads a model; bench/ counts it by this name.
        output: { chunkFileNames: 'assets/runtime-[name]-[hash].js', assetFileNames },
      },
    },
    optimizeDeps: {
      exclude: ['onnxruntime-web'],
      // Named here because a dependency first met inside a worker reloads the page in mid-test.
      include: [
        'comlink',
        'idb',
        '@huggingface/tokenizers',
        '@zip.js/zip.js/lib/zip-core-native.js',
        '@tanstack/virtual-core',
        'dicom-parser',
        '@niivue/niivue',
        'nifti-reader-js',
        '@niivue/niivue',
        'jpeg-lossless-decoder-js',
        '@cornerstonejs/codec-charls/decodewasmjs',
        '@cornerstonejs/codec-openjpeg/decodewasmjs',
        '@cornerstonejs/codec-openjph/wasmjs',
        '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs',
      ],
      noDiscovery: true,
    },
    resolve: {
      conditions: [
        // Without it onnxruntime-web carries its own copy of every wasm build.
        'onnxruntime-web-use-extern-wasm',
        'module',
        'browser',
        mode === 'production' ? 'production' : 'development',
      ],
    },
    server: { headers: isolationHeaders },
    preview: { headers: isolationHeaders },
  };
}

export default defineConfig(({ mode }) => ({
  ...sharedConfig(mode),
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: ['index.html', 'models.html', 'cli.html', 'bench.html'].map(inRoot),
      output: { assetFileNames, codeSplitting: { groups: [{ name: 'common', test: COMMON }] } },
    },
  },
}));
