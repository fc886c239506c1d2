/**
 * `npm start`: installs what is missing, builds, serves the app and opens a browser where there is one.
 *
 *     npm start -- [--port N] [--host NAME] [--no-open]
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { DIST, ensureBuilt, ensureInstalled, requireNode } from './install.js';
import { startStaticServer } from './static-server.js';

requireNode();
const options = readOptions();
ensureInstalled();
ensureBuilt();

const server = await startStaticServer({
  mounts: [{ prefix: '/', folder: DIST }],
  port: options.port,
  host: options.host,
});
// Nothing else on stdout, so that a script can read it; Ctrl-C ends it.
console.log(server.url);
if (options.open) openBrowser(server.url);

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '4173' },
        host: { type: 'string', default: '127.0.0.1' },
        'no-open': { type: 'boolean', default: false },
      },
    });
    if (!/^\d{1,5}$/.test(values.port)) {
      throw new Error(`--port expects a number from 0 to 65535, got "${values.port}".`);
    }
    return { port: Number(values.port), host: values.host, open: !values['no-open'] };
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exit(2);
  }
}

/**
 * Asks the desktop for a browser. No desktop, no program, no right to: the URL on the terminal is enough.
 *
 * @param {string} url
 */
function openBrowser(url) {
  const desktop = process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY;
  if (process.env.CI || (process.platform === 'linux' && !desktop)) return;
  const [program, args] = /** @type {[string, string[]]} */ (
    process.platform === 'darwin'
      ? ['open', [url]]
      : process.platform === 'win32'
        ? ['cmd', ['/c', 'start', '', url]]
        : ['xdg-open', [url]]
  );
  spawn(program, args, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
