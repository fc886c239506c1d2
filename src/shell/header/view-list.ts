import { HOME, type Route, type View } from '../routes';
import { texts } from '../texts';

/** The views that a header lists, in its order, each with the place that it opens at. */
export function viewList(): { view: View; title: string; route: Route }[] {
  return [
    { view: 'studio', title: texts.studio, route: HOME },
    {
      view: 'projects',
      title: texts.projects,
      route: { view: 'projects', projectId: null },
    },
    {
      view: 'datasets',
      title: texts.dataSets,
      route: { view: 'datasets', open: { what: 'list' } },
    },
    {
      view: 'evaluate',
      title: texts.evaluate,
      route: { view: 'evaluate', evaluationId: null },
    },
    { view: 'finetune', title: texts.fineTune, route: { view: 'finetune', tunedId: null } },
  ];
}
