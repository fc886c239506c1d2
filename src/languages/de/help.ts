import type { Language } from '../catalogues';

/** Around the pages of the help, which are in English. */
export const help: Language['help'] = {
  back: 'Zurück',
  allPages: 'Alle Seiten',
  inEnglish:
    'Die Hilfe ist auf Englisch. Graue Pfade in Klammern sind Dateien, die nur das Repository hat.',
  noSuchPage: (page) =>
    `Die Hilfe hat keine Seite „${page}“. Was sie hat, steht hier in der Liste.`,
};
