import type { Language } from '../catalogues';
import { plural } from '../numbers';

const images = (count: number) => plural(count, { one: `${count} Bild`, other: `${count} Bilder` });

/** The view of fine-tuning. */
export const finetune: Language['finetune'] = {
  details: 'Einzelheiten',
  model: 'Modell',
  nameOfResult: 'Name des Ergebnisses',
  minutes: 'Minuten',
  stepsEmptyAsMany: 'Schritte (leer: so viele wie hineinpassen)',
  rankNumbersEachLayer: 'Rang: Zahlen, die jede Schicht lernen darf',
  learningRate: 'Lernrate',
  imagesStep: 'Bilder je Schritt',
  ofThoseBaseModels: 'Davon eigene Beispiele des Grundmodells',
  newWordToLearn: 'Ein neues Wort zum Lernen (leer: keines)',
  exampleWord: 'zq1',
  seed: 'Seed',
  shape: 'Form',
  cutLongerSide: 'Die längere Seite beschneiden',
  addBlack: 'Schwarz ergänzen',
  fineTune: 'Feintuning',
  images: 'Bilder',
  imagesOf: images,
  chooseFolder: 'Ordner wählen …',
  folderOfImages: 'Ordner mit Bildern zum Training',
  captions: 'Bildtexte',
  oneForAllImages: 'Einer für alle Bilder',
  oneForAll: 'Einer für alle, und der Unterordner',
  fromFilesNames: 'Aus den Dateinamen',
  fromCsv: 'Aus einer CSV',
  chooseCsv: 'CSV wählen …',
  csvOfCaptions: 'CSV der Bildtexte',
  columnsFileCaption: 'Spalten: file, caption, und Kovariaten mit ihren Namen.',
  caption: 'Bildtext',
  captionWhereThereNone: 'Bildtext, wo es keinen gibt',
  kneeMriSagittal: 'knee MRI, sagittal',
  howLong: 'Wie lange',
  neverWhereLeft: 'Nie, wo links und rechts verschieden sind: nicht bei Thorax, Händen, Herz.',
  startTraining: 'Training starten',
  mirrorToo: 'Bilder auch spiegeln',
  imagesHelp: (min, max) =>
    `${min} bis ${max} Bilder; 20 lehren ein Aussehen, 100 eine Modalität. PNG, JPEG, WebP, DICOM oder ` +
    'NIfTI, oder legen Sie sie hier ab.',
  presets: {
    short: {
      title: '5 Minuten',
      help: 'Um zu sehen, ob es überhaupt geht: wenige Schritte, zwei Beispiele auf einmal.',
    },
    medium: {
      title: '30 Minuten',
      help: 'Für ein Aussehen oder eine Modalität, die das Modell halb kennt.',
    },
    long: {
      title: 'Über Nacht',
      help:
        'Für etwas Neues. Hört von selbst auf, wenn zurückgehaltene Bilder nicht mehr gewinnen, und behält die ' +
        'eigenen Beispiele des Grundmodells im Sinn.',
    },
  },
  samplesAndImagesNearest: 'Beispiele und die ihnen nächsten Bilder',
  samplesOfLeftImage: (title) => `Links Beispiele von „${title}“, rechts das nächste Trainingsbild`,
  copies: (words) => `Kopien: ${words}`,
  pairsKept:
    'Die Paare bleiben verschlüsselt beim abgestimmten Modell. Wird die Verschlüsselung ausgeschaltet, liegen sie lesbar ' +
    'auf diesem Rechner, wie alles andere auch.',
  pairsForVisit:
    'Trainingsbilder werden gezeigt, bis die Seite geschlossen wird, und nicht gespeichert: Gespeicherte Bilder sind hier ' +
    'nicht verschlüsselt. Es bleiben die Beispiele, und wie nahe jedes kam.',
  pairsWithoutReal:
    'Die Trainingsbilder wurden nicht gespeichert, denn gespeicherte Bilder waren nicht verschlüsselt: Zu sehen waren sie ' +
    'nur in dem Besuch, der trainierte.',
  notStored: 'nicht gespeichert',
  pausingAfterStep: 'Pause nach diesem Schritt …',
  pause: 'Pause',
  resumeAfterStep: (step) => `Nach Schritt ${step} fortsetzen`,
  start: 'Start',
  keepAs: 'Behalten, wie es ist',
  deleteRun: 'Diesen Lauf löschen',
  back: 'Zurück',
  cancel: 'Abbrechen …',
  timeLeft: (left, secondsPerStep, energy) =>
    `noch ${left} · ${secondsPerStep} s je Schritt · ${energy}`,
  starting: 'Beginnt …',
  stoppedAfterStep: (step) => `Nach Schritt ${step} angehalten.`,
  notBegun: 'Nicht begonnen.',
  imagesCouldNotRead: (count) =>
    plural(count, {
      one: `${count} Bild konnte nicht gelesen werden und wurde weggelassen`,
      other: `${count} Bilder konnten nicht gelesen werden und wurden weggelassen`,
    }),
  loss: 'Verlust',
  heldOutLoss: 'Verlust auf zurückgehaltenen',
  copiesOfTrainingImages: 'Kopien von Trainingsbildern',
  lookedForAtEnd: 'werden am Ende gesucht',
  samplesAfterStep: (step) => `Beispiele nach Schritt ${step}`,
  afterStep: (step) => `Nach Schritt ${step}`,
  sample: (prompt) => `Beispiel: ${prompt}`,
  storedModelsLocked: 'Die gespeicherten Modelle sind gesperrt.',
  whatToTrainOn: 'Woran trainiert wird',
  trainingAndResults: 'Training und Ergebnisse',
  teachModelYourOwn: 'Lehren Sie das Modell Ihre eigenen Bilder',
  fineTuningShowsModel:
    'Das Feintuning zeigt dem Modell 4 bis 2.000 Bilder und lernt dazu eine kleine Datei von Faktoren. ' +
    'Es läuft auf diesem Gerät; kein Bild verlässt es. Was dabei herauskommt, wiederholt vielleicht, was ' +
    'ihm gezeigt wurde; darum wird es wie Patientendaten aufbewahrt und behandelt.',
  readingWhatTrainedBefore: 'Frühere Trainings werden gelesen …',
  import: 'Importieren …',
  fileOfTunedModel: 'Datei eines abgestimmten Modells',
  nothingOfSessionStored:
    'Nichts aus dieser Sitzung wird gespeichert: Exportieren Sie ein abgestimmtes Modell, bevor die Seite schließt.',
  useInStudio: 'Im Studio verwenden',
  evaluateThis: 'Dieses auswerten',
  makeMany: (count) => `${count} damit machen`,
  results: 'Ergebnisse',
  resultsOf: (title) => `Ergebnisse von ${title}`,
  allTuned: 'Alle abgestimmten Modelle',
  noResultsImported: 'Es wurde importiert: Was sein Training zeigte, steht nicht in der Datei.',
  noResultsOlder:
    'Es entstand, bevor solche Ergebnisse aufbewahrt wurden: Von seinem Lauf ist nicht mehr zu zeigen.',
  whatLearned: 'Was es gelernt hat',
  whatForgot: 'Was es vergessen hat',
  heldOutFirst: (step) => `Loss der zurückgehaltenen Bilder nach Schritt ${step}`,
  heldOutBest: (step) => `kleinster, nach Schritt ${step}`,
  heldOutLast: (step) => `am Ende, nach Schritt ${step}`,
  heldOutCount: 'Zurückgehaltene Bilder',
  imagesTrainedOn: 'Bilder im Training',
  learnedLess: (percent) => `Bestenfalls ${percent} niedriger als bei der ersten Messung.`,
  learnedNothing:
    'Nicht niedriger als bei der ersten Messung: Zurückgehaltene Bilder haben nichts gewonnen.',
  notMeasured:
    'Kein Bild wurde zurückgehalten, oder der Lauf wurde vor der ersten Messung beendet.',
  forgotPrior: (rows, batch, samples) =>
    `${rows} von ${batch} Zeilen jedes Stapels waren die ${samples} eigenen Bilder des Grundmodells, damit es sie behält.`,
  forgotNotMeasured: 'Was es vergessen hat, wurde in diesem Lauf nicht gemessen.',
  forgotMore: (percent) =>
    `Bei Bildern, die das Grundmodell selbst zeichnet, stieg der Verlust um ${percent}: je mehr, desto mehr ist vergessen. ` +
    'Links in jedem Paar, was das Grundmodell zeichnet, rechts, was dieses aus demselben Rauschen zeichnet.',
  forgotNothing:
    'Bei Bildern, die das Grundmodell selbst zeichnet, stieg der Verlust nicht: Nichts zeigt, dass es vergessen hat. Links in ' +
    'jedem Paar, was das Grundmodell zeichnet, rechts, was dieses aus demselben Rauschen zeichnet.',
  forgotBefore: 'Verlust vorher',
  forgotAfter: 'Verlust nachher',
  byBaseModel: (prompt) => `Vom Grundmodell: ${prompt}`,
  byTunedModel: (prompt) => `Vom abgestimmten Modell: ${prompt}`,
  lookingWhatForgot: (n, of) => `Was es vergessen hat: Bild ${n} von ${of}`,
  curves: 'Kurven',
  samplesOverTime: 'Beispiele über die Zeit, die letzten zuerst',
  settingsOfRun: 'Einstellungen dieses Laufs',
  captionsOfRun: (n) => plural(n, { one: `${n} Bildtext`, other: `${n} verschiedene Bildtexte` }),
  captionTimes: (caption, count) => `${caption} (${count})`,
  heldOutShare: 'Zurückgehaltener Anteil',
  averageDecay: 'Abklingen des gleitenden Mittels',
  weightDecay: 'Weight Decay',
  warmUpSteps: 'Schritte zum Aufwärmen',
  maxGradientNorm: 'Größte Norm des Gradienten',
  patience: 'Messungen ohne Gewinn, nach denen es aufhört',
  sampleSteps: 'Schritte eines Beispiels',
  evaluateEvery: 'Schritte zwischen Messungen',
  timeTraining: 'Zeit in Schritten',
  mirrored: 'Auch gespiegelte Bilder',
  stepsPlanned: 'Geplante Schritte',
  yes: 'ja',
  no: 'nein',
  never: 'nie',
  recipeTitle: (title, count) => `${title}: ${count} Bilder`,
  forAnotherModelThan: 'Für ein anderes Modell als das des Studios.',
  export: 'Exportieren',
  exportName: (title) => `${title} exportieren`,
  deleteNamed: (title) => `${title} löschen`,
  noneYet: 'Noch keines.',
  exportTunedModel: 'Ein abgestimmtes Modell exportieren',
  deleteTunedModel: 'Ein abgestimmtes Modell löschen',
  theseFactorsLearnt:
    'Diese Faktoren wurden an Ihren Bildern gelernt, und mit ihnen lassen sich Bilder machen, die diese ' +
    'wiederholen. Die Datei ist nicht verschlüsselt: Behandeln Sie sie wie die Bilder selbst.',
  cannotBroughtBackImages: (title) =>
    `„${title}“ lässt sich nicht zurückholen. Damit gemachte Bilder bleiben.`,
  saveFile: 'Datei speichern',
  cancelTitle: 'Abbrechen',
  tunedModels: 'Abgestimmte Modelle',
  deleteIt: 'Löschen',
  sampleOf: (title) => `Ein Beispiel von ${title}`,
  loadingModel: 'Das Modell wird geladen',
  readingImageOf: (number, total) => `Bild ${number} von ${total} wird gelesen`,
  makingBaseModelsOwn: (number, total) =>
    `Eigene Beispiele des Grundmodells werden gemacht: ${number} von ${total}`,
  measuringHowFastDevice: 'Die Geschwindigkeit dieses Geräts wird gemessen',
  stepOf: (step, numSteps) => `Schritt ${step} von ${numSteps}`,
  makingSampleOf: (number, total) => `Beispiel ${number} von ${total} wird gemacht`,
  comparingSamplesWithImages: 'Beispiele werden mit den Trainingsbildern verglichen',
  aboutWhAtW: (amount, watts) => `etwa ${amount} Wh bei ${watts} W`,
  makePictures:
    'Machen Sie damit Bilder und vergleichen Sie sie unter „Auswerten“ mit diesen Bildern.',
  notCompared: (byHand) => `nicht verglichen. ${byHand}`,
  notComparedOf: (refusal, byHand) => `nicht verglichen: ${refusal} ${byHand}`,
  shownTimesInAll: (times) => `insgesamt ${times}-mal gezeigt`,
  steps: (count) => plural(count, { one: `${count} Schritt`, other: `${count} Schritte` }),
  rank: (rank) => `Rang ${rank}`,
  newWord: (word) => `neues Wort „${word}“`,
  copiesAmongSamples: (words) => `Kopien unter seinen Beispielen: ${words}`,
  imported: 'importiert',
  noModelOfSite: 'Kein Modell dieser Seite taugt zum Feintuning.',
  chooseFolderOfImages: 'Wählen Sie einen Ordner mit Bildern.',
  expectedToImagesGot: (min, max, count) =>
    `Erwartet werden ${min} bis ${max} Bilder, es sind ${count}.`,
  imagesNoCaptionWrite: (count) =>
    plural(count, {
      one: `${count} Bild hat keinen Bildtext: Schreiben Sie einen für alle.`,
      other: `${count} Bilder haben keinen Bildtext: Schreiben Sie einen für alle.`,
    }),
  myImages: 'Meine Bilder',
  trainingMeanOfSteps: (size) => `Training (Mittel über ${size} Schritte)`,
  heldOutImages: 'zurückgehaltene Bilder',
  lossOverSteps: 'Verlust über die Schritte',
  training: 'Training',
  asSeen: (count) => `${images(count)}, wie das Modell sie sehen wird`,
  firstAsSeen: (count, first) =>
    `${images(count)}, die ersten ${first}, wie das Modell sie sehen wird`,
  noCaption: '(kein Bildtext)',
  exportPurpose: 'Speichert das Gelernte als Datei, die ein anderer Browser öffnen kann.',
  deletePurpose: 'Entfernt das Gelernte von diesem Gerät.',
};
