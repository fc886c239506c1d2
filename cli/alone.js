import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Only node: imports, as in install.js.

const PAUSE_MS = 100;

/** Nothing that is done alone takes so long: whoever has this number now is another program. */
const LONGEST_MS = 30 * 60_000;

/**
 * Does `work` while no other program does any for `folder`: two that install packages at once break what is there. One that
 * was killed meanwhile holds nobody up.
 *
 * @param {string} folder
 * @param {() => void} work
 * @param {() => void} onWaiting  Called once where another one has to be waited for.
 */
export function alone(folder, work, onWaiting = () => undefined) {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const lock = join(tmpdir(), `phantoscope-${name}.lock`);
  const letGo = () => rmSync(lock, { force: true });
  for (let waiting = false; !isTaken(lock); waiting = true) {
    if (!waiting) onWaiting();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
  process.once('exit', letGo); // what ends the program in `work` leaves no lock either
  try {
    work();
  } finally {
    process.off('exit', letGo);
    letGo();
  }
}

/**
 * Whether it is this program's now.
 *
 * @param {string} lock
 */
function isTaken(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    if (isHeld(lock)) return false;
    rmSync(lock, { force: true });
    return false;
  }
}

/** @param {string} lock */
function isHeld(lock) {
  const facts = statSync(lock, { throwIfNoEntry: false });
  if (!facts) return false;
  if (Date.now() - facts.mtimeMs > LONGEST_MS) return false;
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (pid > 0) process.kill(pid, 0); // only asks whether there is one; 0: it is still being written
    return true;
  } catch (error) {
    // One that runs for somebody else is there, too.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
