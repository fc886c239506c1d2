import type { Language } from '../catalogues';

/** Los prompts que se recuerdan y las plantillas. */
export const prompts: Language['prompts'] = {
  prompts: 'Prompts',
  presets: 'Plantillas',
  presetsWhy:
    'Prompt, covariables, muestreo y modelo ajustado del formulario con un nombre suyo. Se guardan como las imágenes: ' +
    'cifradas donde lo están las imágenes guardadas, y se borran con todo lo demás.',
  saveFormAs: 'Guardar el formulario como',
  exampleTitle: 'derrame, edad avanzada',
  save: 'Guardar',
  noPresets: 'Aún ninguna.',
  use: (title) => `Usar ${title}`,
  rename: (title) => `Cambiar el nombre de ${title}`,
  newTitle: 'Nombre nuevo',
  deleteIt: (title) => `Eliminar ${title}`,
  exportAll: 'Exportar como JSON',
  exportWhy: 'El archivo no está cifrado.',
  import: 'Importar …',
  fileOfPresets: 'Archivo de plantillas',
  history: 'Historial',
  historyWhy: (length) =>
    `Los últimos ${length} prompts distintos que dibujaron una imagen, con los ajustes que tuvieron la última vez.`,
  search: 'Buscar prompts',
  clear: 'Vaciar el historial',
  clearSure: 'Vaciarlo: no se puede recuperar',
  cancel: 'Cancelar',
  noneFound: 'No hay tal prompt.',
  noHistory: 'Aún no se ha dibujado nada.',
  tuned: (title) => `ajustado: ${title}`,
  steps: (steps) => `${steps} pasos`,
  guidance: (guidance) => `guidance ${guidance}`,
  fileName: 'plantillas-de-prompts',
  promptsPurpose:
    'Recupera un prompt que dibujó una imagen o un formulario guardado con un nombre.',
};
