import type { ViewerState } from './viewer.svelte';

const PAN_PIXELS = 40;
const ZOOM_STEP = 1.25;

type Act = (viewer: ViewerState, scale: number) => void;

const ACTS: Record<string, Act> = {
  '+': ({ settings }, scale) => settings.zoom(ZOOM_STEP, scale),
  '=': ({ settings }, scale) => settings.zoom(ZOOM_STEP, scale),
  '-': ({ settings }, scale) => settings.zoom(1 / ZOOM_STEP, scale),
  f: ({ settings }) => settings.fit(),
  w: (viewer) => viewer.nextPreset(),
  '[': (viewer) => viewer.stepWindow(0, -1),
  ']': (viewer) => viewer.stepWindow(0, 1),
  ',': (viewer) => viewer.stepWindow(-1, 0),
  '.': (viewer) => viewer.stepWindow(1, 0),
  i: ({ settings }) => (settings.invert = !settings.invert),
  m: ({ settings }) => (settings.opacity = settings.opacity > 0 ? 0 : 0.5),
  b: (viewer) => viewer.showSlice(viewer.slice - 1),
  n: (viewer) => viewer.showSlice(viewer.slice + 1),
};

/** Arrows move the picture while it has the focus; elsewhere they walk through pictures. */
const PANS: Record<string, [x: number, y: number]> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/** Runs what a key means for the picture that is looked at; `scale` is the one on the screen. */
export function handleViewerKey(
  event: KeyboardEvent,
  viewer: ViewerState,
  { scale, focused }: { scale: number; focused: boolean },
) {
  if (event.defaultPrevented || event.altKey || event.metaKey || event.ctrlKey) return;
  if (event.isComposing || document.querySelector('dialog[open], [popover]:popover-open')) return;
  const { target } = event;
  if (target instanceof Element && target.closest('input, textarea, select')) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const pan = focused ? PANS[key] : undefined;
  if (pan) viewer.settings.pan({ x: pan[0] * PAN_PIXELS, y: pan[1] * PAN_PIXELS });
  else if (key in ACTS) ACTS[key](viewer, scale);
  else return;
  event.preventDefault();
}
