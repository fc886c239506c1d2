import type { Language } from '../catalogues';
import { plural } from '../numbers';

/** The list of models and the page for other hosts. */
export const models: Language['models'] = {
  notHereYet: 'aún no está aquí',
  inUse: ' · en uso',
  whatChanged: 'Qué ha cambiado',
  size: 'Tamaño',
  ofWhichHere: (bytes) => `, de los que ${bytes} están aquí`,
  licence: 'Licencia',
  hash: 'Hash',
  sha256OfManifestEntry: 'SHA-256 de su entrada en el manifiesto, que contiene el de cada archivo',
  installed: 'Instalado',
  lastUsed: (installedAt, lastUsedAt) => `${installedAt} · último uso: ${lastUsedAt}`,
  unverifiedNobodyPublishedHashes: (files) =>
    `Sin verificar: nadie publicó hashes de ${files}. Lo que llegó primero se da por bueno.`,
  starting: 'Empezando',
  pause: 'Pausa',
  cancel: 'Cancelar',
  stop: 'Detener',
  useInStudio: 'Usar en el estudio',
  verifyNow: 'Verificar ahora',
  export: 'Exportar',
  delete: (bytes) => `Eliminar (${bytes})`,
  resume: 'Reanudar',
  download: 'Descargar',
  fetchFromOnAnother: (host) => `Descargar de ${host} en otra página`,
  dropWhatHere: 'Desechar lo que hay aquí',
  installedState: 'instalado',
  never: 'nunca',
  noRoom: (title, bytes, free, way) =>
    `${title} necesita ${bytes} de almacenamiento y hay ${free} libres: ${way}, o elija un modelo más pequeño.`,
  deleteAnother: (title, bytes) => `elimine ${title} (${bytes})`,
  freeOnDisk: (bytes) => `libere ${bytes} en el disco`,
  wouldRunOnCpu: (missing) =>
    `A este procesador gráfico le falta algo que el modelo necesita: ${missing}. Se ejecutaría en la CPU, despacio.`,
  tooMuchForCpu: (title, bytes, most) =>
    `${title} necesita ${bytes} de memoria y la CPU puede darle ${most}: use un dispositivo con un procesador ` +
    'gráfico que baste, o elija un modelo más pequeño.',
  littleMemory: (title, bytes, reported) =>
    `${title} necesita ${bytes} de memoria, y este dispositivo indica unos ${reported}: cierre antes otros ` +
    'programas, o elija un modelo más pequeño.',
  models: 'Modelos',
  lookingAtWhatStored: 'Mirando lo guardado',
  addModelByHand: 'Añadir un modelo a mano',
  openingPackage: 'Abriendo el paquete',
  dropModelPackageHere:
    'Suelte aquí un paquete de modelo: una carpeta, sus archivos o un ZIP. No se usa la red.',
  chooseZipOrFiles: 'Elegir un ZIP o archivos',
  chooseFolder: 'Elegir una carpeta',
  browserPromised:
    'El navegador ha prometido no vaciar por sí mismo el almacenamiento de este sitio.',
  browserMayClearSites:
    'El navegador puede vaciar el almacenamiento de este sitio cuando el disco se llene.',
  askNotTo: 'Pedirle que no lo haga',
  mayNotFetch:
    'Esta página no puede cargar de otros servidores. <link>Una página propia</link> sí puede, y no ve sus ' +
    'prompts ni sus imágenes.',
  modelsFromOtherHosts: 'Modelos de otros servidores',
  backToStudio: 'Volver al estudio',
  from: (bytes, host, licence) => `${bytes} de ${host} · ${licence}`,
  installedTitle: 'Instalado.',
  fetch: (title) => `Descargar ${title}`,
  listStableDiffusionPackages: 'Listar paquetes de Stable Diffusion del Hugging Face Hub',
  listRivals: 'Listar métodos existentes para comparar',
  featureNetworks: 'Redes de características para la evaluación',
  featureNetworksWhy:
    'Un modelo de imágenes para transformers.js (DINOv2, CLIP, ViT …), por la dirección de su carpeta o de su página en el Hub ' +
    'de Hugging Face. Se guarda en este navegador; la evaluación la ofrece, la lee y calcula su hash antes de usarla.',
  addressOfNetwork: 'Dirección de su carpeta',
  fetchNetwork: 'Descargarla',
  fetchingFile: (path) => `Buscando ${path} …`,
  removeNetwork: 'Quitar',
  addressOfModelManifest: 'Dirección de un model-manifest.json',
  listModels: 'Listar sus modelos',
  mayFetch:
    'Esta página puede cargar de cualquier servidor, para que los modelos puedan venir de otro sitio. Es la única de ' +
    'Phantoscope que puede, y su código no abre galería, prompt ni imagen. Lo que descarga se comprueba y se guarda en este ' +
    'navegador.',
  isInstalled: (title) => `${title} está instalado.`,
  deleted: (title) => `${title} está eliminado.`,
  wholeEveryByte: (title) => `${title} está íntegro: cada byte es como se instaló.`,
  damagedAndDeleted: (damaged, what) => `Dañado y eliminado: ${damaged}. ${what}`,
  damagedAndFetchedAgain: (damaged, title) =>
    `Dañado y descargado de nuevo: ${damaged}. ${title} está ahora íntegro.`,
  installedFromPackage: (what) => `Instalado del paquete: ${what}.`,
  copiedInto: (title, folder) => `${title} está copiado en ${folder}.`,
  savedAsZip: (title, modelId) => `${title} está guardado como ${modelId}.zip.`,
  dropPackageHereAgain: 'Suelte aquí el paquete otra vez.',
  fetchModelAgain: (host) =>
    `Descargue el modelo de nuevo desde ${host}, en la página para otros servidores.`,
  otherWeightsOf: 'otros pesos suyos',
  versionBefore: (modelId, version, before) => `${modelId} (versión ${version}, antes: ${before})`,
  modelsPurpose:
    'Muestra los modelos de este dispositivo; cada uno se puede usar, comprobar, traer, guardar o borrar.',
};

/** The page that measures a device. */
export const benchmark: Language['benchmark'] = {
  copied: 'Copiado.',
  browserRefusedSaveFile: 'El navegador se negó: guarde el archivo en su lugar.',
  howFastDevice: '¿Qué velocidad tiene este dispositivo?',
  backToStudio: 'Volver al estudio',
  model: 'Modelo',
  runsOn: 'Se ejecuta en',
  whatBestHere: 'lo mejor aquí',
  cpuWasm: 'la CPU (wasm)',
  measure: 'Medir',
  measuring: 'Midiendo',
  onStepsGuidance: (modelId, backend, device, steps, guidance) =>
    `${modelId} en ${backend}, ${device}: ${steps} pasos, guía ${guidance}`,
  firstImage: 'primera imagen',
  medianOf: (count) => `mediana de ${count}`,
  textEncoder: 'codificador de texto',
  oneStep: 'un paso',
  vaeDecoder: 'decodificador VAE',
  wholeImage: 'imagen entera',
  loading: 'carga',
  withLatentsReadBack: (times) =>
    `Si los latentes se leyeran de vuelta en cada paso, tardaría ${times} veces más.`,
  copyJson: 'Copiar JSON',
  saveJson: 'Guardar JSON',
  makesFourImages:
    'Crea cuatro imágenes y mide el tiempo. El resultado se queda en esta página salvo que lo copie o ' +
    'guarde; no contiene prompts ni imágenes.',
  wholeTook: (times) => `El conjunto tardó ${times} veces lo que sus grafos por sí solos.`,
};

/** The gallery. */
export const gallery: Language['gallery'] = {
  nothingOfSessionStored: 'De esta sesión no se guarda nada: guarde lo que quiera conservar.',
  browserDeniesStorageSave:
    'Este navegador niega el almacenamiento: guarde lo que quiera conservar.',
  sessionOnly: 'Solo esta sesión',
  pictureInMaking: 'La imagen que se está creando',
  seed: (seed) => `semilla ${seed}`,
  filterRateCompare: 'Filtrar, puntuar, comparar y revisar todas',
  allPictures: (count) => `Las ${count} imágenes`,
  lookThrough: 'Revisar',
  storedImagesLocked: 'Las imágenes guardadas están bloqueadas.',
  everyImageYouMake:
    'Cada imagen que cree se muestra aquí hasta que se cierre esta página, la más reciente primero.',
  everyImageYouMakeKept:
    'Cada imagen que cree se conserva aquí, en este dispositivo, la más reciente primero.',
  gallery: 'Galería',
  exportAsZip: 'Exportar como ZIP',
  whatSelected: (many) => `${many}: lo seleccionado.`,
  allShown: (many) => `${many}: todas las que se muestran.`,
  picturesAs: 'Imágenes como',
  notComparedWithReal: 'Sin comparar con imágenes reales: la ficha de datos lo dice.',
  ofTheseThey: (sources) => `De estas: ${sources}. No son imágenes sintéticas.`,
  picturesWithSource: 'Imágenes con origen',
  chooseWhatBecomes: 'Elija qué se hace con ellas',
  leaveTheseOut: (count) => `dejar fuera estas ${count}`,
  exportTheseAllSame: (count) =>
    `exportar estas ${count} de todos modos, marcadas en archivos, carpeta, etiquetas y ficha`,
  copyCheckOfCompared: (count, total) =>
    `Control de copias: ${count} de ${total} imágenes comparadas están sospechosamente cerca de una real.`,
  suspectedCopies: 'Posibles copias',
  exportThemMarked: 'exportarlas, marcadas',
  exportTheseAllSameMarked: (count) => `exportar estas ${count} de todos modos, marcadas`,
  export: 'Exportar',
  files: (count, bytes) => `${count} archivos, ${bytes}`,
  savedPictures: (count, bytes) =>
    `Guardado: ${plural(count, { one: `${count} imagen`, other: `${count} imágenes` })}, ${bytes}.`,
  stop: 'Detener',
  saveZip: 'Guardar el ZIP',
  whatIsInIt:
    'Con etiquetas (CSV y JSONL), máscaras donde las haya (PNG y COCO), metadatos Croissant, una ficha de datos y el SHA-256 ' +
    'de cada archivo.',
  pictures: (count) => plural(count, { one: `${count} imagen`, other: `${count} imágenes` }),
  exportPurpose: 'Guarda imágenes de la galería en un archivo.',
};

/** The painting surface. */
export const paint: Language['paint'] = {
  whatToPaintAnew: 'Qué se pinta de nuevo',
  instanceMask: 'Máscara de instancias',
  sketch: 'Boceto',
  use: 'Usarlo',
  cancel: 'Cancelar',
  drawingSurfaceArrowKeys:
    'Superficie de dibujo: las flechas mueven el pincel, Espacio pinta, + y − cambian el zoom',
  paintOnMaskStroke:
    'Pintar. Un trazo sobre una instancia la continúa, y uno al lado empieza otra.',
  paintByDragging: 'Pintar arrastrando.',
  takeAwayWhatPainted: 'Quitar lo pintado.',
  dragFromCorner: 'Arrastre de esquina a esquina.',
  clickForEachCorner: 'Un clic por vértice; Intro, o un doble clic, lo cierra.',
  zoom: 'Zoom',
  smaller: 'Más pequeño (−)',
  zoomOut: 'Alejar',
  larger: 'Más grande (+)',
  zoomIn: 'Acercar',
  wholePicture0: 'La imagen entera (0)',
  wholePicture: 'La imagen entera',
  tool: 'Herramienta',
  tools: { brush: 'pincel', eraser: 'goma', ellipse: 'elipse', polygon: 'polígono' },
  colour: 'Color',
  undoCtrlZ: 'Deshacer (Ctrl Z)',
  undo: 'Deshacer',
  redoCtrlShiftZ: 'Rehacer (Ctrl Mayús Z)',
  redo: 'Rehacer',
  invert: 'Invertir',
  clear: 'Vaciar',
  closeShape: 'Cerrar la forma',
  wheelZoomShift:
    'Rueda: zoom; Mayús y arrastrar: mover. Teclas: las flechas mueven el pincel, Espacio pinta, [ y ] ' +
    'cambian su tamaño, + y − cambian el zoom, Intro cierra un polígono.',
  twoFingersZoom: 'Dos dedos cambian el zoom y mueven.',
  size: 'Tamaño',
  instances: (count) => plural(count, { one: `${count} instancia`, other: `${count} instancias` }),
  pixelsChange: (count) =>
    plural(count, { one: `cambia ${count} píxel`, other: `cambian ${count} píxeles` }),
  labelMap: 'Mapa de etiquetas',
  labelSurface:
    'El volumen y su mapa de etiquetas en tres planos: las flechas, Re Pág y Av Pág mueven la cruz, Espacio pinta ahí',
  erase: 'borrar',
  keyOfPen: (pen) => `Tecla ${pen}`,
  voxels: (count) => `${count} vóxeles`,
  partIs: (part, mm3) => `${part} ${mm3} mm³`,
  labelKeys:
    'Arrastrar sobre un plano pinta. Teclas sobre la imagen: 1, 2 y 0 eligen el lápiz, las flechas, Re Pág y Av Pág mueven, ' +
    'Espacio pinta en el plano axial, [ y ] cambian el tamaño, Ctrl Z deshace.',
  ofVolumeInView: 'El del volumen a la vista',
  purposes: {
    region: 'Lo que marque se dibuja de nuevo; el resto de la imagen queda como está.',
    mask: 'La imagen se dibuja según la máscara que dibuje aquí.',
    sketch: 'La imagen parte de lo que dibuje aquí.',
    labels: 'El volumen se dibuja según el mapa de etiquetas que cambie aquí.',
  },
};
