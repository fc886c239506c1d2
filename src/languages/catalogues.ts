import type { ErrorName } from '../errors';
import type { english as browser } from '../browser/texts';
import type { english as controls } from '../controls/texts';
import type { english as pictures } from '../pictures/texts';
import type { english as shell } from '../shell/texts';

/** Every text of the page, by the folder that shows it; each stands there in English. */
export interface Catalogues {
  browser: typeof browser;
  controls: typeof controls;
  pictures: typeof pictures;
  shell: typeof shell;
}

/** A language other than English. What it leaves out is shown in English. */
export type Language = { [Name in keyof Catalogues]?: Partial<Catalogues[Name]> } & {
  /** By the kind of an error: what happened and what to do; its English message stands beneath. */
  errors?: Partial<Record<ErrorName, string>>;
};
