import { toRecipe } from '../dataset/parse-recipe';
import { appError } from '../errors';
import type { EvaluationReport } from '../evaluation/report/report';
import { plainVerdict } from '../evaluation/report/evaluation-words';
import { reportHtml } from '../evaluation/report/report-html';
import type { Evaluated, Exported, Made, Project, RealImages, Reviewed } from './project';
import { withoutRealNames } from './without-real-names';

/** How the name of a project's file ends. */
export const PROJECT_ENDING = '.phantoscope-project.json';

/** Of a file that is opened, bytes: a report of thousands of images has less than a megabyte. */
const MOST_BYTES = 16 * 1024 * 1024;

const FORMAT = 'phantoscope-project';
const VERSION = 1;

/** Says in the file what the file is, for whoever finds it. */
const WHAT =
  'A project of Phantoscope: the recipe of a synthetic data set, its settings, and what making, review, comparison and ' +
  'export came to. It holds no image, neither real nor synthetic, and names no file or folder of real images; labels ' +
  'that both kinds of images have are in it. Open it under Projects; the recipe makes the same pictures again.';

/** What a file says: the project, and the whole report of its comparison where there was one. */
export interface ProjectFile {
  /** `real.title` is empty. */
  project: Project;
  report: EvaluationReport | null;
}

/** The file as JSON text, without what real images and their folder are called. */
export function formatProjectFile(
  { project, report }: ProjectFile,
  appVersion: string,
  savedAt = new Date(),
): string {
  const { real } = project;
  const file = {
    what: WHAT,
    format: FORMAT,
    version: VERSION,
    savedAt,
    appVersion,
    project: { ...project, real: real && { ...real, title: '' } },
    report: report && withoutRealNames(report),
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** Reads a file that was saved here or elsewhere. Rejects with `ProjectRefused`: no project, newer, damaged, too large. */
export async function readProjectFile(file: Blob): Promise<ProjectFile> {
  if (file.size > MOST_BYTES) {
    throw refused(
      `The file is too large for a project (expected at most ${MOST_BYTES >> 20} MB, got ${file.size >> 20} MB).`,
      `Choose a file whose name ends in ${PROJECT_ENDING}.`,
    );
  }
  return parseProjectFile(await file.text());
}

/** The same of its text. */
export function parseProjectFile(text: string): ProjectFile {
  const all = parse(text);
  if (typeof all !== 'object' || all === null || (all as Part).format !== FORMAT) {
    throw refused(
      `This is no project (expected "format": "${FORMAT}", got none).`,
      `Choose a file whose name ends in ${PROJECT_ENDING}.`,
    );
  }
  const { version, project, report } = all as Part;
  if (version !== VERSION) {
    throw refused(
      `The project is of another version (expected ${VERSION}, got ${JSON.stringify(version)}).`,
      'Update this app, then open it again.',
    );
  }
  return { project: toProject(project), report: toReport(report) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (text.includes(`"${FORMAT}"`)) throw damaged('the file', 'JSON that is whole', cause);
    throw refused(
      'This is no project (expected JSON, got text that does not parse).',
      `Choose a file whose name ends in ${PROJECT_ENDING}.`,
      cause,
    );
  }
}

type Part = Record<string, unknown>;

/** The shape of a project, and nothing that is not of it. */
function toProject(value: unknown): Project {
  const one = part('project', value);
  return {
    id: text('project.id', one.id),
    title: text('project.title', one.title),
    createdAt: date('project.createdAt', one.createdAt),
    real: optional(one.real, (real): RealImages => {
      const { setId, count } = part('project.real', real);
      return {
        setId: text('real.setId', setId),
        title: '',
        count: number('real.count', count),
      };
    }),
    recipe: optional(one.recipe, recipe),
    made: optional(one.made, toMade),
    review: optional(one.review, (review): Reviewed => {
      const { setId, kept, rejected, discarded, open } = part('project.review', review);
      return {
        setId: text('review.setId', setId),
        kept: number('review.kept', kept),
        rejected: number('review.rejected', rejected),
        discarded: number('review.discarded', discarded),
        open: number('review.open', open),
      };
    }),
    evaluation: optional(one.evaluation, toEvaluated),
    exported: optional(one.exported, toExported),
  };
}

function toMade(value: unknown): Made {
  const made = part('project.made', value);
  return {
    setId: text('made.setId', made.setId),
    recipe: recipe(made.recipe),
    total: number('made.total', made.total),
    numDone: number('made.numDone', made.numDone),
    numFailed: number('made.numFailed', made.numFailed),
    finished: made.finished === true,
  };
}

function toEvaluated(value: unknown): Evaluated {
  const { setId, at, verdict, numReal, numSynthetic } = part('project.evaluation', value);
  if (!Array.isArray(verdict)) throw damaged('evaluation.verdict', 'a list');
  return {
    setId: text('evaluation.setId', setId),
    evaluationId: '', // of another browser
    at: date('evaluation.at', at),
    numReal: number('evaluation.numReal', numReal),
    numSynthetic: number('evaluation.numSynthetic', numSynthetic),
    verdict: verdict.map((sentence) => text('evaluation.verdict', sentence)),
  };
}

function toExported(value: unknown): Exported {
  const { setId, at, format, layout, numImages } = part('project.exported', value);
  return {
    setId: text('exported.setId', setId),
    at: date('exported.at', at),
    format: text('exported.format', format),
    layout: text('exported.layout', layout),
    numImages: number('exported.numImages', numImages),
  };
}

/** A report has hundreds of figures; one that cannot be told in words and as a page is damaged. */
function toReport(value: unknown): EvaluationReport | null {
  return optional(value, (found) => {
    const report = part('report', found) as unknown as EvaluationReport;
    try {
      plainVerdict(report);
      reportHtml(report, new Map());
    } catch (cause) {
      throw damaged('report', 'all figures of a comparison', cause);
    }
    if (report.version !== 1) throw damaged('report.version', '1');
    return report;
  });
}

function recipe(value: unknown) {
  try {
    return toRecipe(value);
  } catch (cause) {
    throw damaged('recipe', 'one that can be made', cause);
  }
}

function optional<T>(value: unknown, of: (value: unknown) => T): T | null {
  return value === null || value === undefined ? null : of(value);
}

function part(at: string, value: unknown): Part {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Part;
  throw damaged(at, 'an object');
}

function text(at: string, value: unknown): string {
  if (typeof value === 'string' && value.length <= 2000) return value;
  throw damaged(at, 'text');
}

function number(at: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw damaged(at, 'a number from 0');
}

function date(at: string, value: unknown): Date {
  const found = new Date(text(at, value));
  if (!Number.isNaN(+found)) return found;
  throw damaged(at, 'a time');
}

function damaged(at: string, expected: string, cause?: unknown): Error {
  return refused(
    `The project is damaged: ${at} is not usable (expected ${expected}, got something else).`,
    'Save it again where it comes from.',
    cause,
  );
}

function refused(what: string, remedy: string, cause?: unknown): Error {
  return appError('ProjectRefused', `${what} ${remedy}`, cause);
}
