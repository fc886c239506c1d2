import type { Language } from '../catalogues';
import { plural } from '../numbers';

/** Zwei Modelle nebeneinander. */
export const compare: Language['compare'] = {
  compareWith: 'Vergleichen mit',
  notHereYet: (title) => `${title} (wird erst geladen)`,
  drawWith: (title) => `Zeichnen mit ${title}`,
  compareWhy:
    'Derselbe Prompt und Seed; ein anderes Modell mit seinen eigenen üblichen Schritten und seiner Guidance.',
  noOther:
    'Hier ist kein anderes Modell. Laden Sie unter „Modelle“ eines, legen Sie eines ab, oder stimmen Sie eines ab: Dann ' +
    'lässt es sich hier wählen.',
  startsFromImage:
    'Dieses Bild ging von einem Bild aus, von dem nur ein Hash aufbewahrt wird: Kein anderes Modell kann es zeichnen. ' +
    'Wählen Sie ein anderes Bild.',
  notAskedOf: (title, covariates) =>
    `${title} kennt ${covariates.join(', ')} nicht: nicht verlangt.`,
  unknownTo: (words) => `Ihm unbekannt: ${words}`,
  notDrawnYet: 'Noch nicht gezeichnet.',
  figures: (seed, steps, time) =>
    `Seed ${seed} · ${plural(steps, { one: `${steps} Schritt`, other: `${steps} Schritte` })} · ${time}`,
  figuresOneStep: (seed, time) => `Seed ${seed} · ein Schritt · ${time}`,
  pictureOf: (title) => `Bild von ${title}`,
  pictureSoFar: 'Das Bild bis jetzt',
  volumeBeside: 'Volumen daneben',
  black: 'Schwarz',
  white: 'Weiß',
  windowOfBoth: 'Der Grauwert, der in beiden Volumen schwarz oder weiß ist',
  samePlace:
    'Beide zeigen dieselbe Stelle: ziehen, oder Pfeiltasten, Bild auf und Bild ab auf einem Volumen.',
  volumeInView: 'Im Blick',
  otherVolume: 'Daneben',
  volumeIs: (seed, image, mm3) => `Seed ${seed}, Bild ${image} · ${mm3}`,
  noOtherVolume:
    'Es gibt kein anderes Volumen. Erzeugen Sie noch eines: Dann lässt es sich hier wählen.',
  noVolumeInView: 'Das Bild im Blick ist kein Volumen. Wählen Sie eines in der Galerie.',
};
