import { posix } from 'node:path';
import ts from 'typescript';

/** Thread-neutral folders: no DOM, so pages and workers may both run them. */
const NEUTRAL = [
  'diffusion',
  'models',
  'image',
  'gallery',
  'dataset',
  'evaluation',
  'finetune',
  'crypto',
  'privacy',
];

/** Folder → folders it may import besides itself; the files of `OPEN_TO_ALL` are open to each. */
const MAY_IMPORT: Record<string, string[]> = {
  ui: ['state'],
  state: ['gallery', 'dataset', 'evaluation', 'finetune', 'models', 'image', 'privacy'],
  workers: NEUTRAL,
  diffusion: ['models', 'image'],
  evaluation: ['models', 'image', 'dataset', 'finetune'],
  finetune: ['diffusion', 'models', 'dataset', 'image'],
  dataset: ['image', 'gallery', 'crypto'],
  gallery: ['crypto'],
  models: [],
  image: [],
  crypto: [],
  privacy: [],
  styles: [],
  // main.ts, App.svelte, worker-client.ts …: the page, which never computes an image itself.
  page: [
    ...['ui', 'state', 'gallery', 'dataset', 'evaluation', 'finetune', 'models', 'image', 'crypto'],
    ...['privacy', 'styles'],
  ],
};

/** Package → the files that may import it. */
const PACKAGE_OWNERS: Record<string, RegExp> = {
  'onnxruntime-web': /^src\/models\/(session|runtime)\.ts$/,
  comlink: /^(src\/((worker|evaluation|finetune)-client|in-worker)\.ts|workers\/.*)$/,
};

const OPEN_TO_ALL = [
  ...['src/errors.ts', 'src/next-task.ts', 'src/open-database.ts', 'src/philox.ts'],
  'src/random-id.ts',
];

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
  const [from, to] = [folderOf(path), folderOf(target)];
  const name = target.replace(/\.ts$/, '');
  if (OPEN_TO_ALL.some((open) => name === open.replace(/\.ts$/, ''))) return undefined;
  // Types leave no trace in the bundle; these two files are the contracts everyone reads.
  if (typeOnly && (name === 'workers/api' || name === 'src/models/manifest')) return undefined;
  if (path.startsWith('src/diffusion/schedulers/')) return judgeScheduler(path, target, name);
  if (from === to || MAY_IMPORT[from]?.includes(to)) return undefined;
  return `${path} imports ${target}: ${from} may import ${MAY_IMPORT[from]?.join(', ') || 'no other folder'}`;
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

/** A scheduler knows scheduler.ts and noise-schedule.ts; the registry, index.ts, knows the schedulers. */
function judgeScheduler(path: string, target: string, name: string): string | undefined {
  const inside = posix.dirname(target) === 'src/diffusion/schedulers';
  if (inside && /\/(scheduler|noise-schedule)$/.test(name)) return undefined;
  if (inside && /\/(index|registry)\.ts$/.test(path)) return undefined;
  return `${path} imports ${target}: a scheduler may import scheduler.ts and noise-schedule.ts`;
}

/** `src/ui/Gallery.svelte` → `ui`; `src/main.ts` → `page`; `workers/api.ts` → `workers`. */
function folderOf(path: string): string {
  const [top, folder, ...rest] = path.split('/');
  if (top !== 'src') return top;
  return rest.length > 0 ? folder : 'page';
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
