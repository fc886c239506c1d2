import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import responseHeaders from './workers/response-headers.json' with { type: 'json' };

/** Files outside public/ that the page links to or fetches, and their types. */
const SERVED_FILES = {
  'model-manifest.json': 'application/json',
  // As plain text, for some browsers download text/markdown.
  'docs/model-card.md': 'text/plain; charset=utf-8',
};
const servedPaths = () => Object.keys(SERVED_FILES).filter((path) => existsSync(inRoot(path)));
const SAMPLE = 'sample.png';

/** Built files that the studio never asks for. */
const NOT_SHELL = /^service-worker\.js$|^cli\.html$|^assets\/(cli|compare-backends)/;

/** SharedArrayBuffer, and with it wasm threads, exists only on cross-origin isolated pages. */
const isolationHeaders = {
  'Cross-Origin-Opener-Policy': responseHeaders['Cross-Origin-Opener-Policy'],
  'Cross-Origin-Embedder-Policy': responseHeaders['Cross-Origin-Embedder-Policy'],
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
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: {
          'http-equiv': 'Content-Security-Policy',
          content: responseHeaders['Content-Security-Policy'],
        },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** Tells the service worker which files there are: what it fetches at install, and what it keeps when asked for. */
function serviceWorkerShell(): Plugin {
  return {
    name: 'service-worker-shell',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle['service-worker.js'];
        if (worker?.type !== 'chunk') return;
        const built = Object.keys(bundle).filter((path) => !NOT_SHELL.test(path));
        const onDemand = built.filter((path) => /\.wasm$|ort-wasm/.test(path));
        const precache = [...built.filter((path) => !onDemand.includes(path)), ...publicFiles()];
        const contents = precache.map((path) => {
          const file = bundle[path];
          return file?.type === 'asset' ? file.source : (file?.code ?? path);
        });
        const hash = createHash('sha256');
        for (const content of contents) hash.update(content);
        for (const path of servedPaths()) {
          precache.push(path);
          hash.update(readFileSync(inRoot(path)));
        }
        const shell = { version: hash.digest('hex').slice(0, 16), precache, onDemand };
        const placeholder = /(["'`])__SHELL__\1/;
        if (!placeholder.test(worker.code))
          this.error('service-worker.ts has no place for its files');
        worker.code = worker.code.replace(placeholder, () => JSON.stringify(JSON.stringify(shell)));
      },
    },
  };
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
      __SAMPLE_URL__: JSON.stringify(
        existsSync(resolve(import.meta.dirname, 'public', SAMPLE)) ? SAMPLE : null,
      ),
    },
    plugins: [svelte({ configFile: false }), servedFiles(), securityPolicy(), serviceWorkerShell()],
    worker: {
      format: 'es',
      rolldownOptions: {
        checks: { pluginTimings: false },
        // What a worker imports only once it loads a model; bench/ counts it by this name.
        output: { chunkFileNames: 'assets/runtime-[name]-[hash].js' },
      },
    },
    optimizeDeps: {
      exclude: ['onnxruntime-web'],
      // Named here because a dependency first met inside a worker reloads the page in mid-test.
      include: ['comlink', 'idb', '@huggingface/transformers'],
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
      input: ['index.html', 'cli.html', 'workers/service-worker.ts'].map((page) =>
        resolve(import.meta.dirname, page),
      ),
      output: {
        entryFileNames: ({ name }) =>
          name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js',
      },
    },
  },
}));
