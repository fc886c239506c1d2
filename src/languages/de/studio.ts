import type { Language } from '../catalogues';
import { plural } from '../numbers';

/** The studio. */
export const studio: Language['studio'] = {
  whatToMake: 'Was gemacht wird',
  generate: 'Erzeugen',
  addToQueue: 'In die Warteschlange',
  thereProblem: 'Es gibt ein Problem:',
  galleryOf: (count) => `Galerie ${count}`,
  automatic: 'Automatisch',
  automaticWhy: 'WebGPU, wo es läuft und seinen Selbsttest besteht',
  webgpuWhy: 'der Grafikprozessor: am schnellsten',
  wasmWhy: 'die CPU: langsamer, läuft überall',
  whereAndWhy: 'Wo das Modell läuft, und warum',
  loading: 'Wird geladen',
  noBackend: 'Kein Backend',
  whereHidden: ': wo das Modell läuft',
  whereModelRuns: 'Wo das Modell läuft',
  modelStillLoadingWhere: 'Das Modell wird noch geladen; wo es läuft, entscheidet sich danach.',
  modelNotLoaded: 'Das Modell ist nicht geladen.',
  checkConnectionAndTry: (message) =>
    `${message} Prüfen Sie die Verbindung und versuchen Sie es noch einmal.`,
  modelDrawsToMask:
    'Dieses Modell zeichnet nach einer Maske: Zeichnen, öffnen oder erzeugen Sie eine.',
  startFromImagePaint:
    'Von einem Bild ausgehen, einen Teil davon neu malen, skizzieren oder eine Maske zeichnen.',
  mask: 'Maske …',
  imageOrMask: 'Bild oder Maske …',
  sweepHint: 'Kovariaten, Seeds, Schritte, Guidance oder Modelle im Vergleich, als Raster.',
  sweep: 'Reihe …',
  prompts: 'Prompts: Verlauf …',
  noEffectMeasured: ' (keine Wirkung gemessen)',
  notAsked: 'nicht verlangt',
  slider: (title) => `${title} (Schieberegler)`,
  patientAndAcquisition: 'Patient und Aufnahme',
  alsoThoseNeverSeen: 'Auch die, die mit dieser Art von Bild nie vorkamen.',
  showAll: (n) => `Alle ${n} zeigen`,
  nothingToSetFor: (kind) => `Für ${kind} ist nichts einzustellen.`,
  nothingToSet: 'Für diese Art von Bild ist nichts einzustellen.',
  seedOf: (seed) => `Seed ${seed}`,
  imageOfSeed: (imageIndex) => `Bild ${imageIndex} des Seeds`,
  stepsOf: (count) => plural(count, { one: `${count} Schritt`, other: `${count} Schritte` }),
  guidanceOf: (scale) => `Guidance ${scale}`,
  timeOnDevice: (time, backend, device) => `${time} auf ${backend}, ${device}`,
  fillFormSoNext: 'Das Formular so ausfüllen, dass der nächste Druck dieses Bild wiederholt (u)',
  useTheseSettings: 'Einstellungen übernehmen',
  makeAnotherPicture: 'Aus diesem Bild oder einem Teil davon ein anderes machen',
  startFrom: 'Davon ausgehen',
  beforeAfter: 'Vorher / nachher',
  compareHint: 'Derselbe Prompt und Seed mit einem anderen Modell, nebeneinander',
  compare: 'Vergleichen …',
  compareVolumesHint: 'Dieses Volumen und ein anderes, nebeneinander an derselben Stelle',
  gridPicturePart: 'Das Raster, zu dem dieses Bild gehört',
  itsSweep: 'Seine Reihe',
  saveS: 'Speichern (s)',
  savePng: 'PNG speichern',
  volumeAndLabelMap: 'Das Volumen und seine Label-Karte, zwei NIfTI-Dateien auf einem Gitter',
  saveNiftiPair: 'NIfTI-Paar speichern',
  volumeAsDicomSeries:
    'Das Volumen als DICOM-Serie, seine Label-Karte als Segmentierung (SEG), in einem ZIP',
  saveTwice:
    'PNG in doppelter Größe speichern: interpoliert (Lanczos), ohne neue Einzelheiten; die Datei sagt es',
  saveDicom: 'DICOM speichern',
  deleteHint: 'Löschen (Entf); lässt sich rückgängig machen',
  deletePicture: 'Dieses Bild löschen',
  syntheticMadeOnDevice: 'Synthetisch · auf diesem Gerät gemacht · nichts wird hochgeladen',
  sampleMade: (title) => `Ein Beispiel von ${title}.`,
  pressGenerateForOwn:
    'Drücken Sie „Erzeugen“ für ein eigenes: Es entsteht auf diesem Gerät, und weder Ihre Worte noch Ihre ' +
    'Bilder verlassen es.',
  synthetic: 'Synthetisch',
  image: 'Bild',
  notForDiagnosis: (said) => `<strong>${said}</strong> · nicht zur Diagnose`,
  whatPictureShowsModel:
    'Was das Bild zeigt. Dieses Modell zeichnet eines davon und liest keine anderen Wörter.',
  label: 'Label',
  drawnInOneStep: (method) => `${method} · in einem Schritt gezeichnet`,
  pictureSoFar: 'Das Bild bis hierher',
  sampleShippedModelMade: 'Ein Beispiel, vom mitgelieferten Modell gemacht',
  pressGenerateToMake: 'Drücken Sie „Erzeugen“, um ein Bild zu machen.',
  examplesByModality: 'Beispiele nach Modalität',
  examplePromptToStart: (prompt) => `Ein Beispiel-Prompt für den Anfang: ${prompt}`,
  moreExamples: (modality) => `Mehr Beispiele: ${modality}`,
  whatPictureShowsModality:
    'Was das Bild zeigt: Modalität, Ansicht, Befunde. Fachwörter auf Englisch wirken am besten.',
  prompt: 'Prompt',
  negativePromptWhy:
    'Was das Bild nicht zeigen darf. Leer ist in Ordnung; braucht eine Guidance über 1.',
  negativePrompt: 'Negativer Prompt',
  nothing: 'nichts',
  fast: 'Schnell',
  best: 'Am besten',
  about: (steps, time) => `${steps}, etwa ${time}`,
  qualityWhy:
    'Wenige Schritte, oder viele mit Guidance. Das andere Modell wird beim ersten Gebrauch geladen; Ihre ' +
    'Eingaben bleiben.',
  qualityWhyReloads:
    'Wenige Schritte, oder viele mit Guidance. Die Seite lädt dafür neu und vergisst, was eingegeben ist.',
  quality: 'Qualität',
  numSteps: (count) => plural(count, { one: `${count} Schritt`, other: `${count} Schritte` }),
  pointAtControl: 'Zeigen Sie auf ein Feld, um zu lesen, was es bewirkt.',
  aboutOnDevice: (time) => `Etwa ${time} auf diesem Gerät.`,
  generateImages: (count) => `${count} Bilder erzeugen`,
  whereNoiseStartsSame:
    'Wo das Rauschen beginnt. Derselbe Seed mit denselben Einstellungen gibt wieder dasselbe Bild.',
  keepSeed: 'Diesen Seed behalten',
  newSeedForEach: 'Ein neuer Seed bei jedem Druck',
  sampling: 'Sampling',
  rollDiceAnotherSeed: 'Würfeln: ein anderer Seed',
  startsAtImage: (imageIndex) => `Beginnt bei Bild ${imageIndex} dieses Seeds`,
  startAtImage1: 'Bei Bild 1 beginnen',
  startAtImage1Name: 'Bei Bild 1 dieses Seeds beginnen',
  seed: 'Seed',
  steps: 'Schritte',
  stepsWhy: 'Wie oft das Bild verfeinert wird. Mehr ist langsamer und bald nicht besser.',
  guidance: 'Guidance',
  guidanceWhy:
    '1 = der Prompt allein, ohne Nachdruck; der negative Prompt braucht mehr als 1. Zu hoch wirkt hart.',
  rescale: 'Reskalierung',
  rescaleWhy:
    'Nimmt den Kontrast zurück, den Guidance hinzufügt. 0 = nichts; 0,7 ist üblich bei Modellen, die v vorhersagen.',
  count: 'Anzahl',
  countWhy: 'Wie viele Bilder ein Druck macht, jedes aus eigenem Rauschen desselben Seeds.',
  schedulerWhy: 'Die Regel für einen Schritt vom Rauschen zum Bild.',
  scheduler: 'Scheduler',
  saveAllSame: 'Trotzdem speichern?',
  fileSaysSoToo:
    'In der Datei steht es auch. Wer sie bekommt, sieht darin vielleicht einen echten Patienten: Speichern ' +
    'Sie sie nur, wo Sie die Quelle weitergeben dürfen.',
  doNotSave: 'Nicht speichern',
  save: (many) => `${many} speichern`,
  thesePictures: (count) =>
    plural(count, { one: `Dieses ${count} Bild`, other: `Diese ${count} Bilder` }),
  strength: 'Stärke',
  whatModelLearnt:
    'Was das Modell an Ihren eigenen Bildern gelernt hat; „Keine“ ist das Modell, wie es ist.',
  fineTuning: 'Feintuning',
  tunedModel: 'Abgestimmtes Modell',
  none: 'Keine',
  howMuchOfWhat: 'Wie viel vom Gelernten verwendet wird: 0 nichts davon, 1 alles, mehr übertreibt.',
  learntOnRelative:
    'An einem Verwandten dieses Modells gelernt; wie gut es sich überträgt, zeigt nur ein Blick.',
  learnedWord: (word) =>
    `Es hat ein Wort gelernt: Schreiben Sie <strong>${word}</strong> in den Prompt.`,
  drawn: (volumes) => `gezeichnet: ${volumes}`,
  modelSeen: (what, figures) =>
    `Das Modell folgt dem: Korrelation von Verlangtem und Gemessenem ${figures}. Gemessen durch: ${what}.`,
  modelNotSeen: (what, figures) =>
    `Dass das Modell dem folgt, war nicht zu sehen: Korrelation von Verlangtem und Gemessenem ${figures}. ` +
    `Gemessen durch: ${what}.`,
  effectFigures: (effect, low, high, n) => `${effect} (${low} bis ${high}), ${n} Bilder`,
  outsideSeen: (what, min, max) =>
    `${what} liegt außerhalb dessen, was das Modell gesehen hat (${min} bis ${max}): Was es dort zeichnet, ` +
    'bedeutet nichts.',
  sameSettingsMakeAnother: 'Dieselben Einstellungen geben jetzt ein anderes Bild.',
  pictureMade: (modelId, title, what) =>
    `Dieses Bild wurde von ${modelId} gemacht, und das Studio verwendet ${title}. ${what}`,
  pictureMadeByAnother: (title, version, what) =>
    `Dieses Bild wurde von einer anderen Version von ${title} als ${version} gemacht. ${what}`,
  howMuchNotMeasured: 'wie sehr, wurde nicht gemessen',
  repeatsImageFromOutside: (repeats) =>
    `Dies wiederholt das Bild von außen, aus dem es gemacht wurde: ${repeats}.`,
  suspectedToCopy: (method) => `Es steht im Verdacht, Kopie eines echten Bildes zu sein. ${method}`,
  savePurpose:
    'Fragt nach, bevor ein Bild gespeichert wird, das vielleicht nicht ist, was es scheint.',
};
