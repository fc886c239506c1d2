import { posix } from 'node:path';
import GithubSlugger from 'github-slugger';
import { Marked, Renderer, type Tokens } from 'marked';

/** A page of docs/ as the app shows it. */
export interface HelpHtml {
  /** Its first heading, as plain text. */
  title: string;
  /** Pieces of HTML; between the piece i and the next stands the address of picture i. */
  html: string[];
  /** Paths below docs/, in the order in which the pieces want them. */
  pictures: string[];
  /** What its headings are called in an address, as GitHub calls them. */
  headings: string[];
  /** Where its links into the app lead: PAGE or PAGE/HEADING. */
  links: string[];
}

/** What a page may lead to and show. */
export interface HelpShelf {
  /** The pages that ship, by name without ".md". */
  pages: readonly string[];
  /** Whether a picture, by its path below docs/, ships too. */
  ships: (picture: string) => boolean;
}

/** Stands for a picture's address until the pieces are cut; no text of docs/ has this character. */
const CUT = '\u0000';

/**
 * A page of docs/ as HTML. Links between pages that ship lead to the app's own view, other hosts open apart, and what
 * only the repository has stays words with a mark. Headings go down by one, for the app has the first.
 *
 * @param markdown - GitHub's kind.
 * @throws Error where the page has no heading.
 */
export function helpHtml(name: string, markdown: string, shelf: HelpShelf): HelpHtml {
  const slugger = new GithubSlugger();
  const [pictures, headings, links]: string[][] = [[], [], []];
  let title = '';
  const marked = new Marked({ gfm: true });
  marked.use({
    renderer: {
      heading({ tokens, depth }: Tokens.Heading) {
        const text = plainText(tokens);
        title ||= text;
        const id = slugger.slug(text);
        headings.push(id);
        const tag = `h${Math.min(depth + 1, 6)}`;
        return `<${tag} id="help-${id}" tabindex="-1">${this.parser.parseInline(tokens)}</${tag}>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        const words = this.parser.parseInline(tokens);
        if (/^https?:/.test(href)) {
          return `<a href="${escape(href)}" target="_blank" rel="noreferrer">${words}</a>`;
        }
        const place = placeOf(name, href, shelf.pages);
        if (!place) return elsewhere(words, href);
        links.push(place);
        return `<a href="#/help/${place}">${words}</a>`;
      },
      image({ href, text }: Tokens.Image) {
        const path = posix.normalize(href);
        if (!shelf.ships(path)) return elsewhere(escape(text), href);
        pictures.push(path);
        return `<img src="${CUT}" alt="${escape(text)}">`;
      },
      // Both scroll, so the keyboard must reach them.
      table(token: Tokens.Table) {
        return `<div class="table" tabindex="0">${Renderer.prototype.table.call(this, token)}</div>\n`;
      },
      code: ({ text }: Tokens.Code) => `<pre tabindex="0"><code>${escape(text)}\n</code></pre>\n`,
      html: ({ text }: Tokens.HTML | Tokens.Tag) => (text.startsWith('<!--') ? '' : escape(text)),
    },
  });
  const html = marked.parse(markdown, { async: false });
  if (!title) throw new Error(`docs/${name}.md has no heading. Let it begin with "# …".`);
  return { title, html: html.split(CUT), pictures, headings, links };
}

/** PAGE or PAGE/HEADING of a link on the page `from`; null where that page does not ship. */
function placeOf(from: string, href: string, pages: readonly string[]): string | null {
  const [file, heading] = href.split('#');
  const page = file === '' ? from : posix.normalize(file).replace(/\.md$/, '');
  if (!pages.includes(page)) return null;
  return heading ? `${page}/${heading}` : page;
}

/** What only the repository has: the words stay, and where it is can be read. */
function elsewhere(words: string, href: string): string {
  const path = posix.join('docs', href.split('#')[0]);
  return `<span class="elsewhere">${words} <small>(${escape(path)})</small></span>`;
}

function plainText(tokens: Tokens.Generic[]): string {
  return tokens
    .map((token) => (token.tokens ? plainText(token.tokens) : (token.text as string)))
    .join('');
}

function escape(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (sign) => names[sign]);
}
