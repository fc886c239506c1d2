import type { Language } from '../catalogues';
import { plural } from '../numbers';

/** What is stored, encrypted, erased and kept offline. */
export const storage: Language['storage'] = {
  copied: 'Copiado.',
  browserRefusedSelectText: 'El navegador se negó: seleccione el texto y cópielo a mano.',
  diagnostics: 'Diagnóstico técnico',
  safeToShareHolds: 'Se puede compartir: no contiene prompts ni imágenes; está en inglés.',
  copy: 'Copiar',
  measureDevice: 'Medir este dispositivo',
  encryptionOfStoredImages: 'Cifrado de las imágenes guardadas',
  encryptAllAndTurn: 'Cifrar todas las imágenes y activar',
  turnOnEncryption: 'Activar el cifrado …',
  onImagesPrompts:
    'Activado: las imágenes, los prompts y los ajustes de cada imagen se guardan cifrados. Cuántos son, y de ' +
    'qué tamaño, sigue viéndose en el disco.',
  lockAfter: 'Bloquear tras',
  changePassphrase: 'Cambiar la frase de contraseña',
  decryptAllAndStore:
    '¿Descifrar todas las imágenes, también las de los conjuntos de datos, y guardarlas sin cifrar?',
  decryptAndTurnOff: 'Descifrar y desactivar',
  cancel: 'Cancelar',
  lockNow: 'Bloquear ahora',
  changeThePassphrase: 'Cambiar la frase de contraseña …',
  turnOff: 'Desactivar …',
  encryptionOff:
    'Desactivado: quien use este perfil del navegador, o lea este disco, ve sus imágenes y prompts. Con una frase de ' +
    'contraseña, ambos se guardan cifrados (AES-GCM 256). Se pide en cada inicio y no se guarda en ningún sitio: ' +
    '<strong>si se olvida, las imágenes se pierden.</strong> Reinicie después el navegador, para que borre lo que había ' +
    'guardado antes; un disco puede conservar más tiempo los archivos borrados.',
  eraseEverything: 'Borrar todo',
  eraseWhat:
    'Todo lo que este sitio ha guardado en este navegador: imágenes, prompts, pesos de modelos, ajustes y la propia ' +
    'aplicación. <strong>No se puede deshacer.</strong> Sus otras pestañas se detienen.',
  typeToGoOn: (word) => `Escriba <strong>${word}</strong> para seguir`,
  everythingErasedFromAnother: 'Todo se borró desde otra pestaña',
  tabStoppedAndKeeps: 'Esta pestaña se ha detenido y no conserva nada. Lo que mostraba ya no está.',
  erasing: 'Borrando …',
  thingsSoFar: (count) => `${count} hasta ahora.`,
  erasingName: 'Borrando',
  everythingErased: 'Todo está borrado',
  thingsErasedFreshLook: (count) => `Borrado: ${count}. Al mirar de nuevo no quedaba nada.`,
  notEverythingErased: 'No todo está borrado',
  thingsErasedFreshLookFound: (count) => `Borrado: ${count}. Al mirar de nuevo quedaba esto:`,
  whatDidNotWork: 'Lo que no funcionó',
  notWithinPagesReach:
    'Fuera del alcance de esta página: los archivos que guardó, el historial del navegador y su lista de ' +
    'descargas. «Borrar datos de navegación» del propio navegador los borra. Un disco puede conservar lo ' +
    'borrado hasta que se sobrescriba.',
  tryAgain: 'Intentar de nuevo',
  startAnew: 'Empezar de nuevo',
  startingAnewLoadsApp: 'Empezar de nuevo carga otra vez la aplicación y sus pesos.',
  couldNotLooked: (problem) => `no se pudo mirar: ${problem}`,
  nothing: 'nada',
  minutesWithoutTouch: 'minutos sin tocar la página ni el teclado',
  iAmStillHere: 'Sigo aquí',
  clearedSoon: 'Esta sesión se vaciará pronto, pues nadie ha tocado esta página.',
  lockedSoon: 'Las imágenes guardadas se bloquearán pronto, pues nadie ha tocado esta página.',
  sessionOnlyNoImage:
    'Solo sesión: no se guarda ninguna imagen, ningún prompt y ningún ajuste. Pulse para cambiarlo.',
  sessionOnly: 'Solo sesión',
  lockStoredImagesNow: 'Bloquear ahora las imágenes guardadas',
  passphraseSoFar: 'Frase de contraseña actual',
  newPassphrase: 'Nueva frase de contraseña',
  passphrase: 'Frase de contraseña',
  sameAgain: 'La misma otra vez',
  twoDiffer: 'Las dos no coinciden.',
  showWhatIType: 'Mostrar lo que escribo',
  passphraseRule: (least, soFar) =>
    `Al menos ${least} caracteres${soFar === null ? '' : ` (van ${soFar})`}. ` +
    'Cuatro o cinco palabras al azar son fáciles de recordar y difíciles de adivinar.',
  withoutServer: 'Sin servidor',
  studioItselfStarts:
    'El estudio se inicia y dibuja sin conexión tras una visita. Las demás partes se descargan en segundo ' +
    'plano, nunca mientras se crea una imagen.',
  without: (what) => `Sin esto, ${what}.`,
  fetchingOf: (done, total) => `descargando, ${done} de ${total}`,
  states: {
    waiting: 'en espera',
    fetching: 'descargando',
    stored: 'guardado',
    'left out': 'excluido',
    failed: 'fallido',
  },
  privacy: 'Privacidad',
  toOwnHost: (kinds) => `A su propio servidor: ${kinds}.`,
  promptsAndImagesNever:
    'Los prompts y las imágenes nunca forman parte de una petición. Una Content-Security-Policy prohíbe a ' +
    'esta página y a sus workers cargar de otros servidores o enviarles algo. No abarca: direcciones que ' +
    'usted abra, extensiones del navegador, el tráfico del propio navegador (actualizaciones, resolución de ' +
    'nombres) ni el sistema operativo. El servidor del que vino esta página tiene su primera visita en su ' +
    'registro.',
  tryToReach: 'Intentar alcanzar',
  trying: 'Intentando …',
  testNow: 'Probar ahora',
  everyWayPage:
    'Todas las vías que tiene una página o un worker para llegar a un servidor. Un fallo solo cuenta si el ' +
    'navegador informa de que lo causó la política. Indique un servidor suyo para ver que no llega nada.',
  passedNoWayOut: 'Superado: no hay salida.',
  failedNotEveryWay: 'No superado: no se denegaron todas las salidas.',
  requestsSent: (other, own, refused) =>
    `Desde que se cargó esta página, ella, sus workers y su service worker enviaron <strong>${other}</strong> peticiones a ` +
    `otros servidores y <strong>${own}</strong> a aquel del que vino. El navegador denegó ` +
    `<strong>${refused}</strong>.`,
  thisSessionOnly: 'Solo esta sesión',
  onNoImage:
    'Activado: no se guarda ninguna imagen, ningún prompt y ningún ajuste; los pesos sí. Todo desaparece ' +
    'cuando esta página se cierra, se recarga o se deja sola. La elección está en la dirección de la página, ' +
    'así que puede guardarse como marcador.',
  clearAfter: 'Vaciar tras',
  ofSessionWillGone: (lost) => `Se perderá: ${lost}. Guarde lo que quiera conservar.`,
  leaveAndLose: (lost) => `Salir y perder ${lost}`,
  leaveSession: 'Salir de la sesión …',
  forDemonstrationsAndShared:
    'Para demostraciones y equipos compartidos: la página empieza de nuevo y desde entonces no guarda ' +
    'ninguna imagen, ningún prompt y ningún ajuste. Las imágenes ya guardadas se quedan donde están, sin ' +
    'verse.',
  startSession: 'Empezar una sesión',
  theImages: (count) =>
    plural(count, {
      one: 'la imagen de esta sesión',
      other: `las ${count} imágenes de esta sesión`,
    }),
  storedOnDevice: 'Guardado en este dispositivo',
  imagesInGallery: 'Imágenes en la galería',
  projects: 'Proyectos',
  imagesInDataSets: 'Imágenes en conjuntos de datos',
  unknown: 'desconocido',
  exportsSavedInClear: 'Exportaciones guardadas, sin cifrar',
  remove: 'Quitar',
  everythingAsBrowserCounts: 'Todo, según cuenta el navegador',
  weightsImagesAndApps: 'Pesos, imágenes y los archivos de la propia aplicación.',
  browserDeniesStorage:
    'Este navegador niega el almacenamiento, así que las imágenes duran lo que esta página. Guarde lo que ' +
    'quiera conservar.',
  deleteAllButNewest: (kept, bytes) =>
    `Eliminar todas menos las ${kept} imágenes más recientes (${bytes})`,
  toMakeRoomDelete:
    'Para hacer sitio, elimine imágenes en la galería (Supr), o datos de otros sitios en los ajustes del navegador.',
  undoLastDeletion: 'Deshacer la última eliminación',
  weightsLiveInBrowsers:
    'Los pesos están en el almacenamiento de este navegador. Las imágenes de esta sesión están solo en esta página.',
  weightsAndImagesLive:
    'Los pesos y las imágenes están en el almacenamiento de este navegador. Con cada imagen se guarda su prompt.',
  eraseEverythingDots: 'Borrar todo …',
  whatCouldNotOpened: 'Lo que no se pudo abrir',
  goOnWithout: 'Seguir sin ello',
  storedImagesLocked: 'Las imágenes guardadas están bloqueadas',
  unlock: 'Desbloquear',
  workWithoutThem: 'Trabajar sin ellas',
  forSessionOnlyNothing: 'solo para esta sesión: no se conserva nada de lo que cree',
  onlyWayOnWithout: 'la única manera de seguir sin la frase de contraseña',
  countOf: (done, total) => ` ${done} de ${total}`,
  serviceWorker: 'Service worker del sitio',
  database: 'Base de datos',
  file: 'Archivo',
  setting: 'Ajuste',
  settingOfTab: 'Ajuste de esta pestaña',
  cookie: 'Cookie',
  cache: 'Caché',
  viewsAndWorkers: 'Vistas y workers',
  onlyStudioItselfWorks:
    'solo funciona el estudio: sin conjuntos de datos, evaluación, imágenes de partida, barridos ni inspección',
  helpPages: 'Páginas de la ayuda',
  helpCannotBeRead: 'no se puede leer la ayuda',
  codecsOfCompressedDicom: 'Códecs de archivos DICOM comprimidos',
  jpegJpegLsJpeg: 'no se pueden abrir JPEG, JPEG-LS, JPEG 2000 ni HTJ2K dentro de DICOM',
  volumesInThreePlanes: 'Volúmenes en tres planos',
  volumesShownSlice: 'los volúmenes se muestran solo corte a corte',
  networksOfEvaluation: 'Redes de la evaluación',
  imagesCannotCompared: 'no se pueden comparar imágenes con reales',
  secondModelWithTraining: 'Un segundo modelo con sus grafos de entrenamiento',
  thereNoFineTuning: 'no hay ajuste fino, ni guía, ni prompt negativo',
  trainingGraphsOfModel: 'Los grafos de entrenamiento de este modelo',
  thereIsNoFineTuning: 'no hay ajuste fino',
  notReadyToWork: 'no está lista para funcionar sin conexión',
  gettingReadyToWork: 'preparándose para funcionar sin conexión',
  offlineStudioOnly: 'sin conexión: solo el estudio',
  readyInPart: 'lista en parte para funcionar sin conexión',
  ready: 'lista para funcionar sin conexión',
  refusedByPolicy: 'denegado por la política',
  notThere: 'no existe',
  notRefused: 'no denegado',
  databasesWeightsImagesData: 'bases de datos: pesos, imágenes, conjuntos de datos, comparaciones',
  appsOwnFiles: 'los archivos de la propia aplicación',
  privateFilesDownloadsUnder: 'archivos privados: descargas en curso, exportaciones',
  theServiceWorker: 'el service worker',
  pagesAndWhatThey: 'páginas y lo que muestran',
  codeAndStyles: 'código y estilos',
  runtime: 'el entorno de ejecución',
  requestsFor: (count, what) => `${count} de ${what}`,
  workers: 'los workers',
  models: 'modelos',
  turningEncryptionOnInterrupted:
    'La activación del cifrado se interrumpió, así que nada está cifrado y nada se ha perdido. Actívelo de nuevo.',
  encryptingStoredImages: 'Cifrando las imágenes guardadas',
  encryptionOnKeepPassphrase:
    'El cifrado está activado. Conserve la frase de contraseña: nadie puede sustituirla.',
  decryptingStoredImages: 'Descifrando las imágenes guardadas',
  encryptionOffImagesStored: 'El cifrado está desactivado: las imágenes se guardan sin cifrar.',
  unlocking: 'Desbloqueando',
  changingPassphrase: 'Cambiando la frase de contraseña',
  passphraseChanged: 'La frase de contraseña ha cambiado.',
  diagnosticsPurpose: 'Reúne lo que necesita saber quien investiga un problema.',
  erasePurpose: 'Vacía todos los almacenes de este sitio en este navegador.',
  offlinePurpose: 'Muestra qué partes de la aplicación funcionan sin red y cuáles se traen.',
  privacyPurpose: 'Cuenta lo que envía esta página y comprueba si puede llegar a otro servidor.',
  storagePurpose:
    'Muestra lo que este sitio guarda en este dispositivo; aquí se puede cifrar o borrar.',
  unlockPurpose: 'La frase de contraseña muestra lo que está guardado cifrado en este dispositivo.',
};
