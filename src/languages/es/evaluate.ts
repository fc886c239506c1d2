import type { Language } from '../catalogues';
import { plural } from '../numbers';

/** The view that compares images. */
export const evaluate: Language['evaluate'] = {
  storedImagesLocked: 'Las imágenes guardadas están bloqueadas.',
  whatToCompare: 'Qué se compara',
  results: 'Resultados',
  realisticVariedAndNobodys: '¿Realistas, variadas y copia de nadie?',
  chooseSyntheticImages:
    'Elija imágenes sintéticas y reales del mismo tipo. Se comparan en este equipo; ninguna imagen sale de él.',
  howAlikeBothSets: 'cuánto se parecen ambos conjuntos para una red: 0 es sin diferencia',
  densityAndCoverage: 'Densidad y cobertura',
  whetherImagesLieWhere: 'si las imágenes están donde las reales, y alcanzan todos sus tipos',
  copies: 'Copias',
  whichSyntheticImagesRepeat:
    'qué imágenes sintéticas repiten una real, también reflejada o recortada',
  membership: 'Pertenencia',
  whetherModelTellsImages: 'si un modelo distingue sus imágenes de entrenamiento de otras',
  usefulness: 'Utilidad',
  whetherClassifierOrSegmenter:
    'si un clasificador o un segmentador de imágenes reales mejora con las sintéticas',
  readingWhatThere: 'Leyendo lo que hay para comparar …',
  compare: 'Comparar',
  syntheticImages: 'Imágenes sintéticas',
  whatToJudged: 'Lo que se juzga.',
  realImages: 'Imágenes reales',
  ofSameKindBest:
    'Del mismo tipo, mejor aquellas de las que aprendió el modelo; las subcarpetas o un CSV dan las etiquetas.',
  realImagesHeldOut: 'Imágenes reales, reservadas (opcional)',
  realImagesNoModel:
    'Imágenes reales que ningún modelo ha visto: fijan el umbral de copia y prueban los clasificadores.',
  labelsFromCsvOptional: 'Etiquetas de un CSV (opcional)',
  chooseCsv: 'Elegir un CSV …',
  remove: 'Quitar',
  csvOfLabels: 'CSV de etiquetas',
  chooseAgain: (what) =>
    `La página se ha vuelto a cargar. Elija de nuevo: ${what.join(' · ')}. Las imágenes de esta visita y sus ` +
    'archivos no se guardan nunca.',
  columnsFileLabel:
    'Columnas: file, label y, donde se sepa, patient, sex, age, view, skin_tone, prompt.',
  ofSyntheticImagesThey: (sources) =>
    `De las imágenes sintéticas: ${sources}. No son sintéticas, y las cifras que las cuenten favorecerían al modelo.`,
  imagesWithSource: 'Imágenes con origen',
  chooseWhatBecomes: 'Elija qué se hace con ellas',
  leaveTheseOut: (count) => `dejar fuera estas ${count}`,
  countTheseAsSynthetic: (count) => `contar estas ${count} como sintéticas; el informe lo dice`,
  chooseTrainedOn: (title) =>
    `Las imágenes con las que se entrenó «${title}» no están guardadas. Elija su carpeta otra vez, como las imágenes reales.`,
  chooseSyntheticAndReal: 'Elija primero imágenes sintéticas y reales.',
  cancel: 'Cancelar',
  readerTestCanYou: 'Prueba de lectura: ¿las distingue?',
  whatToLook: 'Qué mirar además',
  lookForCopies: 'Buscar copias',
  trainClassifiersTakesLabels: 'Entrenar clasificadores (requiere etiquetas en ambos lados)',
  alsoSmallNetwork: 'También una red pequeña desde cero (minutos)',
  trainSegmentersTakesMasks: 'Entrenar segmentadores (requiere máscaras en ambos lados)',
  maskNameMaskPng:
    'Una máscara es NAME.mask.png o masks/NAME.png junto a su imagen, o masks/NAME.png para images/NAME.png, ' +
    'como se exportan los conjuntos de datos.',
  stepsOfEachTraining: 'Pasos de cada entrenamiento',
  membershipDoesModelKnow: 'Pertenencia: ¿conoce un modelo sus imágenes de entrenamiento?',
  notTested: 'Sin probar',
  whetherDenoisingLossLower:
    'Si su pérdida al eliminar ruido es menor en imágenes de entrenamiento que en reservadas. Ejecuta el ' +
    'modelo 8 veces por par, hasta 100 pares.',
  imagesModelTrained: 'Imágenes con las que se entrenó el modelo',
  heldOutImagesAbove: 'Se comparan con las imágenes reservadas de arriba.',
  ownNetwork: 'Red de características propia (opcional)',
  chooseOrDropFolder: 'Elegir o arrastrar aquí una carpeta …',
  folderOfNetwork: 'Carpeta de una red de características',
  fetchedNetworks: 'O una descargada …',
  fetchNetworkElsewhere: 'Descargar una de una dirección, en una página propia',
  readingNetwork: 'Leyendo sus archivos …',
  networkRead: (path, output, take, hash) =>
    `${path}, salida ${output} (${take}), SHA-256 ${hash}…`,
  takePooled: 'agregada',
  takeClassToken: 'token de clase',
  takeMean: 'media',
  networkLeads: 'Empezar el informe con ella; las copias y los clasificadores también la siguen',
  ownNetworkWhy:
    'Un modelo de imágenes para transformers.js (DINOv2, CLIP, ViT …), junto a las redes de esta aplicación. Se lee en ' +
    'este equipo; una carpeta no se guarda: elíjala de nuevo en su próxima visita. Lo que dijo de una imagen se conserva.',
  comparing: 'Comparando',
  starting: 'Empezando',
  none: 'Ninguna',
  folderFiles: (title, count) =>
    `Carpeta: ${title} (${plural(count, { one: `${count} archivo`, other: `${count} archivos` })})`,
  chooseFolder: (title) => `Elegir una carpeta: ${title}`,
  folder: (title) => `Carpeta: ${title}`,
  titleReal: (title, count) =>
    `${title} (${plural(count, { one: `${count} imagen real`, other: `${count} imágenes reales` })})`,
  earlierComparisons: 'Comparaciones anteriores',
  deleteForGood: '¿Eliminarla para siempre?',
  keep: 'Conservar',
  deleteNamed: (title) => `Eliminar ${title}`,
  deleteIt: 'Eliminar',
  labelsNoRealImage: 'Etiquetas que ninguna imagen real tiene',
  sayWhichLabel:
    'Diga a qué etiqueta de las imágenes reales equivale cada una, y compare después. Las que queden son ' +
    'etiquetas propias.',
  meansNoneOfThem: 'no equivale a ninguna',
  means: (real) => `equivale a ${real}`,
  compareVolumes: 'Comparar volúmenes',
  chooseRealVolumes: 'Elegir volúmenes reales …',
  stop: 'Detener',
  filesOfRealVolumes: 'Archivos de volúmenes reales',
  comparingVolumes: 'Comparando volúmenes',
  realVolumesWithLabel: (count, withLabels) =>
    `${count} volúmenes reales, ${withLabels} con mapa de etiquetas.`,
  theyMarkedInGallery: 'Están marcados en la galería, y una exportación pregunta por ellos.',
  synthetic: 'sintéticas',
  real: 'reales',
  msSsimOfPairs: 'MS-SSIM de pares',
  askedAgainstDrawnVolumes: (part, count, spearman, meanError) =>
    `${part}, pedido frente a dibujado, ${count} volúmenes: correlación de rangos ${spearman}, error medio ` +
    `${meanError}.`,
  volumesAgainstReal: (count, least) =>
    `${plural(count, { one: `${count} volumen`, other: `${count} volúmenes` })} de la galería frente a reales suyos, archivos ` +
    `NIfTI, al menos ${least}; NAME_label.nii.gz es el mapa de etiquetas de NAME.nii.gz. No se guarda ninguno.`,
  doVolumesHelp: '¿Ayudan a un segmentador?',
  volumesForSegmenters:
    'Entrena una U-Net 3D pequeña con volúmenes reales, con sintéticos y con ambos; el 40 % de los reales con mapa de etiquetas ' +
    'queda para la prueba. Tarda muchos minutos; la página se puede usar entretanto.',
  trainOnVolumes: 'Entrenar segmentadores',
  saveFigures: 'Guardar cifras (JSON)',
  gallery: 'La galería',
  membershipTestNeedsImages:
    'La prueba de pertenencia necesita imágenes con las que se entrenó el modelo, y otras reservadas.',
  tuned: (title) => `Ajustado: ${title}`,
};

/** What a comparison found. */
export const results: Language['results'] = {
  allComparisons: 'Todas las comparaciones',
  whatComparisonSays: 'Qué dice la comparación',
  reportHtml: 'Informe (HTML)',
  figuresJson: 'Cifras (JSON)',
  name: 'Nombre',
  beside: 'Junto a',
  noOtherComparison: 'ninguna otra comparación',
  table: 'Tabla',
  nearestPairs: 'Los pares más cercanos',
  nearestPairsSyntheticLeft: 'Los pares más cercanos: sintética a la izquierda, real a la derecha',
  filesLeftOut: (count) =>
    plural(count, {
      one: `${count} archivo se dejó fuera`,
      other: `${count} archivos se dejaron fuera`,
    }),
  readerTest: 'Prueba de lectura',
  realOrSynthetic: '¿Real o sintética?',
  close: 'Cerrar',
  ofRightExact95: (right, n, score, low, high, verdict) =>
    `${right} de ${n} acertadas: ${score} % (95 % exacto: de ${low} a ${high} %). ${verdict}`,
  sForEachPicture: (seconds) => `${seconds} s por imagen.`,
  noPictureJudged: 'No se juzgó ninguna imagen.',
  realOrSyntheticTitle: 'Real o sintética',
  pictureOf: (number, n) => `Imagen ${number} de ${n}`,
  realR: 'Real, verdadera (R, ←)',
  syntheticS: 'Sintética (S, →)',
  stopHere: 'Parar aquí',
  power: (trials) =>
    `Cuántas imágenes hacen falta para distinguir ver de adivinar (potencia 80 %, nivel 5 %): ${trials}.`,
  trialsAt: (trials, percent) => `${trials} si se acierta el ${percent} % de las veces`,
  sideBySide: 'Lado a lado',
  tableCsv: 'Tabla (CSV)',
  tableAndPlotHtml: 'Tabla y gráfico (HTML)',
  measure: 'medida',
  byTheirIntervals: 'según sus intervalos',
  oneCalledBetterOnly:
    'Una solo se llama mejor donde los dos intervalos del 95 % no se solapan. Sin corrección por mirar ' +
    'varias medidas.',
  synthetic: 'sintéticas',
  copies: 'Copias',
  usefulness: 'Utilidad',
  real: 'reales',
  loadingFeatureNetworks: 'Cargando las redes de características',
  lookingAtImages: 'Mirando las imágenes',
  comparingFeatures: 'Comparando características',
  comparingImagesOfLabel: 'Comparando imágenes de una etiqueta',
  lookingForCopies: 'Buscando copias',
  askingModelForTraining: 'Preguntando al modelo por sus imágenes de entrenamiento',
  trainingClassifiers: 'Entrenando clasificadores',
  of: (done, total) => `${done} de ${total}`,
  ofImages: (done, total) => `${done} de ${total} imágenes`,
  leftInPart: (time) => `faltan ${time} en esta parte`,
  syntheticRealHeldOut: (synthetic, real, holdout, names, seed, seconds) =>
    `${synthetic} sintéticas, ${real} reales, ${holdout} reservadas · ${names} · semilla ${seed} · ${seconds}`,
  fidelityAndCoverage: (title) => `Fidelidad y cobertura: ${title}`,
  densityAndCoverageOnEqual:
    'Densidad y cobertura con números iguales, k = 5; real frente a real es lo que da el puro azar.',
  syntheticReal: 'sintéticas, reales',
  kid95: 'KID (95 %)',
  realAgainstReal: 'real frente a real',
  ofReal: 'de reales',
  allImages: 'todas las imágenes',
  tooFew: 'muy pocas',
  floor: (floor) => `, mínimo ${floor}`,
  varietyWithinLabel: 'Variedad dentro de una etiqueta',
  msSsimOfPairsNearer:
    'MS-SSIM de pares: más cerca de 1 cuanto más se parecen las imágenes. FID se muestra a partir de 1000 ' +
    'imágenes por lado.',
  distanceFrom: 'distancia desde',
  realHeldOut: 'reales, reservadas',
  membershipDoesModelKnowHint: 'Pertenencia: ¿conoce el modelo sus imágenes de entrenamiento?',
  shareOfNoise: 'proporción de ruido',
  auc95: 'AUC (95 %)',
  labelColumn: 'etiqueta',
  density: 'densidad',
  coverageColumn: 'cobertura',
  copiesNote: (found) =>
    `${found.count} imágenes sintéticas (${found.rate}, 95 %: de ${found.low} a ${found.high}) están más cerca de una imagen ` +
    `real que ${found.threshold}; en comparación, ${found.numHeldOut} imágenes reales reservadas` +
    `${found.heldInTurn ? ' (cada una por turno, pues no se reservó ninguna aparte)' : ''}: ${found.heldOutRate}. ` +
    `Solo por características: ${found.featureRate} frente a ${found.featureHeldOutRate}. ${found.limit}`,
  syntheticRealOf: (synthetic, real) => `${synthetic} sintéticas, ${real} reales`,
  kid: (kid) => `KID ${kid}`,
  coverage: (coverage) => `cobertura ${coverage}`,
  nearRealOne: (copies) => `${copies} cerca de una real`,
  linearHeadOnFrozen: 'Una cabeza lineal sobre características congeladas',
  smallNetworkTrained: 'Una red pequeña, entrenada desde cero',
  smallNetwork: ' (red pequeña)',
  heldOutSet: 'el conjunto reservado',
  n40OfRealPatients: 'el 40 % de los pacientes reales',
  usefulnessDoesClassifierGain: (which) => `Utilidad: ¿mejora un clasificador?${which}`,
  testedOnRealImages: (classes, learner, numTest, from, seeds, numSynthetic) =>
    `${classes}. ${learner}, probada con ${numTest} imágenes reales (${from}), ${seeds} semillas, con ` +
    `${numSynthetic} imágenes sintéticas.`,
  realImagesWord: 'imágenes reales',
  balancedAccuracy: 'exactitud equilibrada',
  againstRealOnly: 'frente a solo reales',
  calibrationError: 'error de calibración',
  usefulnessInSubgroups: (which) => `Utilidad en subgrupos${which}`,
  balancedAccuracyWithMost:
    'Exactitud equilibrada con el mayor número de imágenes reales de entrenamiento; por debajo de 50 ' +
    'imágenes de prueba no se dice nada.',
  testImages: 'imágenes de prueba',
  usefulnessDoesSegmenterGain: 'Utilidad: ¿mejora un segmentador?',
  smallUNetTrained: (side, steps, numTest, from, seeds, numSynthetic) =>
    `Una U-Net pequeña, entrenada desde cero a ${side} × ${side} píxeles, ${steps} pasos por brazo, probada ` +
    `con ${numTest} imágenes reales con máscaras (${from}), ${seeds} semillas, con ${numSynthetic} imágenes ` +
    'sintéticas. Las instancias coinciden a partir de un solapamiento de 0,5.',
  smallVolumeUNetTrained: (voxels, steps, numTest, seeds, numSynthetic) =>
    `Una U-Net 3D pequeña, entrenada desde cero con volúmenes de ${voxels} vóxeles, ${steps} pasos por brazo, probada con ` +
    `${numTest} volúmenes reales, ${seeds} semillas, con ${numSynthetic} volúmenes sintéticos. Dice es la media de ambas partes.`,
  realVolumesWord: 'volúmenes reales',
  dice: 'Dice',
  f1OfInstances: 'F1 de instancias',
  againstRealOnlyF1: 'frente a solo reales (F1)',
  subgroup: 'subgrupo',
  insufficient: 'insuficientes',
  arm: 'brazo',
  reference: 'referencia',
  arms: {
    real: 'reales',
    synthetic: 'sintéticas',
    mixed: 'mezcladas',
    'synthetic then real': 'sintéticas y después reales',
  },
  verdicts: {
    higher: 'mayor',
    lower: 'menor',
    'not distinguishable': 'indistinguible',
  },
  inCubicMm: (part) => `${part}, en mm³`,
  surface: 'superficie, mm²',
  shareOf: (part) => `proporción: ${part}`,
  ofNearerToReal: (sides, count, n) =>
    `${sides} ${count} de ${n} están más cerca de un volumen real de lo que suelen estar estos entre sí.`,
  ofSuspectedOfBeing: (count, n, low, high, realShare) =>
    `${count} de ${n} son posibles copias (de ${low} a ${high}); de los reales, ${realShare} están igual de ` +
    'cerca de otro.',
  youCanTellThem: 'Usted las distingue.',
  youTookRealOnes: 'Tomó las reales por sintéticas y al revés.',
  notDistinguishableFromGuessing: 'Con tantos ensayos no se distingue de adivinar.',
  interval: (value, low, high) => `${value} (de ${low} a ${high})`,
};
