/**
 * Compiles src/models/manifest/manifest.schema.json into src/models/manifest/validate-manifest.generated.js:
 *
 *     node cli/bundling/build-validator.js
 *
 * Ajv at run time needs `unsafe-eval`, which the page's Content-Security-Policy forbids; the compiled code does not.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';

const MODELS = resolve(import.meta.dirname, '../../src/models/manifest');

/** Where the compiled validator is kept. */
export const VALIDATOR_PATH = resolve(MODELS, 'validate-manifest.generated.js');

/** The validator's source, made from the schema as it is now. */
export async function buildValidator() {
  const schema = JSON.parse(await readFile(resolve(MODELS, 'manifest.schema.json'), 'utf8'));
  const ajv = new Ajv({
    code: { source: true, esm: true },
    allErrors: false,
    allowUnionTypes: true,
  });
  const code = standaloneCode(ajv, ajv.compile(schema));
  if (code.includes('require(')) {
    throw new Error(
      'The schema uses a keyword that needs Ajv at run time (minLength, format, uniqueItems…).',
    );
  }
  return `// Made by cli/bundling/build-validator.js from manifest.schema.json. Do not edit.\n${code}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(VALIDATOR_PATH, await buildValidator());
}
