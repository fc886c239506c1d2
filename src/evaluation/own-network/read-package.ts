import type { DroppedFile } from '../../contract/download';
import { appError } from '../../errors';
import { readGraphFacts, type GraphFacts } from '../../models/runtime/graph-facts';
import { hashOf } from '../metrics/hash';
import { chooseGraph, type PackageGraph } from './choose-graph';
import { chooseOutput } from './choose-output';
import type { OwnNetwork } from './own-network';

/** ONNX's number of float16. */
const FLOAT16 = 10;

/**
 * Reads a folder with a model of transformers.js (config.json, preprocessor_config.json, onnx/…) and says whether pictures
 * can be compared by it. Every file that counts is read once, for its hash; none is stored. Rejects with `PackageRefused`
 * where a file is missing or cannot be read, `ModelUnsupported` where the network gives no features of pictures alone.
 */
export async function readNetworkPackage(dropped: readonly DroppedFile[]): Promise<OwnNetwork> {
  const root = rootOf(dropped);
  const files = new Map(
    dropped.flatMap(({ path, file }) =>
      path.startsWith(root) ? [[path.slice(root.length), file] as const] : [],
    ),
  );
  const config = await readJson(files, 'config.json');
  const graph = chooseGraph([...files.keys()]);
  const bytes = await readBytes(files, graph.path);
  const facts = readFacts(bytes, graph.path);
  const weights = findWeights(files, graph.path, facts.externalFiles);
  const { output, take, dtype } = chooseOutput(facts, wordOf(config.model_type));
  const preprocessing = await readText(files, 'preprocessor_config.json');
  parse(preprocessing, 'preprocessor_config.json');
  const used = ['config.json', 'preprocessor_config.json', graph.path];
  const sha256 = await hashFiles([
    ...used.map((path): [string, Blob] => [path, files.get(path)!]),
    ...weights.map(({ name, blob }): [string, Blob] => [name, blob]),
  ]);
  return {
    id: `own-${sha256}`,
    title: titleOf(root, config),
    sha256,
    from: describe(graph, output, take),
    graph: files.get(graph.path)!,
    graphPath: graph.path,
    weights,
    preprocessing,
    dtype: dtype === FLOAT16 ? 'float16' : 'float32',
    output,
    take,
  };
}

/** The folder of the config.json nearest to the top, with its slash; '' is the top itself. */
function rootOf(dropped: readonly DroppedFile[]): string {
  const [config] = dropped
    .map(({ path }) => path)
    .filter((path) => path === 'config.json' || path.endsWith('/config.json'))
    .sort((a, b) => a.split('/').length - b.split('/').length);
  if (config) return config.slice(0, -'config.json'.length);
  throw refused(`it has no config.json (got ${dropped.length} files)`);
}

/** sha256 over one line for each file, in the order of their names: its own sha256, two spaces, its name. */
export async function hashFiles(files: readonly [name: string, blob: Blob][]): Promise<string> {
  const lines: string[] = [];
  for (const [name, blob] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(
      `${await hashOf(blob).catch((cause: unknown) => unreadable(name, cause))}  ${name}\n`,
    );
  }
  return hashOf(new Blob(lines));
}

function readFacts(bytes: Uint8Array, path: string): GraphFacts {
  try {
    const facts = readGraphFacts(bytes);
    if (facts.outputs.length > 0) return facts;
  } catch (cause) {
    throw refused(`${path} is no ONNX file`, cause);
  }
  // Git LFS leaves such a text where a file was not fetched.
  throw refused(`${path} is no ONNX file, or a pointer to one (${bytes.length} bytes)`);
}

/** External data lies beside the graph. */
function findWeights(files: Map<string, File>, graph: string, names: readonly string[]) {
  const folder = graph.slice(0, graph.lastIndexOf('/') + 1);
  return names.map((name) => {
    const blob = files.get(folder + name.replace(/^\.\//, ''));
    if (blob) return { name, blob };
    throw refused(`${graph} keeps its weights in ${folder}${name}, which is not there`);
  });
}

async function readJson(files: Map<string, File>, path: string) {
  return parse(await readText(files, path), path);
}

function parse(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw refused(`${path} is not JSON`, cause);
  }
  throw refused(`${path} is not an object`);
}

async function readText(files: Map<string, File>, path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(files, path));
}

async function readBytes(files: Map<string, File>, path: string): Promise<Uint8Array> {
  const file = files.get(path);
  if (!file) throw refused(`it has no ${path}`);
  const bytes = await file.arrayBuffer().catch((cause: unknown) => unreadable(path, cause));
  return new Uint8Array(bytes);
}

function unreadable(path: string, cause: unknown): never {
  throw refused(`${path} could not be read (${(cause as Error).message})`, cause);
}

/** The name of the folder; of files without one, the name in the configuration, or the kind of network. */
function titleOf(root: string, config: Record<string, unknown>): string {
  const folder = root.split('/').filter(Boolean).at(-1);
  return folder ?? (wordOf(config._name_or_path) || wordOf(config.model_type) || 'network');
}

/** '' where a configuration has something else in that place. */
function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function describe({ path, passedOver }: PackageGraph, output: string, take: string): string {
  const others = passedOver.length > 0 ? `, not ${passedOver.join(', ')}` : '';
  return `a folder of the user's own: ${path}${others}; ${take} of ${output}`;
}

function refused(why: string, cause?: unknown): Error {
  return appError(
    'PackageRefused',
    `This is not a whole feature network: ${why}. Choose the folder of a model for transformers.js: config.json, ` +
      'preprocessor_config.json and onnx/model.onnx or onnx/vision_model.onnx.',
    cause,
  );
}
