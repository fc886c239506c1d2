import type { Language } from '../catalogues';

/** By the kind of an error: what happened and what to do. */
export const errors: Language['errors'] = {
  NoWebGpu: 'Este navegador no tiene WebGPU. Use la CPU (wasm).',
  NoAdapter: 'WebGPU no encontró ningún dispositivo gráfico. Use la CPU (wasm).',
  DeviceLost:
    'El dispositivo gráfico se perdió o respondió con un error. Inténtelo de nuevo, o use la CPU (wasm).',
  OutOfMemory: 'No queda memoria. Cierre otras pestañas e inténtelo de nuevo.',
  RuntimeFailed: 'El cálculo falló. Inténtelo de nuevo.',
  QuotaExceeded: 'El navegador no guarda más para este sitio. Libere espacio e inténtelo de nuevo.',
  StorageDenied:
    'El navegador no deja que la aplicación guarde cosas, o no ahora. Guarde lo que quiera conservar y ' +
    'recargue la página.',
  Locked: 'Lo guardado está cifrado y bloqueado. Desbloquéelo con la frase de contraseña.',
  WrongPassphrase: 'La frase de contraseña es otra. Escríbala de nuevo.',
  RecordCorrupt: 'Un registro guardado no se puede leer. Elimínelo y créelo de nuevo.',
  NetworkFailed: 'No se pudo cargar algo. Compruebe la conexión e inténtelo de nuevo.',
  ModelCorrupt:
    'Faltan archivos de un modelo, o están dañados. Elimine el modelo y descárguelo de nuevo.',
  ProjectRefused: 'Este archivo no es un proyecto, o no puede abrirse aquí.',
  PackageRefused: 'No es un paquete de modelo, o no es de confianza. Use otro.',
  ModelUnsupported: 'Este modelo no puede ejecutarse aquí. Elija otro modelo, o la CPU (wasm).',
  ManifestInvalid:
    'La descripción de los modelos no es válida. Dígaselo a quien mantiene el sitio.',
  SelfTestFailed: 'Este dispositivo calcula mal. Use la CPU (wasm).',
  ImageUnreadable: 'El archivo no se pudo leer. Use otro.',
  RequestInvalid: 'Lo pedido no es posible así. Cambie lo que ha escrito.',
  SourceMissing: 'La imagen de la que parte esta no está. Hágala, o elija otra.',
  WordsUnknown:
    'El modelo no conoce ninguna de esas palabras. Cámbielas, o haga que lo dibuje de todos modos.',
  NotConfirmed: 'En ningún intento se vio lo pedido. Permita más intentos.',
  TrainingDiverged:
    'El entrenamiento llegó a números inservibles. Empiece de nuevo con una tasa de aprendizaje menor.',
  TunedMissing: 'Un modelo ajustado ya no está. Impórtelo, o elija otro.',
  AbortError: 'La operación se canceló.',
};
