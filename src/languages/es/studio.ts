import type { Language } from '../catalogues';
import { plural } from '../numbers';

/** The studio. */
export const studio: Language['studio'] = {
  whatToMake: 'Qué se crea',
  generate: 'Generar',
  addToQueue: 'Añadir a la cola',
  thereProblem: 'Hay un problema:',
  galleryOf: (count) => `Galería ${count}`,
  automatic: 'Automático',
  automaticWhy: 'WebGPU donde funcione y supere su autoprueba',
  webgpuWhy: 'el procesador gráfico: lo más rápido',
  wasmWhy: 'la CPU: más lenta, funciona en todas partes',
  whereAndWhy: 'Dónde se ejecuta el modelo, y por qué',
  notRecorded: 'No repite pasos grabados, así que cada paso tarda más de lo que podría.',
  notHalf:
    'Su aritmética float16 no pasó la autoprueba, así que calcula en float32, lo que puede tardar más; un ' +
    'navegador o controlador más reciente puede ayudar.',
  loading: 'Cargando',
  noBackend: 'Sin backend',
  whereHidden: ': dónde se ejecuta el modelo',
  whereModelRuns: 'Dónde se ejecuta el modelo',
  modelStillLoadingWhere: 'El modelo aún se está cargando; después se decide dónde se ejecuta.',
  modelNotLoaded: 'El modelo no está cargado.',
  checkConnectionAndTry: (message) => `${message} Compruebe la conexión e inténtelo de nuevo.`,
  modelDrawsToMask: 'Este modelo dibuja según una máscara: dibuje, abra o genere una.',
  startFromImagePaint:
    'Partir de una imagen, pintar de nuevo una parte, hacer un boceto o dibujar una máscara.',
  mask: 'Máscara …',
  imageOrMask: 'Imagen o máscara …',
  sweepHint: 'Covariables, semillas, pasos, guidance o modelos en comparación, como cuadrícula.',
  sweep: 'Barrido …',
  prompts: 'Prompts: historial …',
  noEffectMeasured: ' (no se midió ningún efecto)',
  notAsked: 'no se pide',
  slider: (title) => `${title} (deslizador)`,
  patientAndAcquisition: 'Paciente y adquisición',
  alsoThoseNeverSeen: 'También las que nunca se vieron con este tipo de imagen.',
  showAll: (n) => `Mostrar las ${n}`,
  nothingToSetFor: (kind) => `No hay nada que ajustar para ${kind}.`,
  nothingToSet: 'No hay nada que ajustar para este tipo de imagen.',
  seedOf: (seed) => `semilla ${seed}`,
  imageOfSeed: (imageIndex) => `imagen ${imageIndex} de la semilla`,
  stepsOf: (count) => plural(count, { one: `${count} paso`, other: `${count} pasos` }),
  guidanceOf: (scale) => `guía ${scale}`,
  timeOnDevice: (time, backend, device) => `${time} en ${backend}, ${device}`,
  fillFormSoNext: 'Rellenar el formulario para que la próxima pulsación repita esta imagen (u)',
  useTheseSettings: 'Usar estos ajustes',
  makeAnotherPicture: 'Crear otra imagen a partir de esta, o de una parte',
  startFrom: 'Partir de esta',
  beforeAfter: 'Antes / después',
  compareHint: 'El mismo prompt y semilla con otro modelo, lado a lado',
  compare: 'Comparar …',
  compareVolumesHint: 'Este volumen y otro, lado a lado en el mismo lugar',
  gridPicturePart: 'La cuadrícula de la que esta imagen forma parte',
  itsSweep: 'Su barrido',
  saveS: 'Guardar (s)',
  savePng: 'Guardar PNG',
  volumeAndLabelMap: 'El volumen y su mapa de etiquetas, dos archivos NIfTI en una misma rejilla',
  saveNiftiPair: 'Guardar par NIfTI',
  volumeAsDicomSeries:
    'El volumen como serie DICOM y su mapa de etiquetas como segmentación (SEG), en un ZIP',
  saveTwice:
    'Guardar el PNG al doble de tamaño: interpolado (Lanczos), sin detalle nuevo; el archivo lo dice',
  saveDicom: 'Guardar DICOM',
  deleteHint: 'Eliminar (Supr); se puede deshacer',
  deletePicture: 'Eliminar esta imagen',
  syntheticMadeOnDevice: 'Sintética · creada en este dispositivo · no se sube nada',
  sampleMade: (title) => `Una muestra creada por ${title}.`,
  pressGenerateForOwn:
    'Pulse «Generar» para crear la suya: se crea en este dispositivo, y ni sus palabras ni sus imágenes salen de él.',
  synthetic: 'Sintética',
  image: 'Imagen',
  notForDiagnosis: (said) => `<strong>${said}</strong> · no apta para el diagnóstico`,
  whatPictureShowsModel:
    'Qué muestra la imagen. Este modelo dibuja una de estas y no lee otras palabras.',
  label: 'Etiqueta',
  drawnInOneStep: (method) => `${method} · dibujada en un paso`,
  pictureSoFar: 'La imagen hasta ahora',
  sampleShippedModelMade: 'Una muestra creada por el modelo incluido',
  pressGenerateToMake: 'Pulse «Generar» para crear una imagen.',
  examplesByModality: 'Ejemplos por modalidad',
  examplePromptToStart: (prompt) => `Un prompt de ejemplo para empezar: ${prompt}`,
  moreExamples: (modality) => `Más ejemplos: ${modality}`,
  whatPictureShowsModality:
    'Qué muestra la imagen: modalidad, proyección, hallazgos. Funcionan mejor los términos médicos en inglés.',
  prompt: 'Prompt',
  negativePromptWhy:
    'Lo que la imagen no debe mostrar. Puede quedar vacío; necesita una guía superior a 1.',
  negativePrompt: 'Prompt negativo',
  nothing: 'nada',
  fast: 'Rápida',
  best: 'Óptima',
  about: (steps, time) => `${steps}, unos ${time}`,
  qualityWhy:
    'Pocos pasos, o muchos con guía. El otro modelo se descarga al usarlo por primera vez; lo que ha escrito ' +
    'se conserva.',
  qualityWhyReloads:
    'Pocos pasos, o muchos con guía. La página se recarga para ello y olvida lo escrito.',
  quality: 'Calidad',
  numSteps: (count) => plural(count, { one: `${count} paso`, other: `${count} pasos` }),
  pointAtControl: 'Señale un control para leer qué hace.',
  aboutOnDevice: (time) => `Unos ${time} en este dispositivo.`,
  generateImages: (count) => `Generar ${count} imágenes`,
  whereNoiseStartsSame:
    'Dónde empieza el ruido. La misma semilla y los mismos ajustes dan de nuevo la misma imagen.',
  keepSeed: 'Conservar esta semilla',
  newSeedForEach: 'Una semilla nueva en cada pulsación',
  sampling: 'Muestreo',
  rollDiceAnotherSeed: 'Tirar los dados: otra semilla',
  startsAtImage: (imageIndex) => `Empieza en la imagen ${imageIndex} de esta semilla`,
  startAtImage1: 'Empezar en la imagen 1',
  startAtImage1Name: 'Empezar en la imagen 1 de esta semilla',
  seed: 'Semilla',
  steps: 'Pasos',
  stepsWhy: 'Cuántas veces se refina la imagen. Más es más lento, y pronto no mejora.',
  guidance: 'Guía',
  guidanceWhy:
    '1 = solo el prompt, sin refuerzo; el prompt negativo necesita más de 1. Demasiado alta da un aspecto duro.',
  rescale: 'Reescalado',
  rescaleWhy:
    'Quita el contraste que añade la guía. 0 = nada; 0,7 es habitual en modelos que predicen v.',
  count: 'Cantidad',
  countWhy:
    'Cuántas imágenes crea una pulsación, cada una con su propio ruido de la misma semilla.',
  schedulerWhy: 'La regla que da un paso del ruido a la imagen.',
  scheduler: 'Planificador',
  saveAllSame: '¿Guardar de todos modos?',
  fileSaysSoToo:
    'El archivo también lo dice. Quien lo reciba puede ver en él a un paciente real: guárdelo solo donde ' +
    'pueda ceder la imagen de origen.',
  doNotSave: 'No guardar',
  save: (many) => `Guardar ${many}`,
  thesePictures: (count) =>
    plural(count, { one: `esta ${count} imagen`, other: `estas ${count} imágenes` }),
  strength: 'Intensidad',
  whatModelLearnt:
    'Lo que el modelo aprendió con sus propias imágenes; «Ninguno» es el modelo tal cual.',
  fineTuning: 'Ajuste fino',
  tunedModel: 'Modelo ajustado',
  none: 'Ninguno',
  howMuchOfWhat: 'Cuánto se usa de lo aprendido: 0 nada, 1 todo, más exagera.',
  learntOnRelative:
    'Aprendido con un pariente de este modelo; cómo se traslada solo se sabe mirando.',
  learnedWord: (word) => `Ha aprendido una palabra: escriba <strong>${word}</strong> en el prompt.`,
  drawn: (volumes) => `dibujado: ${volumes}`,
  measuredCorrelationOfAsked: (title, what, figures) =>
    `Medido: correlación de lo pedido (${title}) con ${what}: ${figures}.`,
  modelNotSeen: (what, figures) =>
    `No se vio que el modelo obedeciera: correlación con ${what}: ${figures}.`,
  effectFigures: (effect, low, high, n) => `${effect} (de ${low} a ${high}), ${n} imágenes`,
  outsideSeen: (what, min, max) =>
    `${what} está fuera de lo que el modelo ha visto (de ${min} a ${max}): lo que dibuja ahí no significa nada.`,
  sameSettingsMakeAnother: 'Los mismos ajustes dan ahora otra imagen.',
  pictureMade: (modelId, title, what) =>
    `Esta imagen la creó ${modelId}, y el estudio usa ${title}. ${what}`,
  pictureMadeByAnother: (title, version, what) =>
    `Esta imagen la creó otra versión de ${title} distinta de ${version}. ${what}`,
  howMuchNotMeasured: 'no se midió cuánto',
  repeatsImageFromOutside: (repeats) =>
    `Esto repite la imagen externa a partir de la que se creó: ${repeats}.`,
  suspectedToCopy: (method) => `Se sospecha que es copia de una imagen real. ${method}`,
  savePurpose: 'Pregunta antes de guardar una imagen que quizá no sea lo que parece.',
};
