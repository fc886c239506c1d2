import { translated } from '../languages/language';

/** In English. */
export const english = {
  // App.svelte
  whatToMake: 'What to make',
  gallery: 'Gallery',

  // Footer.svelte
  syntheticNotForDiagnosis: 'Synthetic images · not for diagnosis',
  requestsHint:
    'Requests of this page, its workers and its service worker since it was loaded. Press to test it.',
  requests: ({ other, own, refused }: { other: number; own: number; refused: number }) =>
    `Requests: ${other} to other hosts, ${own} to its own${refused ? `, ${refused} refused` : ''}`,
  storage: 'Storage',
  stored: (storedBytes: string) => `${storedBytes} stored`,
  notReadyToWork: 'not ready to work offline',
  eraseEverything: 'Erase everything',
  models: 'Models',
  weightsForSession: 'Weights last for this session only',
  copyDiagnostics: 'Copy diagnostics',

  // Header.svelte
  studio: 'Studio',
  projects: 'Projects',
  dataSets: 'Data sets',
  evaluate: 'Evaluate',
  fineTune: 'Fine-tune',
  themeSystem: 'as the system',
  themeDark: 'dark',
  themeLight: 'light',
  views: 'Views',
  imagesBeingMade: 'Images are being made',
  modelBeingTuned: 'The model is being tuned',
  keyboardHint: 'Keyboard shortcuts (?)',
  keyboardShortcuts: 'Keyboard shortcuts',
  coloursPressFor: (now: string, next: string) => `Colours: ${now}. Press for ${next}.`,

  // KeyboardDialog.svelte
  escapeKey: 'Esc',
  deleteKey: 'Del',
  keyboard: 'Keyboard',
  whileYouInspectPicture: 'While you inspect a picture',

  // StartupFailure.svelte
  couldNotStart: 'Phantoscope could not start',

  // LanguageMenu.svelte
  language: 'Language',
  languageNotFetched:
    'This language could not be fetched. Try again once the server can be reached.',

  // UpdateNotice.svelte
  newVersionReady: 'A new version is ready.',
  reloadWhenDone: 'Reload when this is done',
  reload: 'Reload',
  reloadsOnceIdle: 'The page reloads as soon as nothing runs.',
  notNow: 'Not now',

  // dialogs, and the link to the help
  keyboardPurpose: 'Lists the keys of the studio and of the viewer.',
  help: 'Help',
};

/** The texts of header, footer and the app around the views, in the language that the page speaks. */
export const texts = translated('shell', english);
