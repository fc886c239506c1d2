import type { Language } from '../catalogues';

/** Prompts, die gemerkt sind, und Vorlagen. */
export const prompts: Language['prompts'] = {
  prompts: 'Prompts',
  presets: 'Vorlagen',
  presetsWhy:
    'Prompt, Kovariaten, Sampling und abgestimmtes Modell des Formulars unter einem Namen von Ihnen. Sie werden wie Bilder ' +
    'aufbewahrt: verschlüsselt, wo gespeicherte Bilder es sind, und mit allem anderen gelöscht.',
  saveFormAs: 'Das Formular speichern als',
  exampleTitle: 'Erguss, hohes Alter',
  save: 'Speichern',
  noPresets: 'Noch keine.',
  use: (title) => `${title} verwenden`,
  rename: (title) => `${title} umbenennen`,
  newTitle: 'Neuer Name',
  deleteIt: (title) => `${title} löschen`,
  exportAll: 'Als JSON exportieren',
  exportWhy: 'Die Datei ist nicht verschlüsselt.',
  import: 'Importieren …',
  fileOfPresets: 'Datei mit Vorlagen',
  history: 'Verlauf',
  historyWhy: (length) =>
    `Die letzten ${length} verschiedenen Prompts, die ein Bild gezeichnet haben, mit den Einstellungen, die sie zuletzt hatten.`,
  search: 'Prompts durchsuchen',
  clear: 'Verlauf leeren',
  clearSure: 'Leeren: Er kommt nicht zurück',
  cancel: 'Abbrechen',
  noneFound: 'Kein solcher Prompt.',
  noHistory: 'Es wurde noch nichts gezeichnet.',
  tuned: (title) => `abgestimmt: ${title}`,
  steps: (steps) => `${steps} Schritte`,
  guidance: (guidance) => `Guidance ${guidance}`,
  fileName: 'prompt-vorlagen',
  promptsPurpose:
    'Bringt einen Prompt zurück, der ein Bild gezeichnet hat, oder ein Formular, das Sie unter einem Namen gespeichert haben.',
};
