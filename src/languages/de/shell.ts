import type { Language } from '../catalogues';
import { plural } from '../numbers';

/** Header, footer and the app around the views. */
export const shell: Language['shell'] = {
  whatToMake: 'Was gemacht wird',
  gallery: 'Galerie',
  syntheticNotForDiagnosis: 'Synthetische Bilder · nicht zur Diagnose',
  requestsHint:
    'Anfragen dieser Seite, ihrer Worker und ihres Service Workers, seit sie geladen wurde. Drücken Sie, um ' +
    'es zu prüfen.',
  requests: ({ other, own, refused }) =>
    `Anfragen: ${other} an andere Hosts, ${own} an den eigenen${refused ? `, ${refused} verweigert` : ''}`,
  storage: 'Speicher',
  stored: (bytes) => `${bytes} gespeichert`,
  notReadyToWork: 'nicht bereit für den Betrieb offline',
  eraseEverything: 'Alles löschen',
  models: 'Modelle',
  weightsForSession: 'Gewichte bleiben nur für diese Sitzung',
  copyDiagnostics: 'Diagnosedaten kopieren',
  studio: 'Studio',
  projects: 'Projekte',
  dataSets: 'Datensätze',
  evaluate: 'Auswerten',
  fineTune: 'Feintuning',
  themeSystem: 'wie das System',
  themeDark: 'dunkel',
  themeLight: 'hell',
  views: 'Ansichten',
  imagesBeingMade: 'Bilder werden gemacht',
  modelBeingTuned: 'Das Modell wird abgestimmt',
  keyboardHint: 'Tastenkürzel (?)',
  keyboardShortcuts: 'Tastenkürzel',
  coloursPressFor: (now, next) => `Farben: ${now}. Drücken für ${next}.`,
  escapeKey: 'Esc',
  deleteKey: 'Entf',
  keyboard: 'Tastatur',
  whileYouInspectPicture: 'Während Sie ein Bild untersuchen',
  couldNotStart: 'Phantoscope konnte nicht starten',
  language: 'Sprache',
  languageNotFetched:
    'Diese Sprache konnte nicht geladen werden. Versuchen Sie es wieder, wenn der Server erreichbar ist.',
  newVersionReady: 'Eine neue Version ist bereit.',
  reloadWhenDone: 'Neu laden, wenn dies fertig ist',
  reload: 'Neu laden',
  reloadsOnceIdle: 'Die Seite lädt neu, sobald nichts mehr läuft.',
  notNow: 'Nicht jetzt',
  keyboardPurpose: 'Nennt die Tasten des Studios und des Betrachters.',
  help: 'Hilfe',
};

/** What the keys of the studio do, and why a model runs where it does. */
export const browser: Language['browser'] = {
  generate: 'Erzeugen',
  cancelOrCloseSheet: 'Abbrechen oder eine Leiste schließen',
  nextPictureOlder: 'Nächstes Bild (älter)',
  previousPictureNewer: 'Voriges Bild (neuer)',
  useSettingsOfPicture: 'Einstellungen dieses Bildes übernehmen',
  savePictureAsPng: 'Dieses Bild als PNG speichern',
  deletePicture: 'Dieses Bild löschen',
  undoDeletion: 'Löschen rückgängig machen',
  fitPictureToLight: 'Bild in den Leuchtkasten einpassen',
  oneScreenPixel: 'Ein Bildschirmpixel je Pixel',
  twoByTwoScreen: 'Zwei mal zwei Bildschirmpixel',
  threeByThreeScreen: 'Drei mal drei Bildschirmpixel',
  smoothOrHardPixels: 'Weiche oder harte Pixel',
  list: 'Diese Liste',
  reasons: {
    choseCpu: 'Sie haben die CPU gewählt.',
    choseWebGpu: 'Sie haben WebGPU gewählt.',
    fastest: 'WebGPU läuft hier am schnellsten.',
    noWebGpu:
      'Dieser Browser hat kein WebGPU, daher rechnet die CPU; ein aktueller Chrome, Edge oder Safari wäre schneller.',
    noAdapter:
      'WebGPU hat kein Grafikgerät gefunden, daher rechnet die CPU; vielleicht hilft es, in den Einstellungen des ' +
      'Browsers die Hardwarebeschleunigung einzuschalten.',
    deviceRefused:
      'Der Grafiktreiber hat kein Gerät geöffnet, daher rechnet die CPU; vielleicht hilft ein neuerer Treiber.',
    gpuLacks: (missing) =>
      `Diesem Grafikprozessor fehlt, was das Modell braucht: ${missing}. Daher rechnet die CPU.`,
    wrongNumbers: 'Das Grafikgerät hat im Selbsttest falsch gerechnet, daher rechnet die CPU.',
    cannotRun: 'Auf dem Grafikprozessor kann dieses Modell nicht laufen, daher rechnet die CPU.',
    stopped: 'Der Grafikprozessor hielt mitten im Lauf an, daher rechnet diesmal die CPU.',
    lostTwice: 'Das Grafikgerät ging zweimal verloren, daher rechnet die CPU.',
    lostForGood: 'Das Grafikgerät ging verloren und kam nicht wieder, daher rechnet die CPU.',
    smallNetwork: 'Netze, die Bilder ansehen, sind klein; sie laufen auf der CPU.',
  },
  notRecorded:
    'Aufgezeichnete Schritte wiederholt es nicht, daher dauert jeder Schritt länger, als er könnte.',
  notHalf:
    'Seine float16-Arithmetik hat den Selbsttest nicht bestanden, daher rechnet es in float32, was länger dauern ' +
    'kann; ein neuerer Browser oder Treiber hilft vielleicht.',
  buffersOf: (bytes, has) => `Puffer von ${bytes} Bytes (seine haben ${has})`,
};

/** How pictures are called, and the fields of layouts of nuclei. */
export const pictures: Language['pictures'] = {
  count: 'Anzahl',
  nucleiToPlace: 'Wie viele Zellkerne platziert werden.',
  size: 'Größe',
  medianDiameterInPixels: 'Mittlerer Durchmesser (Median) in Pixeln eines Bildes von 256.',
  spread: 'Streuung',
  howMuchSizesDiffer:
    'Wie sehr die Größen sich unterscheiden: 0 heißt alle gleich, 0,4 wie in Gewebe.',
  length: 'Länge',
  medianRatioOfLong: 'Mittleres Verhältnis (Median) der langen zur kurzen Achse; 1 ist rund.',
  clusters: 'Haufen',
  howManyLieBeside: 'Wie viele neben einem anderen liegen.',
  overlap: 'Überlappung',
  howMuchOfNucleus: 'Wie viel eines Zellkerns unter anderen liegen darf.',
  containsPartsOfSource: 'Enthält Teile eines Quellbildes',
  mayContainParts: 'Enthält vielleicht Teile eines Quellbildes',
  synthetic: 'Synthetisch',
  syntheticImage: 'Synthetisches Bild',
  imageWithSource: 'Bild, enthält Teile eines Quellbildes',
  imageOfUnknownSource: 'Bild, enthält vielleicht Teile eines Quellbildes',
  containParts: (count) =>
    `${plural(count, { one: `enthält ${count} Teile`, other: `enthalten ${count} Teile` })} eines Quellbildes`,
  nobodyKnows: (count) =>
    `von ${count} weiß niemand, ob ${plural(count, { one: 'es das auch tut', other: 'sie das auch tun' })} ` +
    '(von einer älteren Version gemacht)',
  and: ', und ',
};
