import { plural } from '../numbers';
import type { Language } from '../catalogues';

/** Die Liste der Aufträge, die warten. */
export const queue: Language['queue'] = {
  queue: 'Die Warteschlange',
  queuePurpose:
    'Was als Nächstes gezeichnet wird, eins nach dem anderen, sobald das Bild da ist, das gerade entsteht.',
  hints:
    'Abbrechen beendet das Bild, das gerade entsteht, und das nächste von hier beginnt. Was Sie ändern, wartet, bis Sie ' +
    'fertig sind. Lädt die Seite neu, so sind alle vergessen.',
  waiting: (n) => plural(n, { one: `${n} Eintrag wartet.`, other: `${n} Einträge warten.` }),
  nothingWaits: 'Nichts wartet.',
  images: (n) => plural(n, { one: `${n} Bild`, other: `${n} Bilder` }),
  change: (prompt) => `${prompt} ändern`,
  up: (prompt) => `Nach oben: ${prompt}`,
  down: (prompt) => `Nach unten: ${prompt}`,
  remove: (prompt) => `${prompt} entfernen`,
  removeAll: 'Alle entfernen',
  save: 'Änderung übernehmen',
  cancel: 'Lassen, wie es war',
  failed: 'Nicht gezeichnet',
  series: 'Ein Raster oder ein Vergleich',
  again: 'Wieder einreihen',
  dismiss: 'Verwerfen',
};
