import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { helpHtml, type HelpHtml } from './help-html.ts';

/**
 * The pages of docs/ that ship with the app as its help, in the order in which it lists them. Those for people who
 * change the app stay in the repository.
 */
export const HELP_PAGES = [
  'README',
  'studio',
  'projects',
  'evaluation',
  'fine-tuning',
  'volumes',
  'layouts',
  'your-own-model',
  'privacy',
  'privacy-report',
  'privacy-disk',
  'tabs',
  'languages',
  'command-line',
  'batch',
  'model-card',
  'report',
  'comparison',
] as const;

/** Larger pictures stay in the repository. */
const MOST_PICTURE_BYTES = 150_000;

const LIST = 'virtual:help-pages';
const PAGE = /[/\\]docs[/\\]([\w-]+)\.md\?help$/;

/** A page of docs/, by its name without ".md", as the app shows it. */
export function readHelpPage(docs: string, name: string): HelpHtml {
  const markdown = readFileSync(join(docs, `${name}.md`), 'utf8');
  const ships = (picture: string) => statSync(join(docs, picture)).size <= MOST_PICTURE_BYTES;
  return helpHtml(name, markdown, { pages: HELP_PAGES, ships });
}

/**
 * `import { helpPages } from 'virtual:help-pages'`: the pages that ship, each a chunk of its own that is fetched when
 * it is read. They are rendered while the app is built, so no parser of Markdown ships.
 */
export function helpPages(): Plugin {
  let docs = '';
  return {
    name: 'help-pages',
    enforce: 'pre',
    configResolved({ root }) {
      docs = join(root, 'docs');
    },
    resolveId: (source) => (source === LIST ? `\0${LIST}` : null),
    load: {
      order: 'pre',
      handler(id) {
        if (id === `\0${LIST}`) return listModule(docs);
        const name = PAGE.exec(id)?.[1];
        if (!name) return null;
        this.addWatchFile(join(docs, `${name}.md`));
        return pageModule(docs, name);
      },
    },
  };
}

/** Whether a chunk was made for a page of the help; its name then. */
export function helpChunk(facadeModuleId: string | null): string | null {
  return facadeModuleId ? (PAGE.exec(facadeModuleId)?.[1] ?? null) : null;
}

function listModule(docs: string): string {
  const entries = HELP_PAGES.map((name) => {
    const title = JSON.stringify(readHelpPage(docs, name).title);
    const file = JSON.stringify(join(docs, `${name}.md?help`));
    return `{ name: '${name}', title: ${title}, load: () => import(${file}) }`;
  });
  return `export const helpPages = [${entries.join(',\n')}];`;
}

function pageModule(docs: string, name: string): string {
  const { html, pictures } = readHelpPage(docs, name);
  const imports = pictures.map(
    (path, i) => `import picture${i} from ${JSON.stringify(join(docs, `${path}?url`))};`,
  );
  const pieces = html.map((piece, i) => (i ? `picture${i - 1} + ` : '') + JSON.stringify(piece));
  return `${imports.join('\n')}\nexport const html = ${pieces.join(' + ')};`;
}
