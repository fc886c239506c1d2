import type { Language } from '../catalogues';
import { plural } from '../numbers';

/** Images, masks and sweeps in the studio. */
export const conditions: Language['conditions'] = {
  after: 'Nachher',
  before: 'Vorher',
  beforeWord: 'vorher',
  afterWord: 'nachher',
  beforeAndAfterHow: 'Vorher und nachher: wie viel vom Bild vorher zu sehen ist, in Prozent',
  noImageEncoder: (title) =>
    `${title} hat keinen Bild-Encoder und kann nicht von einem Bild ausgehen. Wählen Sie ein Modell, das einen hat.`,
  imageToStartFrom: 'Ausgangsbild',
  imageToStart: 'Das Ausgangsbild',
  another: 'Ein anderes',
  chooseFile: 'Datei wählen',
  useImage: 'Dieses Bild verwenden',
  paintOn: 'Darauf malen',
  sketch: 'Skizze',
  remove: 'Entfernen',
  fileOfImage: 'Datei des Ausgangsbildes',
  readingFile: 'Die Datei wird gelesen …',
  instanceMaskNotFor: (kind) => `Instanzmaske: nicht für ${kind}`,
  whatYouPainted: 'Was Sie gemalt haben, wurde nicht verwendet.',
  goOnWith: 'Damit weitermachen',
  startFromVolume: 'Von einem Volumen ausgehen',
  startFromImage: 'Von einem Bild ausgehen',
  dropVolume:
    'Oder legen Sie eines irgendwo hier ab: ein Volumen als NIfTI, gebracht auf Abstand und Größe des Modells.',
  dropImage:
    'Oder legen Sie eines irgendwo hier ab, oder fügen Sie es ein. PNG, JPEG, WebP, DICOM, NIfTI.',
  labelMap: 'Label-Karte',
  labelMapIs: (words) => `Label-Karte: ${words}`,
  openNifti: 'Ein NIfTI öffnen',
  fileOfLabelMap: 'Datei der Label-Karte',
  drawsToLabelMap: (labels) =>
    `Zeichnet das Bild nach Ihrer Label-Karte, einem NIfTI: ${labels}. Anstelle eines Ausgangsvolumens.`,
  instanceMask: 'Instanzmaske',
  takesNoMaskChoose: (title) =>
    `${title} nimmt keine Maske. Wählen Sie ein Modell, das eine nimmt.`,
  instances: (count) => plural(count, { one: `${count} Instanz`, other: `${count} Instanzen` }),
  changeByHand: 'Von Hand ändern',
  draw: 'Zeichnen …',
  openPng: 'Ein PNG öffnen',
  maskFileHolds: 'Eine Maskendatei enthält',
  numberForEachInstance: 'eine Zahl je Instanz',
  fileOfInstanceMask: 'Datei der Instanzmaske',
  generateLayout: 'Anordnung erzeugen',
  seed: 'Seed',
  sameSeedAndSettings: 'Derselbe Seed mit denselben Einstellungen gibt dieselbe Anordnung.',
  makeMask: 'Maske machen',
  anotherSeed: 'Anderer Seed',
  like: (stain) => `Wie ${stain}`,
  whereEachLies: (classes, kinds) => `Wo jedes ${classes.join(' oder ')} liegt; für ${kinds}.`,
  classes: (names) => `Klassen: ${names}`,
  theInstanceMask: 'Die Instanzmaske',
  strength: 'Stärke',
  howMuchOfVolume:
    'Wie viel vom Volumen vergessen wird: 0 behält es und zeichnet nur seine Label-Karte, 1 behält nichts.',
  howMuchOfImage:
    'Wie viel vom Bild vergessen wird: 0 behält es (einmal durch den Encoder und zurück), 1 behält nichts.',
  mayChangeInLabel: (steps) =>
    `Es darf sich in ${steps} ändern; seine Label-Karte wird in allen gezeichnet.`,
  runsMoreStepsMake: (steps) => `Rechnet ${steps}. Mehr Schritte machen die Stärke feiner.`,
  howVolumeCutAcross:
    'Wie das Volumen geschnitten wird: quer zum Körper, von vorn nach hinten oder von Seite zu Seite.',
  plane: 'Ebene',
  planes: { axial: 'axial', coronal: 'koronal', sagittal: 'sagittal' },
  volume: 'Volumen',
  slice: 'Schicht',
  whichOneOfFile: 'Welches der Datei verwendet wird, ab 0.',
  howImageOfAnother: 'Wie ein Bild anderer Form auf die des Modells gebracht wird.',
  fit: 'Einpassen',
  fillCutRest: 'füllen, den Rest abschneiden',
  wholeBlackAround: 'ganz, außen schwarz',
  onlyWhatYouPaint: 'Nur was Sie übermalen, ändert sich; alles andere behält genau seine Pixel.',
  changeRegion: 'Bereich ändern',
  paintPartAnew: 'Einen Teil neu malen …',
  wholeImage: 'Ganzes Bild',
  feather: 'Weiche Kante',
  pixelsOverWhichNew: 'Über wie viele Pixel Neues in Altes übergeht, innerhalb des Bereichs.',
  pictureMadeHereWhat: 'Ein hier gemachtes Bild: Was daraus wird, zählt als synthetisch.',
  drawnHereWhatMade: 'Hier gezeichnet: Was daraus wird, enthält kein Bild von außen.',
  madeByVersionDid:
    'Von einer Version gemacht, die nicht vermerkte, woraus: Bilder daraus sagen, dass sie vielleicht Teile ' +
    'eines Quellbildes enthalten.',
  fromOutsidePicturesMade:
    'Von außen: Bilder daraus sagen, dass sie Teile eines Quellbildes enthalten, und zählen nie als synthetisch.',
  thenDicomFileMade:
    'Dann verweist eine daraus gemachte DICOM-Datei mit der UID auf die Quelle, was zum Patienten führen kann.',
  nameSourcesUid: 'Die UID der Quelle in DICOM-Dateien nennen',
  sourceStays:
    'Die Quelle selbst bleibt im Arbeitsspeicher dieser Seite; <strong>was daraus gemacht wird, wird gespeichert</strong>, in ' +
    'der Galerie, mit allem, was es von der Quelle noch zeigt, und behält einen Hash der Quelle.',
  pictureNoBefore: 'Dieses Bild hat auf dieser Seite kein „Vorher“.',
  backToPicture: 'Zurück zum Bild',
  from: (title) => `${title} von`,
  start: 'Von',
  startIn: (unit) => `Von (${unit})`,
  to: 'Bis',
  toName: (title) => `${title} bis`,
  numberOfValues: (title) => `${title}: Anzahl der Werte`,
  values: 'Werte',
  nothing: 'nichts',
  sweepTitle: 'Reihe',
  sweepWhy:
    'Ein Raster entlang von Kovariaten, Seeds, Schritten, Guidance oder Modellen, einem oder zweien davon; jedes Bild kommt in die Galerie.',
  seedAxis: 'Seed',
  stepsAxis: 'Schritte',
  guidanceAxis: 'Guidance',
  modelAxis: 'Modell',
  modelsOf: (title) => `${title}: Modelle`,
  offerAll: (count) => `Alle ${count} Kovariaten anbieten`,
  across: 'Waagrecht',
  down: 'Senkrecht',
  makeImages: (count) => `${count} Bilder machen`,
  showGrid: 'Raster zeigen',
  makeMissing: (count) => `Die fehlenden ${count} machen`,
  saveGrid: 'Raster speichern',
  notMade: 'nicht gemacht',
  sweepState: (seed, axes, done, total) =>
    `${seed === null ? '' : `Seed ${seed} · `}${axes} · ${done} von ${total}`,
  deleted: 'gelöscht',
  ofSteps: (numRun, numSteps) => `${numRun} von ${numSteps} Schritten`,
  pictureStartedFromImage:
    'Dieses Bild ging von einem Bild aus, das nicht aufbewahrt wird. Wählen Sie es noch einmal.',
  chooseCovariate: 'Wählen Sie, woran entlang das Raster läuft.',
  chooseTwoDifferentCovariates:
    'Waagrecht und senkrecht ist dasselbe. Wählen Sie zwei verschiedene.',
  expectedRangeWithin: (title, min, max, from, to) =>
    `${title}: erwartet wird ein Bereich innerhalb von ${min} bis ${max}, es steht da ${from} bis ${to}.`,
  expectedModels: (most, count) => `Wählen Sie 2 bis ${most} Modelle (jetzt ${count}).`,
  modelCannot: (model, title) =>
    `${model} kann nicht entlang von ${title} laufen. Lassen Sie es weg, oder wählen Sie etwas anderes.`,
  expected2ToValues: (title, most, count) =>
    `${title}: erwartet werden 2 bis ${most} Werte, es steht da ${count}.`,
};
