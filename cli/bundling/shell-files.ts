import type { Plugin, Rolldown } from 'vite';

/** What runs from the opening of a page to its first picture, as paths of sources. */
export interface FirstVisit {
  /** Of pages and workers. */
  entries: string[];
  /** Modules that are imported late, and yet needed for the first picture. */
  late: string[];
}

/** What is known of a built chunk. */
export interface ChunkFacts {
  /** The source that it was built for, of entries and of what is imported late. */
  facade: string | null;
  modules: string[];
  imports: string[];
  late: string[];
  styles: string[];
}

/**
 * Decides which built files belong to the first visit, from what imports what. `watch` belongs into the build of the
 * pages and into that of each worker, for each worker is built by itself.
 */
export function createShellFiles(first: FirstVisit) {
  const chunks = new Map<string, ChunkFacts>();
  return {
    watch: (): Plugin => ({
      name: 'shell-files',
      apply: 'build',
      generateBundle(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type === 'chunk') chunks.set(file.fileName, factsOf(file));
        }
      },
    }),
    filesAtFirst: () => filesAtFirst(chunks, first),
  };
}

/**
 * The scripts and styles of the first visit: entries, all that they import before they run, and what is named of that
 * which they import late.
 *
 * @throws Error where a source is named that is in no chunk that the entries lead to.
 */
export function filesAtFirst(chunks: Map<string, ChunkFacts>, first: FirstVisit): Set<string> {
  const holds = (name: string, source: string) =>
    chunks.get(name)?.modules.some((module) => module.endsWith(`/${source}`));
  const starts = (name: string, source: string) => chunks.get(name)?.facade?.endsWith(`/${source}`);
  const isEntry = (name: string) => first.entries.some((source) => starts(name, source));
  const found = new Set([...chunks.keys()].filter(isEntry));
  for (const name of found) {
    const { imports, late } = chunks.get(name) ?? { imports: [], late: [] };
    const wanted = late.filter((path) => first.late.some((source) => holds(path, source)));
    for (const path of [...imports, ...wanted]) found.add(path);
  }
  const missing = [
    ...first.entries.filter((source) => ![...found].some((name) => starts(name, source))),
    ...first.late.filter((source) => ![...found].some((name) => holds(name, source))),
  ];
  if (missing.length > 0) {
    throw new Error(
      `${missing.join(', ')}: named as part of the first visit, and in no file that is loaded then. ` +
        'Correct FIRST_VISIT in vite.config.ts.',
    );
  }
  for (const name of found) chunks.get(name)?.styles.forEach((style) => found.add(style));
  return found;
}

function factsOf(chunk: Rolldown.OutputChunk): ChunkFacts {
  return {
    facade: chunk.facadeModuleId,
    modules: chunk.moduleIds,
    imports: chunk.imports,
    late: chunk.dynamicImports,
    styles: [...(chunk.viteMetadata?.importedCss ?? [])],
  };
}

/** Whether a module is imported, by way of others too, before `entry` runs. */
export function isImportedBy(
  entry: string,
  module: string,
  importersOf: (module: string) => readonly string[],
): boolean {
  const found = new Set([module]);
  for (const name of found) {
    if (name.endsWith(`/${entry}`)) return true;
    importersOf(name).forEach((importer) => found.add(importer));
  }
  return false;
}
