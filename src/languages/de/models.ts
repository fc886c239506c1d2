import type { Language } from '../catalogues';
import { plural } from '../numbers';

/** The list of models and the page for other hosts. */
export const models: Language['models'] = {
  notHereYet: 'noch nicht hier',
  inUse: ' · in Gebrauch',
  whatChanged: 'Was sich geändert hat',
  size: 'Größe',
  ofWhichHere: (bytes) => `, davon ${bytes} hier`,
  licence: 'Lizenz',
  hash: 'Hash',
  sha256OfManifestEntry: 'SHA-256 seines Manifest-Eintrags, der den jeder Datei enthält',
  installed: 'Installiert',
  lastUsed: (installedAt, lastUsedAt) => `${installedAt} · zuletzt verwendet: ${lastUsedAt}`,
  unverifiedNobodyPublishedHashes: (files) =>
    `Ungeprüft: Niemand hat Hashes veröffentlicht von ${files}. Was zuerst kam, gilt als richtig.`,
  starting: 'Beginnt',
  pause: 'Pause',
  cancel: 'Abbrechen',
  stop: 'Anhalten',
  useInStudio: 'Im Studio verwenden',
  verifyNow: 'Jetzt prüfen',
  export: 'Exportieren',
  delete: (bytes) => `Löschen (${bytes})`,
  resume: 'Fortsetzen',
  download: 'Herunterladen',
  fetchFromOnAnother: (host) => `Auf einer anderen Seite von ${host} laden`,
  dropWhatHere: 'Verwerfen, was hier ist',
  installedState: 'installiert',
  never: 'nie',
  noRoom: (title, bytes, free, way) =>
    `${title} braucht ${bytes} Speicher, ${free} sind frei: ${way}, oder wählen Sie ein kleineres Modell.`,
  deleteAnother: (title, bytes) => `Löschen Sie ${title} (${bytes})`,
  freeOnDisk: (bytes) => `Machen Sie ${bytes} auf der Platte frei`,
  wouldRunOnCpu: (missing) =>
    `Diesem Grafikprozessor fehlt, was das Modell braucht: ${missing}. Es würde auf der CPU laufen, langsam.`,
  tooMuchForCpu: (title, bytes, most) =>
    `${title} braucht ${bytes} Arbeitsspeicher, und die CPU kann ihm ${most} geben: Verwenden Sie ein Gerät mit ` +
    'einem Grafikprozessor, der dafür reicht, oder wählen Sie ein kleineres Modell.',
  littleMemory: (title, bytes, reported) =>
    `${title} braucht ${bytes} Arbeitsspeicher, und dieses Gerät meldet etwa ${reported}: Schließen Sie zuerst ` +
    'andere Programme, oder wählen Sie ein kleineres Modell.',
  models: 'Modelle',
  lookingAtWhatStored: 'Gespeichertes wird angesehen',
  addModelByHand: 'Ein Modell von Hand hinzufügen',
  openingPackage: 'Das Paket wird geöffnet',
  dropModelPackageHere:
    'Legen Sie hier ein Modellpaket ab: einen Ordner, seine Dateien oder ein ZIP. Kein Netz wird benutzt.',
  chooseZipOrFiles: 'ZIP oder Dateien wählen',
  chooseFolder: 'Ordner wählen',
  browserPromised:
    'Der Browser hat versprochen, den Speicher dieser Seite nicht von selbst zu leeren.',
  browserMayClearSites:
    'Der Browser darf den Speicher dieser Seite leeren, wenn die Platte voll wird.',
  askNotTo: 'Bitten, es nicht zu tun',
  mayNotFetch:
    'Diese Seite darf nicht von anderen Hosts laden. <link>Eine eigene Seite</link> darf es, und sie sieht ' +
    'Ihre Prompts und Bilder nicht.',
  modelsFromOtherHosts: 'Modelle von anderen Hosts',
  backToStudio: 'Zurück zum Studio',
  from: (bytes, host, licence) => `${bytes} von ${host} · ${licence}`,
  installedTitle: 'Installiert.',
  fetch: (title) => `${title} laden`,
  listStableDiffusionPackages: 'Stable-Diffusion-Pakete des Hugging Face Hub auflisten',
  listRivals: 'Bestehende Verfahren zum Vergleich auflisten',
  featureNetworks: 'Merkmalsnetze für die Auswertung',
  featureNetworksWhy:
    'Ein Bildmodell für transformers.js (DINOv2, CLIP, ViT …), mit der Adresse seines Ordners oder seiner Seite auf dem Hugging ' +
    'Face Hub. Es bleibt in diesem Browser; die Auswertung bietet es an, liest es und prüft seinen Hash, bevor es rechnet.',
  addressOfNetwork: 'Adresse des Ordners',
  fetchNetwork: 'Laden',
  fetchingFile: (path) => `${path} wird gesucht …`,
  removeNetwork: 'Entfernen',
  addressOfModelManifest: 'Adresse einer model-manifest.json',
  listModels: 'Ihre Modelle auflisten',
  mayFetch:
    'Diese Seite darf von jedem Host laden, damit Modelle von anderswo kommen können. Sie ist die einzige von Phantoscope, ' +
    'die das darf, und ihr Code öffnet keine Galerie, keinen Prompt und kein Bild. Was sie lädt, wird geprüft und in diesem ' +
    'Browser gespeichert.',
  isInstalled: (title) => `${title} ist installiert.`,
  deleted: (title) => `${title} ist gelöscht.`,
  wholeEveryByte: (title) => `${title} ist unversehrt: Jedes Byte ist wie bei der Installation.`,
  damagedAndDeleted: (damaged, what) => `Beschädigt und gelöscht: ${damaged}. ${what}`,
  damagedAndFetchedAgain: (damaged, title) =>
    `Beschädigt und neu geladen: ${damaged}. ${title} ist jetzt unversehrt.`,
  installedFromPackage: (what) => `Aus dem Paket installiert: ${what}.`,
  copiedInto: (title, folder) => `${title} ist nach ${folder} kopiert.`,
  savedAsZip: (title, modelId) => `${title} ist als ${modelId}.zip gespeichert.`,
  dropPackageHereAgain: 'Legen Sie das Paket noch einmal hier ab.',
  fetchModelAgain: (host) =>
    `Laden Sie das Modell noch einmal von ${host}, auf der Seite für andere Hosts.`,
  otherWeightsOf: 'andere Gewichte davon',
  versionBefore: (modelId, version, before) => `${modelId} (Version ${version}, vorher: ${before})`,
  modelsPurpose:
    'Zeigt die Modelle auf diesem Gerät; jedes kann benutzt, geprüft, geholt, gespeichert oder gelöscht werden.',
};

/** The page that measures a device. */
export const benchmark: Language['benchmark'] = {
  copied: 'Kopiert.',
  browserRefusedSaveFile: 'Der Browser hat es verweigert: Speichern Sie stattdessen die Datei.',
  howFastDevice: 'Wie schnell ist dieses Gerät?',
  backToStudio: 'Zurück zum Studio',
  model: 'Modell',
  runsOn: 'Läuft auf',
  whatBestHere: 'was hier am besten ist',
  cpuWasm: 'der CPU (wasm)',
  measure: 'Messen',
  measuring: 'Wird gemessen',
  onStepsGuidance: (modelId, backend, device, steps, guidance) =>
    `${modelId} auf ${backend}, ${device}: ${steps} Schritte, Guidance ${guidance}`,
  firstImage: 'erstes Bild',
  medianOf: (count) => `Median von ${count}`,
  textEncoder: 'Text-Encoder',
  oneStep: 'ein Schritt',
  vaeDecoder: 'VAE-Decoder',
  wholeImage: 'ganzes Bild',
  loading: 'Laden',
  withLatentsReadBack: (times) =>
    `Würden die Latents in jedem Schritt zurückgelesen, dauerte es ${times}-mal so lange.`,
  copyJson: 'JSON kopieren',
  saveJson: 'JSON speichern',
  makesFourImages:
    'Macht vier Bilder und misst die Zeit. Das Ergebnis bleibt auf dieser Seite, wenn Sie es nicht kopieren ' +
    'oder speichern; es enthält keinen Prompt und kein Bild.',
  wholeTook: (times) => `Das Ganze dauerte ${times}-mal so lange wie die Graphen allein.`,
};

/** The gallery. */
export const gallery: Language['gallery'] = {
  nothingOfSessionStored:
    'Nichts aus dieser Sitzung wird gespeichert: Speichern Sie, was Sie behalten wollen.',
  browserDeniesStorageSave:
    'Dieser Browser verweigert Speicher: Speichern Sie, was Sie behalten wollen.',
  sessionOnly: 'Nur diese Sitzung',
  pictureInMaking: 'Das Bild in Arbeit',
  seed: (seed) => `Seed ${seed}`,
  filterRateCompare: 'Alle filtern, bewerten, vergleichen und durchsehen',
  allPictures: (count) => `Alle ${count} Bilder`,
  lookThrough: 'Durchsehen',
  storedImagesLocked: 'Die gespeicherten Bilder sind gesperrt.',
  everyImageYouMake:
    'Jedes Bild, das Sie machen, ist hier zu sehen, bis diese Seite schließt, das neueste zuerst.',
  everyImageYouMakeKept:
    'Jedes Bild, das Sie machen, bleibt hier auf diesem Gerät, das neueste zuerst.',
  gallery: 'Galerie',
  exportAsZip: 'Als ZIP exportieren',
  whatSelected: (many) => `${many}: was ausgewählt ist.`,
  allShown: (many) => `${many}: alle, die zu sehen sind.`,
  picturesAs: 'Bilder als',
  notComparedWithReal: 'Nicht mit echten Bildern verglichen: Die Data Card sagt es.',
  ofTheseThey: (sources) => `Von diesen: ${sources}. Sie sind keine synthetischen Bilder.`,
  picturesWithSource: 'Bilder mit einer Quelle',
  chooseWhatBecomes: 'Wählen Sie, was aus ihnen wird',
  leaveTheseOut: (count) => `diese ${count} weglassen`,
  exportTheseAllSame: (count) =>
    `diese ${count} trotzdem exportieren, markiert in Dateien, Ordner, Labels und Data Card`,
  copyCheckOfCompared: (count, total) =>
    `Kopienprüfung: ${count} von ${total} verglichenen Bildern liegen verdächtig nahe an einem echten.`,
  suspectedCopies: 'Mutmaßliche Kopien',
  exportThemMarked: 'markiert exportieren',
  exportTheseAllSameMarked: (count) => `diese ${count} trotzdem exportieren, markiert`,
  export: 'Exportieren',
  files: (count, bytes) => `${count} Dateien, ${bytes}`,
  savedPictures: (count, bytes) =>
    `Gespeichert: ${plural(count, { one: `${count} Bild`, other: `${count} Bilder` })}, ${bytes}.`,
  stop: 'Anhalten',
  saveZip: 'ZIP speichern',
  whatIsInIt:
    'Mit Labels (CSV und JSONL), Masken, wo es welche gibt (PNG und COCO), Croissant-Metadaten, einer Data Card und dem ' +
    'SHA-256 jeder Datei.',
  pictures: (count) => plural(count, { one: `${count} Bild`, other: `${count} Bilder` }),
  exportPurpose: 'Speichert Bilder der Galerie als eine Datei.',
};

/** The painting surface. */
export const paint: Language['paint'] = {
  whatToPaintAnew: 'Was neu gemalt wird',
  instanceMask: 'Instanzmaske',
  sketch: 'Skizze',
  use: 'Verwenden',
  cancel: 'Abbrechen',
  drawingSurfaceArrowKeys:
    'Zeichenfläche: Pfeiltasten bewegen den Pinsel, die Leertaste malt, + und − zoomen',
  paintOnMaskStroke:
    'Malen. Ein Strich auf einer Instanz setzt diese fort, und einer daneben beginnt eine neue.',
  paintByDragging: 'Durch Ziehen malen.',
  takeAwayWhatPainted: 'Gemaltes wegnehmen.',
  dragFromCorner: 'Von Ecke zu Ecke ziehen.',
  clickForEachCorner: 'Ein Klick je Ecke; Enter oder ein Doppelklick schließt es.',
  zoom: 'Zoom',
  smaller: 'Kleiner (−)',
  zoomOut: 'Verkleinern',
  larger: 'Größer (+)',
  zoomIn: 'Vergrößern',
  wholePicture0: 'Das ganze Bild (0)',
  wholePicture: 'Das ganze Bild',
  tool: 'Werkzeug',
  tools: { brush: 'Pinsel', eraser: 'Radierer', ellipse: 'Ellipse', polygon: 'Polygon' },
  colour: 'Farbe',
  undoCtrlZ: 'Rückgängig (Strg Z)',
  undo: 'Rückgängig',
  redoCtrlShiftZ: 'Wiederholen (Strg Umschalt Z)',
  redo: 'Wiederholen',
  invert: 'Umkehren',
  clear: 'Leeren',
  closeShape: 'Form schließen',
  wheelZoomShift:
    'Rad: Zoom; Umschalttaste und Ziehen: verschieben. Tasten: Pfeile bewegen den Pinsel, die Leertaste ' +
    'malt, [ und ] ändern seine Größe, + und − zoomen, Enter schließt ein Polygon.',
  twoFingersZoom: 'Zwei Finger zoomen und verschieben.',
  size: 'Größe',
  instances: (count) => plural(count, { one: `${count} Instanz`, other: `${count} Instanzen` }),
  pixelsChange: (count) =>
    plural(count, { one: `${count} Pixel ändert sich`, other: `${count} Pixel ändern sich` }),
  labelMap: 'Label-Karte',
  labelSurface:
    'Das Volumen und seine Label-Karte in drei Ebenen: Pfeiltasten, Bild auf und Bild ab bewegen das Fadenkreuz, die Leertaste ' +
    'malt dort',
  erase: 'wegnehmen',
  keyOfPen: (pen) => `Taste ${pen}`,
  voxels: (count) => `${count} Voxel`,
  partIs: (part, mm3) => `${part} ${mm3} mm³`,
  labelKeys:
    'Ziehen auf einer Ebene malt. Tasten auf dem Bild: 1, 2 und 0 wählen den Stift, Pfeile, Bild auf und Bild ab bewegen, die ' +
    'Leertaste malt auf der axialen Ebene, [ und ] ändern die Größe, Strg Z nimmt zurück.',
  ofVolumeInView: 'Die des Volumens im Blick',
  purposes: {
    region: 'Was Sie markieren, wird neu gezeichnet; der Rest des Bildes bleibt, wie er ist.',
    mask: 'Das Bild wird zu der Maske gezeichnet, die hier entsteht.',
    sketch: 'Das Bild beginnt bei dem, was Sie hier zeichnen.',
    labels: 'Das Volumen wird zu der Label-Karte gezeichnet, die Sie hier ändern.',
  },
};
