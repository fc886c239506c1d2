import type { Language } from '../catalogues';

/** Der Rundgang beim ersten Besuch. */
export const tour: Language['tour'] = {
  title: 'Neu hier?',
  place: (step: number, of: number) => `${step} von ${of}`,
  drawTitle: 'Ein Bild verlangen',
  drawWhat:
    'Sagen Sie im Prompt, was zu sehen sein soll, stellen Sie Alter oder Aufnahme ein, wo es sie gibt, und drücken Sie ' +
    'Erzeugen. Wenige Sekunden später liegt das Bild hier.',
  drawDo: 'Zum Prompt',
  setTitle: 'Hunderte erzeugen, und sehen, ob sie helfen',
  setWhat:
    'Ein Projekt führt von Ihren echten Bildern zu einem Datensatz mit Labels: Rezept, Erzeugen, Durchsehen, ' +
    'Vergleichen, Export.',
  setDo: 'Projekte öffnen',
  privateTitle: 'Nichts verlässt dieses Gerät',
  privateWhat:
    'Alles wird in diesem Browser berechnet, auch ohne Netz. Gespeicherte Bilder lassen sich verschlüsseln, und jede ' +
    'Anfrage dieser Seite wird unten gezählt.',
  privateDo: 'Wie das geprüft wird',
  back: 'Zurück',
  next: 'Weiter',
  done: 'Fertig',
  skip: 'Nicht mehr zeigen',
};
