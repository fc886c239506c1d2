import type { Language } from '../catalogues';

/** Cambiar una imagen con una frase. */
export const edit: Language['edit'] = {
  keepRest: 'Cambiar una cosa, conservar el resto',
  keepRestWhy: 'Se cambia en la imagen lo que pide una frase; todo lo demás queda como está.',
  imageShows: 'La imagen muestra',
  imageShowsWhy: 'Con las palabras de un prompt. Una imagen hecha aquí lo dice ella misma.',
  whatToChange: 'Qué cambiar',
  whatToChangeWhy:
    '«make it glioma», «more nuclei», «older», «dark skin»: hallazgos y controles de este tipo de imagen, en inglés.',
  putIntoPrompt: 'Ponerlo en el prompt',
  push: 'Empuje',
  pushWhy: 'Con qué fuerza se cambia: más muestra más del cambio y conserva menos del resto.',
};
