import { translated } from '../../../languages/language';

/** In English. */
export const english = {
  prompts: 'Prompts',
  presets: 'Presets',
  presetsWhy:
    'Prompt, covariates, sampling and tuned model of the form under a name of yours. They are kept as pictures are: ' +
    'encrypted where stored images are, and erased with the rest.',
  saveFormAs: 'Save the form as',
  exampleTitle: 'effusion, elderly',
  save: 'Save',
  noPresets: 'None yet.',
  use: (title: string) => `Use ${title}`,
  rename: (title: string) => `Rename ${title}`,
  newTitle: 'New title',
  deleteIt: (title: string) => `Delete ${title}`,
  exportAll: 'Export as JSON',
  exportWhy: 'The file is not encrypted.',
  import: 'Import …',
  fileOfPresets: 'File of presets',
  history: 'History',
  historyWhy: (length: number) =>
    `The last ${length} different prompts that drew a picture, with the settings they last had.`,
  search: 'Search prompts',
  clear: 'Clear the history',
  clearSure: 'Clear it: it cannot be brought back',
  cancel: 'Cancel',
  noneFound: 'No such prompt.',
  noHistory: 'Nothing was drawn yet.',
  tuned: (title: string) => `tuned: ${title}`,
  steps: (steps: number) => `${steps} steps`,
  guidance: (guidance: string) => `guidance ${guidance}`,
  fileName: 'prompt-presets',

  // what each dialog is for
  promptsPurpose:
    'Brings back a prompt that drew a picture, or a form that you saved under a name.',
};

/** The texts of prompts that are remembered and of presets, in the language that the page speaks. */
export const texts = translated('prompts', english);
