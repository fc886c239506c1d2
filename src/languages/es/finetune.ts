import type { Language } from '../catalogues';
import { plural } from '../numbers';

const images = (count: number) =>
  plural(count, { one: `${count} imagen`, other: `${count} imágenes` });

/** The view of fine-tuning. */
export const finetune: Language['finetune'] = {
  details: 'Detalles',
  model: 'Modelo',
  nameOfResult: 'Nombre del resultado',
  minutes: 'Minutos',
  stepsEmptyAsMany: 'Pasos (vacío: tantos como quepan)',
  rankNumbersEachLayer: 'Rango: números que puede aprender cada capa',
  learningRate: 'Tasa de aprendizaje',
  imagesStep: 'Imágenes por paso',
  ofThoseBaseModels: 'De ellas, muestras propias del modelo base',
  newWordToLearn: 'Una palabra nueva que aprender (vacío: ninguna)',
  exampleWord: 'zq1',
  seed: 'Semilla',
  shape: 'Forma',
  cutLongerSide: 'Recortar el lado más largo',
  addBlack: 'Añadir negro',
  fineTune: 'Ajuste fino',
  images: 'Imágenes',
  imagesOf: images,
  chooseFolder: 'Elegir una carpeta …',
  folderOfImages: 'Carpeta de imágenes para entrenar',
  captions: 'Descripciones',
  oneForAllImages: 'Una para todas las imágenes',
  oneForAll: 'Una para todas, y la subcarpeta',
  fromFilesNames: 'De los nombres de los archivos',
  fromCsv: 'De un CSV',
  chooseCsv: 'Elegir un CSV …',
  csvOfCaptions: 'CSV de descripciones',
  columnsFileCaption: 'Columnas: file, caption y las covariables por su nombre.',
  caption: 'Descripción',
  captionWhereThereNone: 'Descripción donde no hay ninguna',
  kneeMriSagittal: 'knee MRI, sagittal',
  howLong: 'Cuánto tiempo',
  neverWhereLeft: 'Nunca donde izquierda y derecha difieren: no con tórax, manos ni corazón.',
  startTraining: 'Empezar el entrenamiento',
  mirrorToo: 'Reflejar también las imágenes',
  imagesHelp: (min, max) =>
    `De ${min} a ${max} imágenes; 20 enseñan un aspecto, 100 una modalidad. PNG, JPEG, WebP, DICOM o NIfTI, ` +
    'o suéltelas aquí.',
  presets: {
    short: {
      title: '5 minutos',
      help: 'Para ver si funciona: pocos pasos, dos muestras cada vez.',
    },
    medium: {
      title: '30 minutos',
      help: 'Para un aspecto o una modalidad que el modelo conoce a medias.',
    },
    long: {
      title: 'Toda la noche',
      help:
        'Para algo nuevo. Se detiene solo cuando las imágenes reservadas ya no mejoran, y no olvida las muestras ' +
        'propias del modelo base.',
    },
  },
  samplesAndImagesNearest: 'Muestras y las imágenes más cercanas a ellas',
  samplesOfLeftImage: (title) =>
    `A la izquierda, muestras de «${title}»; a la derecha, la imagen de entrenamiento más cercana`,
  copies: (words) => `Copias: ${words}`,
  pairsKept:
    'Los pares se guardan cifrados con el modelo ajustado. Si se desactiva el cifrado, quedan legibles en este equipo, como ' +
    'todo lo demás.',
  pairsForVisit:
    'Las imágenes de entrenamiento se muestran hasta que se cierre la página y no se guardan: aquí las imágenes guardadas no ' +
    'están cifradas. Quedan las muestras y lo cerca que estuvo cada una.',
  pairsWithoutReal:
    'Las imágenes de entrenamiento no se guardaron, pues las imágenes guardadas no estaban cifradas: solo pudieron verse en ' +
    'la visita en que se entrenó.',
  notStored: 'no guardada',
  pausingAfterStep: 'Pausa tras este paso …',
  pause: 'Pausa',
  resumeAfterStep: (step) => `Reanudar tras el paso ${step}`,
  start: 'Empezar',
  keepAs: 'Conservar tal cual',
  deleteRun: 'Eliminar este entrenamiento',
  back: 'Volver',
  cancel: 'Cancelar …',
  timeLeft: (left, secondsPerStep, energy) =>
    `faltan ${left} · ${secondsPerStep} s por paso · ${energy}`,
  starting: 'Empezando …',
  stoppedAfterStep: (step) => `Detenido tras el paso ${step}.`,
  notBegun: 'Sin empezar.',
  imagesCouldNotRead: (count) =>
    plural(count, {
      one: `${count} imagen no se pudo leer y se dejó fuera`,
      other: `${count} imágenes no se pudieron leer y se dejaron fuera`,
    }),
  loss: 'Pérdida',
  heldOutLoss: 'Pérdida en las reservadas',
  copiesOfTrainingImages: 'Copias de imágenes de entrenamiento',
  lookedForAtEnd: 'se buscan al final',
  samplesAfterStep: (step) => `Muestras tras el paso ${step}`,
  afterStep: (step) => `Tras el paso ${step}`,
  sample: (prompt) => `Muestra: ${prompt}`,
  storedModelsLocked: 'Los modelos guardados están bloqueados.',
  whatToTrainOn: 'Con qué se entrena',
  trainingAndResults: 'Entrenamiento y resultados',
  teachModelYourOwn: 'Enseñe al modelo sus propias imágenes',
  fineTuningShowsModel:
    'El ajuste fino muestra al modelo de 4 a 2000 imágenes y aprende sobre él un pequeño archivo de ' +
    'factores. Se ejecuta en este equipo; ninguna imagen sale de él. Lo que resulta puede repetir lo que se ' +
    'le mostró, así que se guarda y se trata como datos de pacientes.',
  readingWhatTrainedBefore: 'Leyendo lo entrenado antes …',
  import: 'Importar …',
  fileOfTunedModel: 'Archivo de un modelo ajustado',
  nothingOfSessionStored:
    'De esta sesión no se guarda nada: exporte un modelo ajustado antes de cerrar la página.',
  useInStudio: 'Usar en el estudio',
  evaluateThis: 'Evaluar este',
  makeMany: (count) => `Hacer ${count} con él`,
  results: 'Resultados',
  resultsOf: (title) => `Resultados de ${title}`,
  allTuned: 'Todos los modelos ajustados',
  noResultsImported: 'Fue importado: lo que mostró su entrenamiento no está en el archivo.',
  noResultsOlder:
    'Se hizo antes de que se guardaran estos resultados: no hay más que mostrar de su ejecución.',
  whatLearned: 'Lo que aprendió',
  whatForgot: 'Lo que olvidó',
  heldOutFirst: (step) => `Pérdida de las imágenes reservadas tras el paso ${step}`,
  heldOutBest: (step) => `la menor, tras el paso ${step}`,
  heldOutLast: (step) => `al final, tras el paso ${step}`,
  heldOutCount: 'Imágenes reservadas',
  imagesTrainedOn: 'Imágenes de entrenamiento',
  learnedLess: (percent) => `En el mejor caso ${percent} menor que en la primera medición.`,
  learnedNothing:
    'No es menor que en la primera medición: las imágenes reservadas no ganaron nada.',
  notMeasured: 'No se reservó ninguna imagen, o la ejecución terminó antes de medir alguna.',
  forgotPrior: (rows, batch, samples) =>
    `${rows} de ${batch} filas de cada lote eran las ${samples} muestras propias del modelo base, para que las recuerde.`,
  forgotNotMeasured: 'En esa ejecución no se midió lo que olvidó.',
  forgotMore: (percent) =>
    `En las imágenes que dibuja el propio modelo base, la pérdida subió un ${percent}: cuanto más, más se olvidó. A la ` +
    'izquierda de cada par, lo que dibuja el modelo base; a la derecha, lo que dibuja este con el mismo ruido.',
  forgotNothing:
    'En las imágenes que dibuja el propio modelo base, la pérdida no subió: nada muestra que haya olvidado. A la izquierda de ' +
    'cada par, lo que dibuja el modelo base; a la derecha, lo que dibuja este con el mismo ruido.',
  forgotBefore: 'Pérdida antes',
  forgotAfter: 'Pérdida después',
  byBaseModel: (prompt) => `Por el modelo base: ${prompt}`,
  byTunedModel: (prompt) => `Por el modelo ajustado: ${prompt}`,
  lookingWhatForgot: (n, of) => `Qué olvidó: imagen ${n} de ${of}`,
  curves: 'Curvas',
  samplesOverTime: 'Muestras a lo largo del tiempo, las últimas primero',
  settingsOfRun: 'Ajustes de esa ejecución',
  captionsOfRun: (n) =>
    plural(n, { one: `${n} descripción`, other: `${n} descripciones distintas` }),
  captionTimes: (caption, count) => `${caption} (${count})`,
  heldOutShare: 'Proporción reservada',
  averageDecay: 'Decaimiento de la media móvil',
  weightDecay: 'Decaimiento de los pesos',
  warmUpSteps: 'Pasos de calentamiento',
  maxGradientNorm: 'Mayor norma del gradiente',
  patience: 'Mediciones sin mejora antes de parar',
  sampleSteps: 'Pasos de una muestra',
  evaluateEvery: 'Pasos entre mediciones',
  timeTraining: 'Tiempo en pasos',
  mirrored: 'También imágenes reflejadas',
  stepsPlanned: 'Pasos previstos',
  yes: 'sí',
  no: 'no',
  never: 'nunca',
  recipeTitle: (title, count) => `${title}: ${count} imágenes`,
  forAnotherModelThan: 'Para un modelo distinto del del estudio.',
  export: 'Exportar',
  exportName: (title) => `Exportar ${title}`,
  deleteNamed: (title) => `Eliminar ${title}`,
  noneYet: 'Aún ninguno.',
  exportTunedModel: 'Exportar un modelo ajustado',
  deleteTunedModel: 'Eliminar un modelo ajustado',
  theseFactorsLearnt:
    'Estos factores se aprendieron de sus imágenes, y con ellos pueden crearse imágenes que las repiten. El ' +
    'archivo no está cifrado: trátelo como las propias imágenes.',
  cannotBroughtBackImages: (title) =>
    `«${title}» no se puede recuperar. Las imágenes creadas con él se conservan.`,
  saveFile: 'Guardar el archivo',
  cancelTitle: 'Cancelar',
  tunedModels: 'Modelos ajustados',
  deleteIt: 'Eliminar',
  sampleOf: (title) => `Una muestra de ${title}`,
  loadingModel: 'Cargando el modelo',
  readingImageOf: (number, total) => `Leyendo la imagen ${number} de ${total}`,
  makingBaseModelsOwn: (number, total) =>
    `Creando muestras propias del modelo base: ${number} de ${total}`,
  measuringHowFastDevice: 'Midiendo la velocidad de este dispositivo',
  stepOf: (step, numSteps) => `Paso ${step} de ${numSteps}`,
  makingSampleOf: (number, total) => `Creando la muestra ${number} de ${total}`,
  comparingSamplesWithImages: 'Comparando muestras con las imágenes de entrenamiento',
  aboutWhAtW: (amount, watts) => `unos ${amount} Wh a ${watts} W`,
  makePictures: 'Cree imágenes con él y compárelas con estas en «Evaluar».',
  notCompared: (byHand) => `sin comparar. ${byHand}`,
  notComparedOf: (refusal, byHand) => `sin comparar: ${refusal} ${byHand}`,
  shownTimesInAll: (times) => `mostradas ${times} veces en total`,
  steps: (count) => plural(count, { one: `${count} paso`, other: `${count} pasos` }),
  rank: (rank) => `rango ${rank}`,
  newWord: (word) => `palabra nueva «${word}»`,
  copiesAmongSamples: (words) => `copias entre sus muestras: ${words}`,
  imported: 'importado',
  noModelOfSite: 'Ningún modelo de este sitio admite ajuste fino.',
  chooseFolderOfImages: 'Elija una carpeta de imágenes.',
  expectedToImagesGot: (min, max, count) =>
    `Se esperan de ${min} a ${max} imágenes, y hay ${count}.`,
  imagesNoCaptionWrite: (count) =>
    plural(count, {
      one: `${count} imagen no tiene descripción: escriba una para todas.`,
      other: `${count} imágenes no tienen descripción: escriba una para todas.`,
    }),
  myImages: 'Mis imágenes',
  trainingMeanOfSteps: (size) => `entrenamiento (media de ${size} pasos)`,
  heldOutImages: 'imágenes reservadas',
  lossOverSteps: 'Pérdida por pasos',
  training: 'entrenamiento',
  asSeen: (count) => `${images(count)}, como las verá el modelo`,
  firstAsSeen: (count, first) => `${images(count)}, las primeras ${first}, como las verá el modelo`,
  noCaption: '(sin descripción)',
  exportPurpose: 'Guarda lo aprendido en un archivo que otro navegador puede abrir.',
  deletePurpose: 'Quita lo aprendido de este dispositivo.',
};
