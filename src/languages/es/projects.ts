import type { Language } from '../catalogues';
import { plural } from '../numbers';

const images = (n: number) => `${n} ${plural(n, { one: 'imagen', other: 'imágenes' })}`;

/** Proyectos: de imágenes reales a un conjunto de datos que ayuda. */
export const projects: Language['projects'] = {
  projectsLocked: 'Sus proyectos están cifrados y bloqueados. Desbloquéelos primero.',
  readingProjects: 'Se leen sus proyectos …',
  projects: 'Proyectos',
  whatProjectIs:
    'Un proyecto lleva de sus imágenes reales a un conjunto de datos que ayuda: decir qué, generarlo, revisarlo, compararlo, ' +
    'guardarlo. Dice qué está hecho y qué sigue, y conserva el resultado de cada paso.',
  nameOfProject: 'Nombre del proyecto nuevo',
  nameExample: 'Derrames para el curso de primavera',
  beginProject: 'Empezar un proyecto',
  openProjectFile: 'Abrir un archivo de proyecto …',
  projectFile: 'Archivo de proyecto',
  noProjects: 'Todavía no hay ningún proyecto. Póngale nombre y empiece.',
  doneOf: (done: number, all: number) => `${done} de ${all} pasos hechos`,
  nextIs: (title: string) => `sigue: ${title}`,
  allDone: 'todo hecho',
  allProjects: 'Todos los proyectos',
  name: 'Nombre',
  saveProjectFile: 'Guardar como archivo',
  savesWithoutImages:
    'El archivo contiene la receta, los ajustes y todos los resultados, y ninguna imagen, ni real ni sintética.',
  deleteProject: 'Borrar …',
  steps: 'Pasos del proyecto',
  done: 'hecho',
  next: 'sigue',
  madeElsewhere:
    'Estos resultados vinieron con el archivo del proyecto; las imágenes no están en este navegador. La receta genera otra vez ' +
    'las mismas.',
  realTitle: 'Imágenes reales',
  realWhy:
    'Una carpeta o un ZIP de imágenes reales del mismo tipo. Con ellas se mide lo que se genera; nunca salen de este equipo.',
  realFound: (n: number, title: string) => (title ? `${images(n)} de «${title}»` : images(n)),
  realForVisit: 'abiertas solo en esta visita',
  realKept: 'conservadas en este dispositivo',
  realGone: 'No están abiertas aquí. Elíjalas otra vez para volver a comparar.',
  recipeTitle: 'Receta',
  recipeWhy: 'Qué generar: cuántas imágenes de qué, con qué palabras y covariables.',
  recipeFound: (rows: number, n: number) =>
    `${images(n)} en ${rows} ${plural(rows, { one: 'fila', other: 'filas' })}`,
  recipeOtherModel: (modelId: string) =>
    `Es para el modelo «${modelId}». Elíjalo en Modelos para generar las mismas imágenes.`,
  makeTitle: 'Generación',
  makeWhy: 'Las imágenes se generan en segundo plano; mientras tanto puede hacer otras cosas.',
  madeOf: (done: number, total: number) =>
    `${done} de ${images(total)} ${plural(total, { one: 'generada', other: 'generadas' })}`,
  failed: (n: number) => `${n} sin éxito`,
  recipeChanged:
    'La receta ha cambiado desde entonces. Genere las imágenes de nuevo para que la sigan.',
  reviewTitle: 'Revisar',
  reviewWhy: 'Mire las imágenes una por una, y consérvelas o rechácelas.',
  reviewed: (kept: number, rejected: number, discarded: number) =>
    `${kept} conservadas, ${rejected} rechazadas, ${discarded} descartadas`,
  toLookAt: (n: number) => `${n} por mirar`,
  compareTitle: 'Comparación',
  compareWhy:
    '¿Parecen reales, ninguna es copia de una imagen real, ayudan a un clasificador? Con un veredicto en tres frases.',
  compared: (synthetic: number, real: number, when: string) =>
    `${synthetic} sintéticas frente a ${real} reales, ${when}`,
  exportTitle: 'Exportación',
  exportWhy:
    'Un ZIP con etiquetas, particiones y ficha de datos, dispuesto para lo que se quiere entrenar.',
  exported: (n: number, when: string) =>
    `${images(n)} ${plural(n, { one: 'guardada', other: 'guardadas' })}, ${when}`,
  exportedAs: (layout: string, format: string) => `${layout}; ${format}`,
  earlier: (found: string) => `De las imágenes anteriores: ${found}`,
  chooseFolder: 'Elegir una carpeta …',
  chooseZip: 'Elegir un ZIP …',
  folderOfReal: 'Carpeta de imágenes reales',
  zipOfReal: 'ZIP de imágenes reales',
  realImagesThatAreHere: 'Imágenes reales que están aquí',
  chooseAmongThese: 'Elegir entre las de aquí',
  lookAtThem: 'Mirarlas',
  writeRecipe: 'Escribir la receta',
  changeRecipe: 'Cambiar la receta',
  makeThemAll: 'Generar las imágenes',
  makeThem: (n: number) => `Generar ${images(n)}`,
  goOn: 'Continuar',
  pause: 'Pausar',
  showThem: 'Mostrar las imágenes',
  lookThrough: 'Revisarlas',
  compareThem: 'Comparar con las imágenes reales',
  showComparison: 'Mostrar la comparación',
  exportThem: 'Exportar …',
  deleteThisProject: '¿Borrar este proyecto?',
  projectIsDeleted: (title: string) =>
    `Se borra «${title}» y lo que dice de sus pasos. Sus conjuntos de datos quedan si no elige otra cosa.`,
  alsoDelete: (title: string, n: number) => `Borrar también «${title}» con sus ${images(n)}`,
  cancel: 'Cancelar',
  deleteIt: 'Borrar',
  deletePurpose: 'Quita un proyecto de este dispositivo.',
};
