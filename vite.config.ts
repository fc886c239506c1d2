import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build, defineConfig, type Plugin, type Rolldown, type UserConfig } from 'vite';
import { gzipImports } from './cli/bundling/gzip-imports.ts';
import { helpChunk, helpPages } from './cli/bundling/help-pages.ts';
import { transformersWithoutRuntime } from './cli/bundling/without-runtime.ts';
import { createShellFiles, isImportedBy, type FirstVisit } from './cli/bundling/shell-files.ts';
import { headersFor } from './workers/shell/headers-for.ts';
import type { Shell } from './workers/shell/shell.ts';
import packageJson from './package.json' with { type: 'json' };
import responseHeaders from './workers/shell/response-headers.json' with { type: 'json' };

/** Files outside public/ that the page links to or fetches, and their types. */
const SERVED_FILES = {
  'model-manifest.json': 'application/json',
  'hub-manifest.json': 'application/json',
  'rivals-manifest.json': 'application/json',
};
const servedPaths = () => Object.keys(SERVED_FILES).filter((path) => existsSync(inRoot(path)));
const SAMPLE = 'sample.webp';

/** Built files that the studio never asks for. */
const NOT_SHELL = /^(cli|bench)\.html$|^assets\/(cli|bench|compare-backends)/;

/** SharedArrayBuffer, and with it wasm threads, exists only on cross-origin isolated pages. */
const isolationHeaders = {
  'Cross-Origin-Opener-Policy': responseHeaders['Cross-Origin-Opener-Policy'],
  'Cross-Origin-Embedder-Policy': responseHeaders['Cross-Origin-Embedder-Policy'],
};

/** What a visitor's browser runs from the opening of the page to the first picture; all else is fetched when asked for. */
const FIRST_VISIT: FirstVisit = {
  entries: [
    'index.html',
    'models.html',
    'workers/inference.worker.ts',
    'workers/download.worker.ts',
    'workers/outside-check.worker.ts',
  ],
  late: [
    'src/diffusion/request.ts',
    'src/diffusion/recorded-request.ts',
    'src/diffusion/load-model.ts',
    'src/diffusion/pipeline.ts',
    'src/models/runtime/open-component.ts',
    'hash-wasm/dist/index.esm.js',
  ],
};

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
        for (const path of servedPaths()) await copyFile(inRoot(path), resolve(outDir, path));
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

/**
 * Builds the service worker, as one script of its own, once it is known which files there are: what it fetches at
 * install, and what it keeps when asked for.
 */
function serviceWorkerShell(shellFiles: ReturnType<typeof createShellFiles>): Plugin {
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
        const files = shellFiles.filesAtFirst();
        const atFirst = built.filter((path) => files.has(path) || path.endsWith('.html'));
        const onDemand = built.filter((path) => !atFirst.includes(path));
        const sizes = onDemand.map((path) => ({ path, bytes: bytesOf(contentOf(path)) }));
        const list = offlineFiles(sizes);
        this.emitFile(list);
        onDemand.push(list.fileName);
        const precache = [...atFirst, ...publicFiles()];
        const contents = precache.map(contentOf);
        const hash = createHash('sha256');
        for (const content of contents) hash.update(content);
        // What the others list needs the network anyway.
        for (const path of servedPaths().filter((path) => path === 'model-manifest.json')) {
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

/** As Vite names them; languages and pages of the help say what they are, for what is kept offline goes by names. */
function chunkFileNames({ name, facadeModuleId }: Rolldown.PreRenderedChunk): string {
  const page = helpChunk(facadeModuleId);
  if (page) return `assets/help-${page}-[hash].js`;
  const isLanguage = facadeModuleId?.includes('/src/languages/') ?? false;
  return `assets/${isLanguage ? `language-${name}` : name}-[hash].js`;
}

/**
 * All that the page imports before it runs, in one file: of dozens each would cost a request with its headers. main.ts
 * itself stays apart, for other pages load this file too and must not start the app.
 */
function startChunk(module: string, graph: Rolldown.ChunkingContext): string | null {
  const importersOf = (id: string) => graph.getModuleInfo(id)?.importers ?? [];
  if (module.endsWith('/src/main.ts')) return null;
  return isImportedBy('src/main.ts', module, importersOf) ? 'start' : null;
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
  const shellFiles = createShellFiles(FIRST_VISIT);
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
      helpPages(),
      transformersWithoutRuntime(),
      servedFiles(),
      securityPolicy(),
      shellFiles.watch(),
      serviceWorkerShell(shellFiles),
    ],
    worker: {
      format: 'es',
      plugins: () => [gzipImports(), transformersWithoutRuntime(), shellFiles.watch()],
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
        '@cfworker/json-schema',
        '@huggingface/tokenizers',
        '@zip.js/zip.js/lib/zip-core-native.js',
        '@tanstack/virtual-core',
        'dicom-parser',
        'pbf',
        '@niivue/niivue',
        'nifti-reader-js',
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
      alias: [{ find: /^(fs|path)$/, replacement: inRoot('cli/bundling/no-module.js') }],
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
    // kB: NiiVue, which only a volume loads, is the largest.
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: ['index.html', 'models.html', 'cli.html', 'bench.html'].map(inRoot),
      output: {
        assetFileNames,
        chunkFileNames,
        codeSplitting: { groups: [{ name: startChunk }] },
      },
    },
  },
}));
