import type { DatasetsPlace } from '../views/datasets/state/datasets-place';

/** A place of the app, as its address names it: behind the #, so that any static host serves it. No words, only ids. */
export type Route =
  /** `pictureId`: null for the newest picture and the one in the making. */
  | { view: 'studio'; pictureId: string | null }
  /** `projectId`: null for the list of all. */
  | { view: 'projects'; projectId: string | null }
  | { view: 'datasets'; open: DatasetsPlace }
  /** `evaluationId`: of a comparison that was kept; null for the form and the list of all. */
  | { view: 'evaluate'; evaluationId: string | null }
  /** `tunedId`: of a tuned model whose results are shown; null for the form and the list of all. */
  | { view: 'finetune'; tunedId: string | null }
  | ({ view: 'help' } & HelpPlace);

/** A place in the help. */
export interface HelpPlace {
  /** Of docs/, without ".md". */
  page: string;
  /** As GitHub calls it in addresses; null for the top of the page. */
  heading: string | null;
}

/** What the page can show. */
export type View = Route['view'];

/** The first page that somebody sees. */
export const HOME: Route = { view: 'studio', pictureId: null };

/** The list of all pages of the help. */
export const HELP_HOME: HelpPlace = { page: 'README', heading: null };

/** `hash` with its #, or empty. What names no place is home. */
export function parseRoute(hash: string): Route {
  const [first = '', second = '', third = ''] = hash.replace(/^#\/?/, '').split('/');
  const reviewing = (part: string) => part === 'review';
  if (first === 'picture' && second) return { view: 'studio', pictureId: decode(second) };
  if (first === 'projects') return { view: first, projectId: second ? decode(second) : null };
  if (first === 'evaluate') return { view: first, evaluationId: second ? decode(second) : null };
  if (first === 'finetune') return { view: first, tunedId: second ? decode(second) : null };
  if (first === 'help') {
    const page = second ? decode(second) : HELP_HOME.page;
    return { view: first, page, heading: third ? decode(third) : null };
  }
  if (first === 'gallery') {
    return { view: 'datasets', open: { what: 'gallery', reviewing: reviewing(second) } };
  }
  if (first !== 'datasets') return HOME;
  if (!second) return { view: 'datasets', open: { what: 'list' } };
  if (second === 'new')
    return { view: 'datasets', open: { what: 'recipe', projectId: decode(third) } };
  return {
    view: 'datasets',
    open: { what: 'set', id: decode(second), reviewing: reviewing(third) },
  };
}

/** With its #; empty for home. `parseRoute` gives the route back. */
export function formatRoute(route: Route): string {
  if (route.view === 'studio') {
    return route.pictureId === null ? '' : `#/picture/${encodeURIComponent(route.pictureId)}`;
  }
  if (route.view === 'projects' && route.projectId !== null) {
    return `#/projects/${encodeURIComponent(route.projectId)}`;
  }
  if (route.view === 'evaluate' && route.evaluationId !== null) {
    return `#/evaluate/${encodeURIComponent(route.evaluationId)}`;
  }
  if (route.view === 'finetune' && route.tunedId !== null) {
    return `#/finetune/${encodeURIComponent(route.tunedId)}`;
  }
  if (route.view === 'help') {
    const parts = route.heading === null ? [route.page] : [route.page, route.heading];
    return `#/help/${parts.map(encodeURIComponent).join('/')}`;
  }
  if (route.view !== 'datasets') return `#/${route.view}`;
  const { open } = route;
  const review = 'reviewing' in open && open.reviewing ? '/review' : '';
  if (open.what === 'gallery') return `#/gallery${review}`;
  if (open.what === 'set') return `#/datasets/${encodeURIComponent(open.id)}${review}`;
  if (open.what === 'list') return '#/datasets';
  const { projectId } = open;
  return projectId ? `#/datasets/new/${encodeURIComponent(projectId)}` : '#/datasets/new';
}

/** Whether Back should lead from one to the other: not from picture to picture of the studio. */
export function isAnotherPlace(from: Route, to: Route): boolean {
  if (from.view === 'studio' && to.view === 'studio') return false;
  return formatRoute(from) !== formatRoute(to);
}

/** An address that somebody has cut in the middle of an escape is taken as it stands. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
