import type { StudioState } from '../shell/studio.svelte';
import { texts } from './texts';

/** One key and what it does. */
export interface Shortcut {
  /** As KeyboardEvent.key says it; letters in lower case. */
  key: string;
  title: () => string;
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
  { key: 'Enter', command: true, everywhere: true, title: () => texts.generate, run: submitForm },
  { key: 'Escape', everywhere: true, title: () => texts.cancelOrCloseSheet, run: escape },
  { key: 'ArrowRight', title: () => texts.nextPictureOlder, run: (studio) => studio.walk(1) },
  { key: 'ArrowLeft', title: () => texts.previousPictureNewer, run: (studio) => studio.walk(-1) },
  { key: 'u', title: () => texts.useSettingsOfPicture, run: useSelected },
  { key: 's', title: () => texts.savePictureAsPng, run: saveSelected },
  { key: 'Delete', title: () => texts.deletePicture, run: deleteSelected },
  {
    key: 'z',
    command: true,
    title: () => texts.undoDeletion,
    run: ({ gallery }) => void gallery.undo(),
  },
  { key: '0', title: () => texts.fitPictureToLight, run: zoom('fit') },
  { key: '1', title: () => texts.oneScreenPixel, run: zoom(1) },
  { key: '2', title: () => texts.twoByTwoScreen, run: zoom(2) },
  { key: '3', title: () => texts.threeByThreeScreen, run: zoom(3) },
  { key: 'p', title: () => texts.smoothOrHardPixels, run: togglePixels },
  { key: '?', title: () => texts.list, run: (studio) => (studio.dialog = 'keyboard') },
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
