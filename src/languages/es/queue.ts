import { plural } from '../numbers';
import type { Language } from '../catalogues';

/** La lista de las peticiones que esperan. */
export const queue: Language['queue'] = {
  queue: 'La cola',
  queuePurpose:
    'Lo que se dibuja después, una cosa tras otra, cuando la imagen en curso está lista.',
  hints:
    'Cancelar termina la imagen en curso, y empieza la siguiente de aquí. La que usted cambia espera hasta que haya ' +
    'terminado. Al recargar la página se olvidan todas.',
  waiting: (n) => plural(n, { one: `${n} entrada espera.`, other: `${n} entradas esperan.` }),
  nothingWaits: 'No espera nada.',
  images: (n) => plural(n, { one: `${n} imagen`, other: `${n} imágenes` }),
  change: (prompt) => `Cambiar ${prompt}`,
  up: (prompt) => `Subir: ${prompt}`,
  down: (prompt) => `Bajar: ${prompt}`,
  remove: (prompt) => `Quitar ${prompt}`,
  removeAll: 'Quitar todas',
  save: 'Guardar el cambio',
  cancel: 'Dejarla como estaba',
  failed: 'No dibujadas',
  series: 'Una cuadrícula o una comparación',
  again: 'Volver a la espera',
  dismiss: 'Descartar',
};
