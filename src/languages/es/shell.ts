import type { Language } from '../catalogues';
import { plural } from '../numbers';

/** Header, footer and the app around the views. */
export const shell: Language['shell'] = {
  whatToMake: 'Qué se crea',
  gallery: 'Galería',
  syntheticNotForDiagnosis: 'Imágenes sintéticas · no aptas para el diagnóstico',
  requestsHint:
    'Peticiones de esta página, sus workers y su service worker desde que se cargó. Pulse para comprobarlo.',
  requests: ({ other, own, refused }) =>
    `Peticiones: ${other} a otros servidores, ${own} al propio${refused ? `, ${refused} denegadas` : ''}`,
  storage: 'Almacenamiento',
  stored: (bytes) => `${bytes} guardados`,
  notReadyToWork: 'no está lista para funcionar sin conexión',
  eraseEverything: 'Borrar todo',
  models: 'Modelos',
  weightsForSession: 'Los pesos duran solo esta sesión',
  copyDiagnostics: 'Copiar diagnóstico técnico',
  studio: 'Estudio',
  projects: 'Proyectos',
  dataSets: 'Datos',
  evaluate: 'Evaluar',
  fineTune: 'Ajuste fino',
  themeSystem: 'como el sistema',
  themeDark: 'oscuro',
  themeLight: 'claro',
  views: 'Vistas',
  imagesBeingMade: 'Se están creando imágenes',
  modelBeingTuned: 'Se está ajustando el modelo',
  keyboardHint: 'Atajos de teclado (?)',
  keyboardShortcuts: 'Atajos de teclado',
  coloursPressFor: (now, next) => `Colores: ${now}. Pulse para ${next}.`,
  escapeKey: 'Esc',
  deleteKey: 'Supr',
  keyboard: 'Teclado',
  whileYouInspectPicture: 'Mientras inspecciona una imagen',
  couldNotStart: 'Phantoscope no pudo iniciarse',
  language: 'Idioma',
  languageNotFetched:
    'No se pudo cargar este idioma. Inténtelo de nuevo cuando el servidor responda.',
  newVersionReady: 'Hay una versión nueva.',
  reloadWhenDone: 'Recargar cuando esto termine',
  reload: 'Recargar',
  reloadsOnceIdle: 'La página se recarga en cuanto no haya nada en marcha.',
  notNow: 'Ahora no',
  keyboardPurpose: 'Lista las teclas del estudio y del visor.',
  help: 'Ayuda',
};

/** What the keys of the studio do, and why a model runs where it does. */
export const browser: Language['browser'] = {
  generate: 'Generar',
  cancelOrCloseSheet: 'Cancelar, o cerrar un panel',
  nextPictureOlder: 'Imagen siguiente (más antigua)',
  previousPictureNewer: 'Imagen anterior (más reciente)',
  useSettingsOfPicture: 'Usar los ajustes de esta imagen',
  savePictureAsPng: 'Guardar esta imagen como PNG',
  deletePicture: 'Eliminar esta imagen',
  undoDeletion: 'Deshacer una eliminación',
  fitPictureToLight: 'Ajustar la imagen al negatoscopio',
  oneScreenPixel: 'Un píxel de pantalla por píxel',
  twoByTwoScreen: 'Dos por dos píxeles de pantalla',
  threeByThreeScreen: 'Tres por tres píxeles de pantalla',
  smoothOrHardPixels: 'Píxeles suaves o nítidos',
  list: 'Esta lista',
  reasons: {
    choseCpu: 'Usted eligió la CPU.',
    choseWebGpu: 'Usted eligió WebGPU.',
    fastest: 'WebGPU es aquí lo más rápido.',
    noWebGpu:
      'Este navegador no tiene WebGPU, así que calcula la CPU; un Chrome, Edge o Safari actual sería más rápido.',
    noAdapter:
      'WebGPU no encontró ningún dispositivo gráfico, así que calcula la CPU; quizá ayude activar la aceleración por ' +
      'hardware en los ajustes del navegador.',
    deviceRefused:
      'El controlador gráfico no abrió ningún dispositivo, así que calcula la CPU; quizá ayude uno más reciente.',
    gpuLacks: (missing) =>
      `A este procesador gráfico le falta algo que el modelo necesita: ${missing}. Por eso calcula la CPU.`,
    wrongNumbers: 'El dispositivo gráfico calculó mal en su autoprueba, así que calcula la CPU.',
    cannotRun: 'El procesador gráfico no puede con este modelo, así que calcula la CPU.',
    stopped: 'El procesador gráfico se detuvo a mitad de camino, así que esta vez calcula la CPU.',
    lostTwice: 'El dispositivo gráfico se perdió dos veces, así que calcula la CPU.',
    lostForGood: 'El dispositivo gráfico se perdió y no volvió, así que calcula la CPU.',
    smallNetwork: 'Las redes que miran imágenes son pequeñas; se ejecutan en la CPU.',
  },
  notRecorded: 'No repite pasos grabados, así que cada paso tarda más de lo que podría.',
  notHalf:
    'Su aritmética float16 no pasó la autoprueba, así que calcula en float32, lo que puede tardar más; un ' +
    'navegador o controlador más reciente puede ayudar.',
  buffersOf: (bytes, has) => `búferes de ${bytes} bytes (los suyos tienen ${has})`,
};

/** How pictures are called, and the fields of layouts of nuclei. */
export const pictures: Language['pictures'] = {
  count: 'Cantidad',
  nucleiToPlace: 'Núcleos que se colocan.',
  size: 'Tamaño',
  medianDiameterInPixels: 'Diámetro mediano, en píxeles de una imagen de 256.',
  spread: 'Dispersión',
  howMuchSizesDiffer: 'Cuánto difieren los tamaños: 0 es todos iguales, 0,4 como en tejido.',
  length: 'Longitud',
  medianRatioOfLong: 'Razón mediana entre el eje largo y el corto; 1 es redondo.',
  clusters: 'Cúmulos',
  howManyLieBeside: 'Cuántos están junto a otro.',
  overlap: 'Solapamiento',
  howMuchOfNucleus: 'Cuánto de un núcleo puede quedar bajo otros.',
  containsPartsOfSource: 'Contiene partes de una imagen de origen',
  mayContainParts: 'Puede contener partes de una imagen de origen',
  synthetic: 'Sintética',
  syntheticImage: 'Imagen sintética',
  imageWithSource: 'Imagen, contiene partes de una imagen de origen',
  imageOfUnknownSource: 'Imagen, puede contener partes de una imagen de origen',
  containParts: (count) =>
    `${count} ${plural(count, { one: 'contiene', other: 'contienen' })} partes de una imagen de origen`,
  nobodyKnows: (count) =>
    `de ${count} nadie sabe si ${plural(count, { one: 'las contiene', other: 'las contienen' })} (de una ` +
    'versión anterior)',
  and: ', y ',
};
