import { translated } from '../../languages/language';
import { plural } from '../../languages/numbers';

/** In English. */
export const english = {
  // DiagnosticsDialog.svelte
  copied: 'Copied.',
  browserRefusedSelectText: 'The browser refused: select the text and copy it by hand.',
  diagnostics: 'Diagnostics',
  safeToShareHolds: 'Safe to share: it holds no prompt and no image.',
  copy: 'Copy',
  measureDevice: 'Measure this device',

  // EncryptionPanel.svelte
  encryptionOfStoredImages: 'Encryption of stored images',
  encryptAllAndTurn: 'Encrypt all images and turn on',
  turnOnEncryption: 'Turn on encryption …',
  onImagesPrompts:
    'On: images, prompts and settings of each image are stored encrypted. How many there are, and how large, ' +
    'can still be seen on the disk.',
  lockAfter: 'Lock after',
  changePassphrase: 'Change the passphrase',
  decryptAllAndStore: 'Decrypt all images, those of data sets too, and store them in the clear?',
  decryptAndTurnOff: 'Decrypt and turn off',
  cancel: 'Cancel',
  lockNow: 'Lock now',
  changeThePassphrase: 'Change the passphrase …',
  turnOff: 'Turn off …',
  encryptionOff:
    'Off: whoever uses this browser profile, or reads this disk, sees your images and prompts. With a passphrase, both are ' +
    'stored encrypted (AES-GCM 256). It is asked for at each start and kept nowhere: <strong>forgotten, the images are ' +
    'lost.</strong> Restart the browser afterwards, so that it clears what it had stored before; a disk may keep deleted ' +
    'files for longer.',

  // EraseDialog.svelte
  eraseEverything: 'Erase everything',
  eraseWhat:
    'All that this site has stored in this browser: images, prompts, model weights, settings, and the app itself. ' +
    '<strong>There is no undo.</strong> Other tabs of it stop.',
  typeToGoOn: (word: string) => `Type <strong>${word}</strong> to go on`,

  // ErasureReport.svelte
  everythingErasedFromAnother: 'Everything was erased from another tab',
  tabStoppedAndKeeps: 'This tab has stopped and keeps nothing. What it showed is gone.',
  erasing: 'Erasing …',
  thingsSoFar: (n: number) => `${n} things so far.`,
  erasingName: 'Erasing',
  everythingErased: 'Everything is erased',
  thingsErasedFreshLook: (n: number) => `${n} things were erased. A fresh look found nothing left.`,
  notEverythingErased: 'Not everything is erased',
  thingsErasedFreshLookFound: (n: number) => `${n} things were erased. A fresh look found this:`,
  whatDidNotWork: 'What did not work',
  notWithinPagesReach:
    "Not within this page's reach: files you saved, the browser's history and its cache of downloads. The " +
    "browser's own “Clear browsing data” erases those. A disk may keep what was deleted until it is " +
    'overwritten.',
  tryAgain: 'Try again',
  startAnew: 'Start anew',
  startingAnewLoadsApp: 'Starting anew loads the app and its weights again.',

  // FoundList.svelte
  couldNotLooked: (problem: string) => `could not be looked at: ${problem}`,
  nothing: 'nothing',

  // IdleMinutes.svelte
  minutesWithoutTouch: 'minutes without a touch or a key',

  // IdleNotice.svelte
  iAmStillHere: 'I am still here',
  clearedSoon: 'This session is cleared soon, for nobody has touched this page.',
  lockedSoon: 'The stored images are locked soon, for nobody has touched this page.',

  // KeepingBadge.svelte
  sessionOnlyNoImage:
    'Session only: no image, no prompt and no setting is stored. Press to change that.',
  sessionOnly: 'Session only',
  lockStoredImagesNow: 'Lock the stored images now',

  // NewPassphrase.svelte
  passphraseSoFar: 'Passphrase so far',
  newPassphrase: 'New passphrase',
  passphrase: 'Passphrase',
  sameAgain: 'The same again',
  twoDiffer: 'The two differ.',
  showWhatIType: 'Show what I type',
  /** `soFar`: null where it is long enough, or nothing is typed. */
  passphraseRule: (least: number, soFar: number | null) =>
    `At least ${least} characters${soFar === null ? '' : ` (${soFar} so far)`}. ` +
    'Four or five random words are easy to remember and hard to guess.',

  // OfflineDialog.svelte
  withoutServer: 'Without a server',
  studioItselfStarts:
    'The studio itself starts and draws offline after one visit. The other parts are fetched in the ' +
    'background, never while a picture is made.',
  without: (without: string) => `Without it ${without}.`,
  fetchingOf: (done: string, total: string) => `fetching, ${done} of ${total}`,
  states: {
    waiting: 'waiting',
    fetching: 'fetching',
    stored: 'stored',
    'left out': 'left out',
    failed: 'failed',
  },

  // PrivacyDialog.svelte
  privacy: 'Privacy',
  toOwnHost: (kindsInWords: string) => `To its own host: ${kindsInWords}.`,
  promptsAndImagesNever:
    'Prompts and images are never part of a request. A Content-Security-Policy forbids this page and its ' +
    'workers to fetch from or send to any other host. It does not cover: addresses you open yourself, ' +
    "browser extensions, the browser's own traffic (updates, name look-ups) and the operating system. The " +
    'server this page came from has your first visit in its log.',
  tryToReach: 'Try to reach',
  trying: 'Trying …',
  testNow: 'Test now',
  everyWayPage:
    'Every way a page or a worker has to reach a host. A failure counts only where the browser reports that ' +
    'the policy caused it. Name a host of your own to see that nothing arrives.',
  passedNoWayOut: 'Passed: no way out.',
  failedNotEveryWay: 'Failed: not every way out was refused.',
  requestsSent: (other: number, own: number, refused: number) =>
    `Since this page was loaded, it, its workers and its service worker sent <strong>${other}</strong> requests to other ` +
    `hosts and <strong>${own}</strong> to the one it came from. The browser refused <strong>${refused}</strong>.`,

  // SessionPanel.svelte
  thisSessionOnly: 'This session only',
  onNoImage:
    'On: no image, no prompt and no setting is stored; the weights are. It all goes when this page closes, ' +
    "reloads, or is left alone. The choice is in the page's address, so it can be bookmarked.",
  clearAfter: 'Clear after',
  ofSessionWillGone: (lost: string) => `${lost} of this session will be gone. Save what you want.`,
  leaveAndLose: (lost: string) => `Leave, and lose ${lost}`,
  leaveSession: 'Leave the session …',
  forDemonstrationsAndShared:
    'For demonstrations and shared machines: the page starts anew and stores no image, no prompt and no ' +
    'setting from then on. Images that are stored already stay where they are, unseen.',
  startSession: 'Start a session',
  theImages: (count: number) => plural(count, { one: 'the image', other: `the ${count} images` }),

  // StorageDialog.svelte
  storedOnDevice: 'Stored on this device',
  imagesInGallery: 'Images in the gallery',
  projects: 'Projects',
  imagesInDataSets: 'Images in data sets',
  unknown: 'unknown',
  exportsSavedInClear: 'Exports that were saved, in clear',
  remove: 'Remove',
  everythingAsBrowserCounts: 'Everything, as the browser counts it',
  weightsImagesAndApps: "Weights, images, and the app's own files.",
  browserDeniesStorage:
    'This browser denies storage, so the images last as long as this page. Save what you want.',
  deleteAllButNewest: (value: number, older: string) =>
    `Delete all but the newest ${value} images (${older})`,
  toMakeRoomDelete:
    "To make room, delete images in the gallery (Del), or data of other sites in the browser's settings.",
  undoLastDeletion: 'Undo the last deletion',
  weightsLiveInBrowsers:
    "Weights live in this browser's own storage. The images of this session live in this page only.",
  weightsAndImagesLive:
    "Weights and images live in this browser's own storage. The prompt of each image is stored with it.",
  eraseEverythingDots: 'Erase everything …',

  // StoreProblems.svelte
  whatCouldNotOpened: 'What could not be opened',
  goOnWithout: 'Go on without',

  // UnlockDialog.svelte
  storedImagesLocked: 'The stored images are locked',
  unlock: 'Unlock',
  workWithoutThem: 'Work without them',
  forSessionOnlyNothing: 'for this session only: nothing you make is kept',
  onlyWayOnWithout: 'the only way on without the passphrase',

  // VaultProgress.svelte
  countOf: (done: number, total: number) => ` ${done} of ${total}`,

  // erase.ts
  serviceWorker: 'Service worker',
  database: 'Database',
  file: 'File',
  setting: 'Setting',
  settingOfTab: 'Setting of this tab',
  cookie: 'Cookie',
  cache: 'Cache',

  // offline-parts.ts
  viewsAndWorkers: 'Views and workers',
  onlyStudioItselfWorks:
    'only the studio itself works: no data sets, evaluation, sources, sweeps or Inspect',
  helpPages: 'Pages of the help',
  helpCannotBeRead: 'the help cannot be read',
  codecsOfCompressedDicom: 'Codecs of compressed DICOM files',
  jpegJpegLsJpeg: 'JPEG, JPEG-LS, JPEG 2000 and HTJ2K inside DICOM cannot be opened',
  volumesInThreePlanes: 'Volumes in three planes',
  volumesShownSlice: 'volumes are shown slice by slice only',
  networksOfEvaluation: 'Networks of the evaluation',
  imagesCannotCompared: 'images cannot be compared with real ones',
  secondModelWithTraining: 'A second model with its training graphs',
  thereNoFineTuning: 'there is no fine-tuning, and no guidance scale or negative prompt',
  trainingGraphsOfModel: 'The training graphs of this model',
  thereIsNoFineTuning: 'there is no fine-tuning',
  notReadyToWork: 'not ready to work offline',
  gettingReadyToWork: 'getting ready to work offline',
  offlineStudioOnly: 'offline: the studio only',
  readyInPart: 'ready to work offline, in part',
  ready: 'ready to work offline',

  // privacy-check.svelte.ts
  refusedByPolicy: 'refused by the policy',
  notThere: 'not there',
  notRefused: 'not refused',

  // requests-and-bytes.svelte.ts
  databasesWeightsImagesData: 'databases: weights, images, data sets, comparisons',
  appsOwnFiles: "the app's own files",
  privateFilesDownloadsUnder: 'private files: downloads under way, exports',
  theServiceWorker: 'the service worker',
  pagesAndWhatThey: 'pages and what they show',
  codeAndStyles: 'code and styles',
  runtime: 'the runtime',
  requestsFor: (count: number, what: string) => `${count} for ${what}`,
  workers: 'workers',
  models: 'models',

  // vault.svelte.ts
  turningEncryptionOnInterrupted:
    'Turning encryption on was interrupted, so nothing is encrypted and nothing is lost. Turn it on again.',
  encryptingStoredImages: 'Encrypting the stored images',
  encryptionOnKeepPassphrase: 'Encryption is on. Keep the passphrase: nobody can replace it.',
  decryptingStoredImages: 'Decrypting the stored images',
  encryptionOffImagesStored: 'Encryption is off: images are stored in the clear.',
  unlocking: 'Unlocking',
  changingPassphrase: 'Changing the passphrase',
  passphraseChanged: 'The passphrase is changed.',

  // what each dialog is for
  diagnosticsPurpose: 'Gathers what somebody needs to know who looks into a problem.',
  erasePurpose: 'Empties all storages of this site in this browser.',
  offlinePurpose: 'Shows which parts of the app work without a network, and which are fetched.',
  privacyPurpose: 'Counts what this page sends, and tests whether it can reach another host.',
  storagePurpose: 'Shows what this site keeps on this device; it can be encrypted or deleted here.',
  unlockPurpose: 'The passphrase shows what is stored encrypted on this device.',
};

/** The texts of what is stored, encrypted, erased and kept offline, in the language that the page speaks. */
export const texts = translated('storage', english);
