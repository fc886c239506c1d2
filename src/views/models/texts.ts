import { translated } from '../../languages/language';

/** In English. */
export const english = {
  // ModelRow.svelte
  notHereYet: 'not here yet',
  inUse: ' · in use',
  whatChanged: 'What has changed',
  size: 'Size',
  ofWhichHere: (storedBytes: string) => `, of which ${storedBytes} are here`,
  licence: 'Licence',
  hash: 'Hash',
  sha256OfManifestEntry: 'sha256 of its manifest entry, which holds that of every file',
  installed: 'Installed',
  lastUsed: (installedAt: string, lastUsedAt: string) => `${installedAt} · last used ${lastUsedAt}`,
  unverifiedNobodyPublishedHashes: (unverifiedFiles: string) =>
    `Unverified: nobody published hashes of ${unverifiedFiles}. What came first is taken as right.`,
  starting: 'Starting',
  pause: 'Pause',
  cancel: 'Cancel',
  stop: 'Stop',
  useInStudio: 'Use in the studio',
  verifyNow: 'Verify now',
  export: 'Export',
  delete: (storedBytes: string) => `Delete (${storedBytes})`,
  resume: 'Resume',
  download: 'Download',
  fetchFromOnAnother: (host: string) => `Fetch from ${host} on another page`,
  dropWhatHere: 'Drop what is here',
  installedState: 'installed',
  never: 'never',

  // fit-words.ts
  noRoom: (title: string, bytes: string, free: string, way: string) =>
    `${title} needs ${bytes} of storage, ${free} is free; ${way} or choose a smaller model.`,
  deleteAnother: (title: string, bytes: string) => `delete ${title} (${bytes})`,
  freeOnDisk: (bytes: string) => `free ${bytes} on the disk`,
  wouldRunOnCpu: (missing: string) =>
    `This GPU lacks ${missing}, so the model would run on the CPU, slowly.`,
  tooMuchForCpu: (title: string, bytes: string, most: string) =>
    `${title} needs ${bytes} of memory and the CPU can give it ${most}; use a device with a GPU that fits, or ` +
    'choose a smaller model.',
  littleMemory: (title: string, bytes: string, reported: string) =>
    `${title} needs ${bytes} of memory, and this device reports about ${reported}; close other programs first, or ` +
    'choose a smaller model.',

  // ModelsDialog.svelte
  models: 'Models',
  lookingAtWhatStored: 'Looking at what is stored',
  addModelByHand: 'Add a model by hand',
  openingPackage: 'Opening the package',
  dropModelPackageHere:
    'Drop a model package here: a folder, its files, or a ZIP. No network is used.',
  chooseZipOrFiles: 'Choose a ZIP or files',
  chooseFolder: 'Choose a folder',
  browserPromised: "The browser has promised not to clear this site's storage by itself.",
  browserMayClearSites: "The browser may clear this site's storage when the disk gets full.",
  askNotTo: 'Ask it not to',
  mayNotFetch:
    'This page may not fetch from other hosts. <link>A page of its own</link> may, and it does not see your ' +
    'prompts and images.',

  // RemoteModels.svelte
  modelsFromOtherHosts: 'Models from other hosts',
  backToStudio: 'Back to the studio',
  from: (bytes: string, host: string, name: string) => `${bytes} from ${host} · ${name}`,
  installedTitle: 'Installed.',
  fetch: (title: string) => `Fetch ${title}`,
  listStableDiffusionPackages: 'List Stable Diffusion packages of the Hugging Face hub',
  listRivals: 'List existing methods to compare with',
  featureNetworks: 'Feature networks for the evaluation',
  featureNetworksWhy:
    'A model of pictures for transformers.js (DINOv2, CLIP, ViT …), by the address of its folder or of its page on the Hugging ' +
    'Face hub. It is kept in this browser; Evaluate offers it, and reads and hashes it before it is used.',
  addressOfNetwork: 'Address of its folder',
  fetchNetwork: 'Fetch it',
  fetchingFile: (path: string) => `Looking for ${path} …`,
  removeNetwork: 'Remove',
  addressOfModelManifest: 'Address of a model-manifest.json',
  listModels: 'List its models',
  mayFetch:
    'This page may fetch from any host, so that models can come from elsewhere. It is the only one of Phantoscope that may, ' +
    'and its code opens no gallery, no prompt and no image. What it fetches is checked and stored in this browser.',

  // model-shelf.svelte.ts
  isInstalled: (title: string) => `${title} is installed.`,
  deleted: (title: string) => `${title} is deleted.`,
  wholeEveryByte: (title: string) => `${title} is whole: every byte is as it was installed.`,
  damagedAndDeleted: (damaged: string, source: string) =>
    `Damaged and deleted: ${damaged}. ${source}`,
  damagedAndFetchedAgain: (damaged: string, title: string) =>
    `Damaged and fetched again: ${damaged}. ${title} is whole now.`,
  installedFromPackage: (describeFromPackage: string) =>
    `Installed from the package: ${describeFromPackage}.`,
  copiedInto: (title: string, name: string) => `${title} is copied into ${name}.`,
  savedAsZip: (title: string, modelId: string) => `${title} is saved as ${modelId}.zip.`,
  dropPackageHereAgain: 'Drop the package here again.',
  fetchModelAgain: (host: string) =>
    `Fetch the model again from ${host}, on the page for other hosts.`,
  otherWeightsOf: 'other weights of it',
  versionBefore: (modelId: string, version: string, before: string) =>
    `${modelId} (version ${version}, before: ${before})`,

  // what each dialog is for
  modelsPurpose:
    'Shows the models on this device; each can be used, checked, fetched, saved or deleted.',
};

/** The texts of the list of models and the page for other hosts, in the language that the page speaks. */
export const texts = translated('models', english);
