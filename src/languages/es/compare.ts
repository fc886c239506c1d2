import type { Language } from '../catalogues';
import { plural } from '../numbers';

/** Dos modelos, uno junto al otro. */
export const compare: Language['compare'] = {
  compareWith: 'Comparar con',
  notHereYet: (title) => `${title} (se descarga antes)`,
  drawWith: (title) => `Dibujar con ${title}`,
  compareWhy: 'El mismo prompt y semilla; otro modelo con sus propios pasos y guidance habituales.',
  noOther:
    'Aquí no hay otro modelo. Descargue o suelte uno en Modelos, o ajuste uno, y se podrá elegir aquí.',
  startsFromImage:
    'Esta imagen partió de otra de la que solo se guarda un hash: ningún otro modelo puede dibujarla. Elija otra imagen.',
  notAskedOf: (title, covariates) => `${title} no tiene ${covariates.join(', ')}: no se pide.`,
  unknownTo: (words) => `No conoce: ${words}`,
  notDrawnYet: 'Aún sin dibujar.',
  figures: (seed, steps, time) =>
    `semilla ${seed} · ${plural(steps, { one: `${steps} paso`, other: `${steps} pasos` })} · ${time}`,
  figuresOneStep: (seed, time) => `semilla ${seed} · un paso · ${time}`,
  pictureOf: (title) => `Imagen de ${title}`,
  pictureSoFar: 'La imagen hasta ahora',
  volumeBeside: 'Volumen al lado',
  black: 'Negro',
  white: 'Blanco',
  windowOfBoth: 'El valor de gris que es negro, o blanco, en ambos volúmenes',
  samePlace:
    'Ambos muestran un mismo lugar: arrastre, o use las flechas, Re Pág y Av Pág sobre un volumen.',
  volumeInView: 'A la vista',
  otherVolume: 'Al lado',
  volumeIs: (seed, image, mm3) => `semilla ${seed}, imagen ${image} · ${mm3}`,
  noOtherVolume: 'No hay otro volumen. Genere uno más y podrá elegirlo aquí.',
  noVolumeInView: 'La imagen a la vista no es un volumen. Elija uno en la galería.',
};
