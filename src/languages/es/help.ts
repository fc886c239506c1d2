import type { Language } from '../catalogues';

/** Around the pages of the help, which are in English. */
export const help: Language['help'] = {
  back: 'Atrás',
  allPages: 'Todas las páginas',
  inEnglish:
    'La ayuda está en inglés. Las rutas grises entre paréntesis son archivos que solo tiene el repositorio.',
  noSuchPage: (page) => `La ayuda no tiene la página «${page}». Las que tiene están en esta lista.`,
};
