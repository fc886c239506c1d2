import { posix } from 'node:path';
import ts from 'typescript';

/**
 * The rooms of the house, the lowest first. A room may use those below it, and no room above: so there is no circle.
 * Rooms of one line do not know each other.
 */
const FLOORS: string[][] = [
  ['common'],
  ['contract', 'crypto', 'privacy', 'models/manifest'],
  ['models/runtime', 'image', 'styles'],
  ['models/store', 'gallery'],
  ['models/download', 'dataset'],
  ['models/installed'],
  ['diffusion'],
  ['finetune'],
  ['evaluation/metrics'],
  ['evaluation/copies', 'evaluation/report', 'evaluation/usefulness'],
  ['evaluation'],
  ['project'],
  // What runs in workers too ends here; from here on it is the page, which never computes an image itself.
  ['languages'],
  ['bridge', 'browser'],
  ['pictures'],
  ['controls'],
  ['controls/viewer'],
  ['views/paint', 'views/gallery', 'views/models', 'views/help'],
  ['views/studio', 'views/datasets', 'views/benchmark'],
  ['views/evaluate', 'views/finetune', 'views/storage'],
  ['views/projects'],
  ['shell'],
  // main.ts and App.svelte; what runs for the command line in a page of its own.
  ['page', 'cli'],
];

const floorOf = (room: string) => FLOORS.findIndex((rooms) => rooms.includes(room));
const PAGE_FLOOR = floorOf('languages');

/** Components show what their state computes: they use these rooms, and leave the others to it. */
const OPEN_TO_COMPONENTS =
  /^(common|languages|browser|pictures|controls(\/viewer)?|views\/\w+|shell|bridge)$/;

/** Package → the files that may import it. */
const PACKAGE_OWNERS: Record<string, RegExp> = {
  'onnxruntime-web': /^src\/models\/runtime\/(session|runtime)\.ts$/,
  '@huggingface/transformers':
    /^src\/(evaluation\/own-network\/image-processor|diffusion\/text\/auto-tokenizer|models\/runtime\/transformers-files)\.ts$/,
  comlink: /^(src\/bridge\/bridge\.ts|workers\/.*)$/,
};

/** Errors are everybody's. */
const OPEN_TO_ALL = ['src/errors'];

interface Import {
  specifier: string;
  typeOnly: boolean;
}

/** Every breach of the table, one sentence each. `files`: path from the repository's top → text. */
export function importViolations(files: Map<string, string>): string[] {
  return [...files].flatMap(([path, text]) =>
    importsOf(path, text).flatMap((found) => judge(path, found) ?? []),
  );
}

function judge(path: string, { specifier, typeOnly }: Import): string | undefined {
  if (!specifier.startsWith('.')) return judgePackage(path, specifier, typeOnly);
  const target = posix.join(posix.dirname(path), specifier.replace(/\?.*$/, ''));
  const [from, to] = [roomOf(path), roomOf(target)];
  const name = target.replace(/\.ts$/, '');
  if (OPEN_TO_ALL.includes(name)) return undefined;
  const isScheduler = /^src\/diffusion\/schedulers\/(?!index\.ts)/.test(path);
  if (isScheduler && !typeOnly) {
    return judgeScheduler(path, target, name);
  }
  if (from === to) return undefined;
  return (
    judgeRooms(from, to, typeOnly, path) &&
    `${path} imports ${target}: ${judgeRooms(from, to, typeOnly, path)}`
  );
}

/** Why a file of one room may not import from another; undefined where it may. */
function judgeRooms(from: string, to: string, typeOnly: boolean, path: string): string | undefined {
  if (from === 'workers') return floorOf(to) < PAGE_FLOOR ? undefined : 'a worker knows no page';
  if (to === 'workers') return 'only the bridge starts workers, by their address';
  if (floorOf(from) < 0 || floorOf(to) < 0)
    return `no floor is known for ${floorOf(from) < 0 ? from : to}`;
  // Types leave no trace in the bundle; yet what runs in workers knows none of the page.
  if (typeOnly) {
    return floorOf(from) < PAGE_FLOOR && floorOf(to) >= PAGE_FLOOR
      ? `${from} knows no page`
      : undefined;
  }
  if (to === 'contract') return 'the contract has types only';
  if (floorOf(to) >= floorOf(from)) return `${to} is not below ${from}`;
  if (to === 'diffusion' && floorOf(from) >= PAGE_FLOOR) return 'the page computes no image';
  const isComponent = path.endsWith('.svelte') && from !== 'page';
  if (isComponent && !OPEN_TO_COMPONENTS.test(to)) return 'a component leaves this to its state';
  return undefined;
}

function judgePackage(path: string, specifier: string, typeOnly: boolean): string | undefined {
  const name = specifier.startsWith('@')
    ? specifier.split('/').slice(0, 2).join('/')
    : specifier.split('/')[0];
  const owners = PACKAGE_OWNERS[name];
  if (path.startsWith('src/diffusion/schedulers/')) {
    return `${path} imports ${specifier}: a scheduler is arithmetic and needs no package`;
  }
  if (!owners || owners.test(path) || typeOnly) return undefined;
  return `${path} imports ${specifier}: only ${owners.source} may`;
}

/** A scheduler knows scheduler.ts and noise-schedule.ts; only the registry, index.ts, knows other rooms. */
function judgeScheduler(path: string, target: string, name: string): string | undefined {
  const inside = posix.dirname(target) === 'src/diffusion/schedulers';
  if (inside && /\/(scheduler|noise-schedule)$/.test(name)) return undefined;
  return `${path} imports ${target}: a scheduler may import scheduler.ts and noise-schedule.ts`;
}

/** `src/views/gallery/Gallery.svelte` → `views/gallery`; `src/main.ts` → `page`; `workers/x.ts` → `workers`. */
function roomOf(path: string): string {
  const [top, ...rest] = path.split('/');
  if (top !== 'src') return top;
  const folders = rest.slice(0, -1);
  if (folders.length === 0) return 'page';
  const both = folders.slice(0, 2).join('/');
  return floorOf(both) >= 0 ? both : folders[0];
}

/** Static, dynamic, re-exporting and `import('…')`-type imports of a .ts, .js or .svelte file. */
export function importsOf(path: string, text: string): Import[] {
  const code = path.endsWith('.svelte')
    ? [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]).join('\n')
    : text;
  const found: Import[] = [];
  const add = (node: ts.Node | undefined, typeOnly: boolean) => {
    if (node && ts.isStringLiteralLike(node)) found.push({ specifier: node.text, typeOnly });
  };
  const visit = (node: ts.Node) => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, code, ts.ScriptTarget.Latest));
  return found;
}
