import { readFileSync } from 'node:fs';

/** What an error of the user's world is called, in the app and here: src/errors.ts takes its names from there too. */
const ERROR_NAMES = Object.keys(
  JSON.parse(readFileSync(new URL('../src/common/error-names.json', import.meta.url), 'utf8')),
);

/**
 * What a program says on stderr when it fails, and its exit code: 2 with name and message for what a user can do
 * something about, 1 with the stack for a bug.
 *
 * @param {Error} error
 * @returns {{ text: string, code: 1 | 2 }}
 */
export function describeFailure(error) {
  if (!ERROR_NAMES.includes(error.name)) return { text: error.stack ?? error.message, code: 1 };
  return { text: `${error.name}: ${error.message}`, code: 2 };
}

/**
 * Runs a program and sets the exit code of this process.
 *
 * @param {() => Promise<void>} main
 */
export async function runToEnd(main) {
  try {
    await main();
    process.exitCode = 0;
  } catch (error) {
    const { text, code } = describeFailure(/** @type {Error} */ (error));
    process.stderr.write(`${text}\n`);
    process.exitCode = code;
  }
}
