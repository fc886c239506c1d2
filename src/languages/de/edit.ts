import type { Language } from '../catalogues';

/** Ein Bild durch einen Satz ändern. */
export const edit: Language['edit'] = {
  keepRest: 'Eines ändern, den Rest behalten',
  keepRestWhy: 'Was ein Satz verlangt, wird im Bild geändert; alles andere bleibt, wie es ist.',
  imageShows: 'Das Bild zeigt',
  imageShowsWhy: 'In den Wörtern eines Prompts. Ein Bild, das hier entstand, sagt es selbst.',
  whatToChange: 'Was sich ändern soll',
  whatToChangeWhy:
    '„make it glioma“, „more nuclei“, „older“, „dark skin“: Befunde und Regler dieser Bildart, auf Englisch.',
  putIntoPrompt: 'In den Prompt übernehmen',
  push: 'Nachdruck',
  pushWhy: 'Wie stark geändert wird: mehr zeigt mehr von der Änderung und behält weniger vom Rest.',
};
