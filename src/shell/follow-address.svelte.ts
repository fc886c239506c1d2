import { untrack } from 'svelte';
import { formatRoute, isAnotherPlace, parseRoute, type Route } from './routes';
import type { StudioState } from './studio.svelte';

/**
 * Keeps the address bar and what is shown in step, both ways: a link, Back, Forward and a reload lead to a place, and
 * each place that somebody goes to has its address. Called while the page's component is set up. What the address
 * names and is no longer there leads to the nearest place that is. While stored images are locked it waits, but for the
 * help, which shows nothing of them.
 */
export function followAddress(studio: StudioState) {
  /** Places that are being gone to; until they are reached, the address stays as it is. */
  let going = $state(0);
  /** The place that was reached may be another than the address says. */
  let arrived = false;

  async function go() {
    going++;
    try {
      await showRoute(studio, parseRoute(location.hash));
    } catch {
      // The view says why its part is missing.
    } finally {
      arrived = true;
      going--;
    }
  }

  $effect(() => {
    const { locked } = studio.keeping;
    untrack(() => {
      if (!locked || parseRoute(location.hash).view === 'help') void go();
    });
  });

  $effect(() => {
    const route = shownRoute(studio);
    const before = parseRoute(location.hash);
    const waits = studio.keeping.locked && before.view !== 'help';
    if (going > 0 || waits) return;
    const replaces = arrived || !isAnotherPlace(before, route);
    arrived = false;
    if (formatRoute(route) === formatRoute(before)) return;
    const address = `${location.pathname}${location.search}${formatRoute(route)}`;
    if (replaces) history.replaceState(history.state, '', address);
    else history.pushState(null, '', address);
  });

  $effect(() => {
    const onPopState = () => void go();
    addEventListener('popstate', onPopState);
    return () => removeEventListener('popstate', onPopState);
  });
}

/** Where the studio is. */
function shownRoute(studio: StudioState): Route {
  const { view, following, gallery, datasets, evaluating, finetuning } = studio;
  if (view === 'help') return { view, ...studio.help };
  if (view === 'studio') {
    return { view, pictureId: following ? null : gallery.selectedId };
  }
  if (view === 'projects') return { view, projectId: datasets?.projects.shownId ?? null };
  if (view === 'evaluate') {
    return { view, evaluationId: evaluating.current?.kept.shown?.facts.id || null };
  }
  if (view === 'finetune') {
    return { view, tunedId: finetuning.current?.results.shown?.model.id ?? null };
  }
  return { view, open: datasets?.place ?? { what: 'list' } };
}

/** Resolves once it is shown, or what is nearest to it. */
async function showRoute(studio: StudioState, route: Route) {
  studio.show(route.view);
  if (route.view === 'help') {
    studio.help = { page: route.page, heading: route.heading };
    studio.dialog = null; // its link led there
    return;
  }
  if (route.view === 'studio') await showPicture(studio, route.pictureId);
  else if (route.view === 'projects') {
    await (await studio.openDatasets()).projects.goTo(route.projectId);
  } else if (route.view === 'evaluate') {
    await studio.evaluating.open();
    await studio.evaluating.current?.kept.show(route.evaluationId);
  } else if (route.view === 'finetune') {
    await studio.finetuning.open();
    await studio.finetuning.current?.results.show(route.tunedId);
  } else {
    if (route.open.what === 'gallery') await studio.gallery.whenLoaded;
    await (await studio.openDatasets()).goTo(route.open);
  }
}

async function showPicture(studio: StudioState, id: string | null) {
  if (id === null) {
    studio.following = true;
    return;
  }
  await studio.gallery.whenLoaded;
  const entry = studio.gallery.entries.find((one) => one.id === id);
  if (entry) studio.look(entry);
}
