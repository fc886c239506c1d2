import type { StudioState } from '../shell/studio.svelte';

/** One key and what it does. */
export interface Shortcut {
  /** As KeyboardEvent.key says it; letters in lower case. */
  key: string;
  title: string;
  /** With ⌘ or Ctrl. */
  command?: true;
  /** Works while typing, too. */
  everywhere?: true;
  run: (studio: StudioState) => void;
}

/** Name of the form that ⌘/Ctrl-Enter submits. */
export const REQUEST_FORM = 'request';

/** What the keyboard in front of the user calls the command key. */
export const COMMAND_KEY = /Mac|iP/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

/** All keys, in the order in which the help lists them. */
export const SHORTCUTS: Shortcut[] = [
  { key: 'Enter', command: true, everywhere: true, title: 'Generate', run: submitForm },
  { key: 'Escape', everywhere: true, title: 'Cancel, or close a sheet', run: escape },
  { key: 'ArrowRight', title: 'Next picture (older)', run: (studio) => studio.walk(1) },
  { key: 'ArrowLeft', title: 'Previous picture (newer)', run: (studio) => studio.walk(-1) },
  { key: 'u', title: 'Use the settings of this picture', run: useSelected },
  { key: 's', title: 'Save this picture as PNG', run: saveSelected },
  { key: 'Delete', title: 'Delete this picture', run: deleteSelected },
  { key: 'z', command: true, title: 'Undo a deletion', run: ({ gallery }) => void gallery.undo() },
  { key: '0', title: 'Fit the picture to the light box', run: zoom('fit') },
  { key: '1', title: 'One screen pixel for each pixel', run: zoom(1) },
  { key: '2', title: 'Two by two screen pixels', run: zoom(2) },
  { key: '3', title: 'Three by three screen pixels', run: zoom(3) },
  { key: 'p', title: 'Smooth or hard pixels', run: togglePixels },
  { key: '?', title: 'This list', run: (studio) => (studio.dialog = 'keyboard') },
];

/** Runs the shortcut that a key press means, if any. */
export function handleKey(event: KeyboardEvent, studio: StudioState) {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  if (studio.view !== 'studio') return; // that view has keys of its own
  // An open dialog or menu has its own keys, Escape first of all.
  if (document.querySelector('dialog[open], [popover]:popover-open')) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const command = event.metaKey || event.ctrlKey;
  const shortcut = SHORTCUTS.find((one) => one.key === key && Boolean(one.command) === command);
  if (!shortcut || (!shortcut.everywhere && isControl(event.target))) return;
  event.preventDefault();
  shortcut.run(studio);
}

/** Whether plain keys and arrows already mean something to this element. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select') !== null;
}

function submitForm() {
  document.querySelector<HTMLFormElement>(`form[name="${REQUEST_FORM}"]`)?.requestSubmit();
}

function escape(studio: StudioState) {
  if (studio.sheets.current && studio.sheet) studio.sheet = null;
  else studio.generation.cancel();
}

function useSelected(studio: StudioState) {
  if (studio.gallery.selected) studio.useSettings(studio.gallery.selected);
}

function saveSelected({ gallery: { selected }, saving }: StudioState) {
  if (selected) saving.start(selected);
}

function deleteSelected({ gallery }: StudioState) {
  if (gallery.selectedId) void gallery.remove(gallery.selectedId);
}

function zoom(value: 'fit' | 1 | 2 | 3) {
  return ({ settings }: StudioState) => settings.change({ zoom: value });
}

function togglePixels({ settings }: StudioState) {
  settings.change({ pixelated: !settings.pixelated });
}
