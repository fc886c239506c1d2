import type { Language } from '../catalogues';
import { plural } from '../numbers';

/** The view that compares images. */
export const evaluate: Language['evaluate'] = {
  storedImagesLocked: 'Die gespeicherten Bilder sind gesperrt.',
  whatToCompare: 'Was verglichen wird',
  results: 'Ergebnisse',
  realisticVariedAndNobodys: 'Realistisch, vielfältig, und niemandes Kopie?',
  chooseSyntheticImages:
    'Wählen Sie synthetische Bilder und echte derselben Art. Sie werden auf diesem Gerät verglichen; kein ' +
    'Bild verlässt es.',
  howAlikeBothSets: 'wie ähnlich beide Mengen einem Netz erscheinen: 0 ist kein Unterschied',
  densityAndCoverage: 'Dichte und Abdeckung',
  whetherImagesLieWhere: 'ob Bilder dort liegen, wo echte liegen, und alle Arten davon erreichen',
  copies: 'Kopien',
  whichSyntheticImagesRepeat:
    'welche synthetischen Bilder ein echtes wiederholen, auch gespiegelt oder beschnitten',
  membership: 'Zugehörigkeit',
  whetherModelTellsImages: 'ob ein Modell seine Trainingsbilder von anderen unterscheidet',
  usefulness: 'Nutzen',
  whetherClassifierOrSegmenter:
    'ob ein Klassifikator oder Segmentierer echter Bilder durch die synthetischen gewinnt',
  readingWhatThere: 'Was es zu vergleichen gibt, wird gelesen …',
  compare: 'Vergleichen',
  syntheticImages: 'Synthetische Bilder',
  whatToJudged: 'Was beurteilt wird.',
  realImages: 'Echte Bilder',
  ofSameKindBest:
    'Von derselben Art, am besten die, an denen das Modell gelernt hat; Unterordner oder eine CSV nennen die Labels.',
  realImagesHeldOut: 'Echte Bilder, zurückgehalten (optional)',
  realImagesNoModel:
    'Echte Bilder, die kein Modell gesehen hat: Sie setzen die Schwelle für Kopien und prüfen die Klassifikatoren.',
  labelsFromCsvOptional: 'Labels aus einer CSV (optional)',
  chooseCsv: 'CSV wählen …',
  remove: 'Entfernen',
  csvOfLabels: 'CSV der Labels',
  chooseAgain: (what) =>
    `Die Seite wurde neu geladen. Wählen Sie erneut: ${what.join(' · ')}. Bilder für diesen Besuch und eigene ` +
    'Dateien werden nie aufbewahrt.',
  columnsFileLabel:
    'Spalten: file, label und, wo bekannt, patient, sex, age, view, skin_tone, prompt.',
  ofSyntheticImagesThey: (sources) =>
    `Von den synthetischen Bildern: ${sources}. Sie sind nicht synthetisch, und Zahlen, die sie mitzählen, ` +
    'würden dem Modell schmeicheln.',
  imagesWithSource: 'Bilder mit einer Quelle',
  chooseWhatBecomes: 'Wählen Sie, was aus ihnen wird',
  leaveTheseOut: (count) => `diese ${count} weglassen`,
  countTheseAsSynthetic: (count) => `diese ${count} als synthetisch zählen; der Bericht sagt es`,
  chooseTrainedOn: (title) =>
    `Die Bilder, mit denen „${title}“ trainiert wurde, sind nicht gespeichert. Wählen Sie ihren Ordner noch einmal, als die ` +
    'echten Bilder.',
  chooseSyntheticAndReal: 'Wählen Sie zuerst synthetische und echte Bilder.',
  cancel: 'Abbrechen',
  readerTestCanYou: 'Reader-Test: Sehen Sie es?',
  whatToLook: 'Wonach außerdem geschaut wird',
  lookForCopies: 'Nach Kopien suchen',
  trainClassifiersTakesLabels: 'Klassifikatoren trainieren (braucht Labels auf beiden Seiten)',
  alsoSmallNetwork: 'Auch ein kleines Netz von Grund auf (Minuten)',
  trainSegmentersTakesMasks: 'Segmentierer trainieren (braucht Masken auf beiden Seiten)',
  maskNameMaskPng:
    'Eine Maske ist NAME.mask.png oder masks/NAME.png neben ihrem Bild, oder masks/NAME.png zu ' +
    'images/NAME.png, wie Datensätze exportiert werden.',
  stepsOfEachTraining: 'Schritte je Training',
  membershipDoesModelKnow: 'Zugehörigkeit: Kennt ein Modell seine Trainingsbilder?',
  notTested: 'Nicht geprüft',
  whetherDenoisingLossLower:
    'Ob sein Verlust beim Entrauschen auf Trainingsbildern kleiner ist als auf zurückgehaltenen. Das Modell ' +
    'rechnet dafür 8-mal je Paar, bis zu 100 Paare.',
  imagesModelTrained: 'Bilder, an denen das Modell trainiert wurde',
  heldOutImagesAbove: 'Verglichen werden sie mit den zurückgehaltenen Bildern oben.',
  ownNetwork: 'Eigenes Merkmalsnetz (freiwillig)',
  chooseOrDropFolder: 'Ordner wählen oder hierher ziehen …',
  folderOfNetwork: 'Ordner eines Merkmalsnetzes',
  fetchedNetworks: 'Oder ein geladenes …',
  fetchNetworkElsewhere: 'Eines von einer Adresse laden, auf einer eigenen Seite',
  readingNetwork: 'Seine Dateien werden gelesen …',
  networkRead: (path, output, take, hash) =>
    `${path}, Ausgabe ${output} (${take}), SHA-256 ${hash}…`,
  takePooled: 'zusammengefasst',
  takeClassToken: 'Klassen-Token',
  takeMean: 'Mittelwert',
  networkLeads:
    'Den Bericht mit ihm beginnen; auch Kopien und Klassifikatoren richten sich nach ihm',
  ownNetworkWhy:
    'Ein Bildmodell für transformers.js (DINOv2, CLIP, ViT …), neben den Netzen dieser App. Es wird auf diesem Gerät ' +
    'gelesen; ein Ordner wird nicht gespeichert: Wählen Sie ihn beim nächsten Besuch wieder. Was es von einem Bild gesagt hat, bleibt.',
  comparing: 'Vergleich läuft',
  starting: 'Beginnt',
  none: 'Keine',
  folderFiles: (title, count) =>
    `Ordner: ${title} (${plural(count, { one: `${count} Datei`, other: `${count} Dateien` })})`,
  chooseFolder: (title) => `Ordner wählen: ${title}`,
  folder: (title) => `Ordner: ${title}`,
  titleReal: (title, count) =>
    `${title} (${plural(count, { one: `${count} echtes Bild`, other: `${count} echte Bilder` })})`,
  earlierComparisons: 'Frühere Vergleiche',
  deleteForGood: 'Endgültig löschen?',
  keep: 'Behalten',
  deleteNamed: (title) => `${title} löschen`,
  deleteIt: 'Löschen',
  labelsNoRealImage: 'Labels, die kein echtes Bild hat',
  sayWhichLabel:
    'Sagen Sie, welches Label der echten Bilder jedes von ihnen meint, und vergleichen Sie dann. Die übrigen ' +
    'bleiben eigene Labels.',
  meansNoneOfThem: 'meint keines davon',
  means: (real) => `meint ${real}`,
  compareVolumes: 'Volumen vergleichen',
  chooseRealVolumes: 'Echte Volumen wählen …',
  stop: 'Anhalten',
  filesOfRealVolumes: 'Dateien echter Volumen',
  comparingVolumes: 'Volumen werden verglichen',
  realVolumesWithLabel: (count, withLabels) =>
    `${count} echte Volumen, ${withLabels} mit einer Label-Karte.`,
  theyMarkedInGallery: 'Sie sind in der Galerie markiert, und ein Export fragt nach ihnen.',
  synthetic: 'synthetisch',
  real: 'echt',
  msSsimOfPairs: 'MS-SSIM von Paaren',
  askedAgainstDrawnVolumes: (part, count, spearman, meanError) =>
    `${part}, verlangt gegen gezeichnet, ${count} Volumen: Rangkorrelation ${spearman}, mittlerer Fehler ` +
    `${meanError}.`,
  volumesAgainstReal: (count, least) =>
    `${count} Volumen der Galerie gegen echte von Ihnen, NIfTI-Dateien, mindestens ${least}; NAME_label.nii.gz ist die ` +
    'Label-Karte von NAME.nii.gz. Keines wird gespeichert.',
  doVolumesHelp: 'Helfen sie einem Segmentierer?',
  volumesForSegmenters:
    'Trainiert ein kleines 3D-U-Net an echten Volumen, an synthetischen und an beiden; 40 % der echten mit Label-Karte bleiben ' +
    'für die Prüfung. Dauert viele Minuten; die Seite bleibt benutzbar.',
  trainOnVolumes: 'Segmentierer trainieren',
  saveFigures: 'Zahlen speichern (JSON)',
  gallery: 'Die Galerie',
  membershipTestNeedsImages:
    'Der Test auf Zugehörigkeit braucht Bilder, an denen das Modell trainiert wurde, und zurückgehaltene.',
  tuned: (title) => `Abgestimmt: ${title}`,
};

/** What a comparison found. */
export const results: Language['results'] = {
  allComparisons: 'Alle Vergleiche',
  whatComparisonSays: 'Was der Vergleich sagt',
  reportHtml: 'Bericht (HTML)',
  figuresJson: 'Zahlen (JSON)',
  name: 'Name',
  beside: 'Neben',
  noOtherComparison: 'keinem anderen Vergleich',
  table: 'Tabelle',
  nearestPairs: 'Die nächsten Paare',
  nearestPairsSyntheticLeft: 'Die nächsten Paare: links synthetisch, rechts echt',
  filesLeftOut: (count) =>
    plural(count, {
      one: `${count} Datei wurde weggelassen`,
      other: `${count} Dateien wurden weggelassen`,
    }),
  readerTest: 'Reader-Test',
  realOrSynthetic: 'Echt oder synthetisch?',
  close: 'Schließen',
  ofRightExact95: (right, n, score, low, high, verdict) =>
    `${right} von ${n} richtig: ${score} % (exakt 95 %: ${low} bis ${high} %). ${verdict}`,
  sForEachPicture: (seconds) => `${seconds} s je Bild.`,
  noPictureJudged: 'Kein Bild wurde beurteilt.',
  realOrSyntheticTitle: 'Echt oder synthetisch',
  pictureOf: (number, n) => `Bild ${number} von ${n}`,
  realR: 'Echt (R, ←)',
  syntheticS: 'Synthetisch (S, →)',
  stopHere: 'Hier aufhören',
  power: (trials) =>
    `So viele Bilder braucht es, um Sehen von Raten zu unterscheiden (Teststärke 80 %, Niveau 5 %): ${trials}.`,
  trialsAt: (trials, percent) => `${trials} bei jemandem, der zu ${percent} % richtig liegt`,
  sideBySide: 'Nebeneinander',
  tableCsv: 'Tabelle (CSV)',
  tableAndPlotHtml: 'Tabelle und Diagramm (HTML)',
  measure: 'Maß',
  byTheirIntervals: 'nach ihren Intervallen',
  oneCalledBetterOnly:
    'Eines wird nur dann besser genannt, wenn die beiden 95-%-Intervalle sich nicht überlappen. Keine ' +
    'Korrektur dafür, dass mehrere Maße betrachtet werden.',
  synthetic: 'synthetisch',
  copies: 'Kopien',
  usefulness: 'Nutzen',
  real: 'echt',
  loadingFeatureNetworks: 'Die Merkmalsnetze werden geladen',
  lookingAtImages: 'Die Bilder werden betrachtet',
  comparingFeatures: 'Merkmale werden verglichen',
  comparingImagesOfLabel: 'Bilder eines Labels werden verglichen',
  lookingForCopies: 'Kopien werden gesucht',
  askingModelForTraining: 'Das Modell wird nach seinen Trainingsbildern befragt',
  trainingClassifiers: 'Klassifikatoren werden trainiert',
  of: (done, total) => `${done} von ${total}`,
  ofImages: (done, total) => `${done} von ${total} Bildern`,
  leftInPart: (time) => `noch ${time} in diesem Teil`,
  syntheticRealHeldOut: (synthetic, real, holdout, names, seed, seconds) =>
    `${synthetic} synthetische, ${real} echte, ${holdout} zurückgehaltene · ${names} · Seed ${seed} · ${seconds}`,
  fidelityAndCoverage: (title) => `Treue und Abdeckung: ${title}`,
  densityAndCoverageOnEqual:
    'Dichte und Abdeckung bei gleicher Anzahl, k = 5; echt gegen echt ist, was schon der Zufall ergibt.',
  syntheticReal: 'synthetisch, echt',
  kid95: 'KID (95 %)',
  realAgainstReal: 'echt gegen echt',
  ofReal: 'von echten',
  allImages: 'alle Bilder',
  tooFew: 'zu wenige',
  floor: (floor) => `, Untergrenze ${floor}`,
  varietyWithinLabel: 'Vielfalt innerhalb eines Labels',
  msSsimOfPairsNearer:
    'MS-SSIM von Paaren: näher an 1, wo Bilder einander ähnlicher sind. FID wird ab 1.000 Bildern je Seite gezeigt.',
  distanceFrom: 'Abstand ab',
  realHeldOut: 'echt, zurückgehalten',
  membershipDoesModelKnowHint: 'Zugehörigkeit: Kennt das Modell seine Trainingsbilder?',
  shareOfNoise: 'Anteil Rauschen',
  auc95: 'AUC (95 %)',
  labelColumn: 'Label',
  density: 'Dichte',
  coverageColumn: 'Abdeckung',
  copiesNote: (found) =>
    `${found.count} synthetische Bilder (${found.rate}, 95 %: ${found.low} bis ${found.high}) liegen näher an einem echten ` +
    `Bild als ${found.threshold}; zum Vergleich ${found.numHeldOut} zurückgehaltene echte Bilder` +
    `${found.heldInTurn ? ' (reihum jedes, denn es wurden keine eigens zurückgehalten)' : ''}: ${found.heldOutRate}. ` +
    `Nach Merkmalen allein: ${found.featureRate} gegen ${found.featureHeldOutRate}. ${found.limit}`,
  syntheticRealOf: (synthetic, real) => `${synthetic} synthetische, ${real} echte`,
  kid: (kid) => `KID ${kid}`,
  coverage: (coverage) => `Abdeckung ${coverage}`,
  nearRealOne: (copies) => `${copies} nahe an einem echten`,
  linearHeadOnFrozen: 'Ein linearer Kopf auf eingefrorenen Merkmalen',
  smallNetworkTrained: 'Ein kleines Netz, von Grund auf trainiert',
  smallNetwork: ' (kleines Netz)',
  heldOutSet: 'der zurückgehaltenen Menge',
  n40OfRealPatients: '40 % der echten Patienten',
  usefulnessDoesClassifierGain: (which) => `Nutzen: Gewinnt ein Klassifikator?${which}`,
  testedOnRealImages: (classes, learner, numTest, from, seeds, numSynthetic) =>
    `${classes}. ${learner}, geprüft an ${numTest} echten Bildern (von ${from}), ${seeds} Seeds, mit ` +
    `${numSynthetic} synthetischen Bildern.`,
  realImagesWord: 'echte Bilder',
  balancedAccuracy: 'balancierte Genauigkeit',
  againstRealOnly: 'gegen nur echte',
  calibrationError: 'Kalibrierungsfehler',
  usefulnessInSubgroups: (which) => `Nutzen in Untergruppen${which}`,
  balancedAccuracyWithMost:
    'Balancierte Genauigkeit bei den meisten echten Trainingsbildern; unter 50 Testbildern wird nichts gesagt.',
  testImages: 'Testbilder',
  usefulnessDoesSegmenterGain: 'Nutzen: Gewinnt ein Segmentierer?',
  smallUNetTrained: (side, steps, numTest, from, seeds, numSynthetic) =>
    `Ein kleines U-Net, von Grund auf trainiert bei ${side} × ${side} Pixeln, ${steps} Schritte je Arm, ` +
    `geprüft an ${numTest} echten Bildern mit Masken (von ${from}), ${seeds} Seeds, mit ${numSynthetic} ` +
    'synthetischen Bildern. Instanzen gelten ab einer Überlappung von 0,5 als gefunden.',
  smallVolumeUNetTrained: (voxels, steps, numTest, seeds, numSynthetic) =>
    `Ein kleines 3D-U-Net, von Grund auf trainiert an Volumen von ${voxels} Voxeln, ${steps} Schritte je Arm, geprüft an ` +
    `${numTest} echten Volumen, ${seeds} Seeds, mit ${numSynthetic} synthetischen Volumen. Dice ist das Mittel beider Teile.`,
  realVolumesWord: 'echte Volumen',
  dice: 'Dice',
  f1OfInstances: 'F1 der Instanzen',
  againstRealOnlyF1: 'gegen nur echte (F1)',
  subgroup: 'Untergruppe',
  insufficient: 'zu wenige',
  arm: 'Arm',
  reference: 'Referenz',
  arms: {
    real: 'echt',
    synthetic: 'synthetisch',
    mixed: 'gemischt',
    'synthetic then real': 'synthetisch, dann echt',
  },
  verdicts: {
    higher: 'höher',
    lower: 'niedriger',
    'not distinguishable': 'nicht unterscheidbar',
  },
  inCubicMm: (part) => `${part}, in mm³`,
  surface: 'Oberfläche, mm²',
  shareOf: (part) => `Anteil: ${part}`,
  ofNearerToReal: (sides, count, n) =>
    `${sides} ${count} von ${n} liegen näher an einem echten Volumen, als echte es meist untereinander tun.`,
  ofSuspectedOfBeing: (count, n, low, high, realShare) =>
    `${count} von ${n} stehen im Verdacht, Kopien zu sein (${low} bis ${high}); von den echten liegen ` +
    `${realShare} ebenso nahe an einem anderen.`,
  youCanTellThem: 'Sie können sie unterscheiden.',
  youTookRealOnes: 'Sie hielten echte für synthetisch und umgekehrt.',
  notDistinguishableFromGuessing: 'Bei so vielen Versuchen nicht von Raten zu unterscheiden.',
  interval: (value, low, high) => `${value} (${low} bis ${high})`,
};
