import { translated } from '../../languages/language';

/** In English. */
export const english = {
  back: 'Back',
  allPages: 'All pages',
  inEnglish: 'Grey paths in brackets are files that only the repository has.',
  noSuchPage: (page: string) => `The help has no page “${page}”. All that it has are listed here.`,
};

/** The texts around the pages of the help, in the language that the page speaks. */
export const texts = translated('help', english);
