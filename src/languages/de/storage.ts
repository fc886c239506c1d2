import type { Language } from '../catalogues';
import { plural } from '../numbers';

/** What is stored, encrypted, erased and kept offline. */
export const storage: Language['storage'] = {
  copied: 'Kopiert.',
  browserRefusedSelectText:
    'Der Browser hat es verweigert: Markieren Sie den Text und kopieren Sie ihn von Hand.',
  diagnostics: 'Diagnosedaten',
  safeToShareHolds: 'Unbedenklich weiterzugeben: ohne Prompt und ohne Bild, auf Englisch.',
  copy: 'Kopieren',
  measureDevice: 'Dieses Gerät messen',
  encryptionOfStoredImages: 'Verschlüsselung gespeicherter Bilder',
  encryptAllAndTurn: 'Alle Bilder verschlüsseln und einschalten',
  turnOnEncryption: 'Verschlüsselung einschalten …',
  onImagesPrompts:
    'An: Bilder, Prompts und Einstellungen jedes Bildes sind verschlüsselt gespeichert. Wie viele es sind ' +
    'und wie groß, ist auf der Platte weiter zu sehen.',
  lockAfter: 'Sperren nach',
  changePassphrase: 'Passphrase ändern',
  decryptAllAndStore:
    'Alle Bilder, auch die der Datensätze, entschlüsseln und im Klartext speichern?',
  decryptAndTurnOff: 'Entschlüsseln und ausschalten',
  cancel: 'Abbrechen',
  lockNow: 'Jetzt sperren',
  changeThePassphrase: 'Passphrase ändern …',
  turnOff: 'Ausschalten …',
  encryptionOff:
    'Aus: Wer dieses Browserprofil benutzt oder diese Platte liest, sieht Ihre Bilder und Prompts. Mit einer Passphrase ' +
    'werden beide verschlüsselt gespeichert (AES-GCM 256). Sie wird bei jedem Start verlangt und nirgends aufbewahrt: ' +
    '<strong>Ist sie vergessen, sind die Bilder verloren.</strong> Starten Sie danach den Browser neu, damit er entfernt, ' +
    'was er vorher gespeichert hatte; eine Platte behält gelöschte Dateien vielleicht länger.',
  eraseEverything: 'Alles löschen',
  eraseWhat:
    'Alles, was diese Seite in diesem Browser gespeichert hat: Bilder, Prompts, Modellgewichte, Einstellungen und die App ' +
    'selbst. <strong>Es gibt kein Zurück.</strong> Andere Tabs der App halten an.',
  typeToGoOn: (word) => `Geben Sie <strong>${word}</strong> ein, um fortzufahren`,
  everythingErasedFromAnother: 'Alles wurde von einem anderen Tab aus gelöscht',
  tabStoppedAndKeeps: 'Dieser Tab hat angehalten und behält nichts. Was er zeigte, ist weg.',
  erasing: 'Wird gelöscht …',
  thingsSoFar: (count) => `Bisher ${count}.`,
  erasingName: 'Löschen',
  everythingErased: 'Alles ist gelöscht',
  thingsErasedFreshLook: (count) =>
    `Gelöscht: ${count}. Ein erneuter Blick hat nichts mehr gefunden.`,
  notEverythingErased: 'Nicht alles ist gelöscht',
  thingsErasedFreshLookFound: (count) =>
    `Gelöscht: ${count}. Ein erneuter Blick hat dies gefunden:`,
  whatDidNotWork: 'Was nicht ging',
  notWithinPagesReach:
    'Außer Reichweite dieser Seite: Dateien, die Sie gespeichert haben, der Verlauf des Browsers und seine ' +
    'Liste der Downloads. „Browserdaten löschen“ im Browser löscht diese. Eine Platte behält Gelöschtes ' +
    'vielleicht, bis es überschrieben wird.',
  tryAgain: 'Noch einmal versuchen',
  startAnew: 'Neu beginnen',
  startingAnewLoadsApp: 'Ein neuer Beginn lädt die App und ihre Gewichte noch einmal.',
  couldNotLooked: (problem) => `konnte nicht angesehen werden: ${problem}`,
  nothing: 'nichts',
  minutesWithoutTouch: 'Minuten ohne Berührung oder Taste',
  iAmStillHere: 'Ich bin noch da',
  clearedSoon: 'Diese Sitzung wird bald geleert, denn niemand hat diese Seite berührt.',
  lockedSoon:
    'Die gespeicherten Bilder werden bald gesperrt, denn niemand hat diese Seite berührt.',
  sessionOnlyNoImage:
    'Nur Sitzung: Kein Bild, kein Prompt und keine Einstellung wird gespeichert. Drücken Sie, um das zu ändern.',
  sessionOnly: 'Nur Sitzung',
  lockStoredImagesNow: 'Gespeicherte Bilder jetzt sperren',
  passphraseSoFar: 'Bisherige Passphrase',
  newPassphrase: 'Neue Passphrase',
  passphrase: 'Passphrase',
  sameAgain: 'Noch einmal dieselbe',
  twoDiffer: 'Die beiden sind verschieden.',
  showWhatIType: 'Eingabe zeigen',
  passphraseRule: (least, soFar) =>
    `Mindestens ${least} Zeichen${soFar === null ? '' : ` (bisher ${soFar})`}. ` +
    'Vier oder fünf zufällige Wörter sind leicht zu merken und schwer zu erraten.',
  withoutServer: 'Ohne Server',
  studioItselfStarts:
    'Das Studio selbst startet und zeichnet nach einem Besuch offline. Die anderen Teile werden im ' +
    'Hintergrund geladen, nie während ein Bild entsteht.',
  without: (what) => `Ohne dies ${what}.`,
  fetchingOf: (done, total) => `wird geladen, ${done} von ${total}`,
  states: {
    waiting: 'wartet',
    fetching: 'wird geladen',
    stored: 'gespeichert',
    'left out': 'weggelassen',
    failed: 'fehlgeschlagen',
  },
  privacy: 'Datenschutz',
  toOwnHost: (kinds) => `An den eigenen Host: ${kinds}.`,
  promptsAndImagesNever:
    'Prompts und Bilder sind nie Teil einer Anfrage. Eine Content-Security-Policy verbietet dieser Seite und ' +
    'ihren Workern, von anderen Hosts zu laden oder an sie zu senden. Nicht erfasst sind: Adressen, die Sie ' +
    'selbst öffnen, Browser-Erweiterungen, der eigene Verkehr des Browsers (Updates, Namensauflösung) und ' +
    'das Betriebssystem. Der Server, von dem diese Seite kam, hat Ihren ersten Besuch in seinem Protokoll.',
  tryToReach: 'Zu erreichen versuchen',
  trying: 'Wird versucht …',
  testNow: 'Jetzt prüfen',
  everyWayPage:
    'Jeder Weg, auf dem eine Seite oder ein Worker einen Host erreichen kann. Ein Fehlschlag zählt nur, wo ' +
    'der Browser meldet, dass die Policy ihn verursacht hat. Nennen Sie einen eigenen Host, um zu sehen, ' +
    'dass nichts ankommt.',
  passedNoWayOut: 'Bestanden: kein Weg nach draußen.',
  failedNotEveryWay: 'Nicht bestanden: Nicht jeder Weg nach draußen wurde verweigert.',
  requestsSent: (other, own, refused) =>
    'Seit diese Seite geladen wurde, haben sie, ihre Worker und ihr Service Worker ' +
    `<strong>${other}</strong> Anfragen an andere Hosts gesendet und <strong>${own}</strong> an den, von dem sie kam. ` +
    `Der Browser hat <strong>${refused}</strong> verweigert.`,
  thisSessionOnly: 'Nur diese Sitzung',
  onNoImage:
    'An: Kein Bild, kein Prompt und keine Einstellung wird gespeichert; die Gewichte schon. Alles geht ' +
    'verloren, wenn diese Seite schließt, neu lädt oder allein gelassen wird. Die Wahl steht in der Adresse ' +
    'der Seite und lässt sich als Lesezeichen merken.',
  clearAfter: 'Leeren nach',
  ofSessionWillGone: (lost) =>
    `Verloren geht dann: ${lost}. Speichern Sie, was Sie behalten wollen.`,
  leaveAndLose: (lost) => `Verlassen; verloren geht: ${lost}`,
  leaveSession: 'Sitzung verlassen …',
  forDemonstrationsAndShared:
    'Für Vorführungen und geteilte Geräte: Die Seite beginnt neu und speichert von da an kein Bild, keinen ' +
    'Prompt und keine Einstellung. Schon gespeicherte Bilder bleiben ungesehen, wo sie sind.',
  startSession: 'Sitzung beginnen',
  theImages: (count) =>
    plural(count, { one: 'das Bild dieser Sitzung', other: `die ${count} Bilder dieser Sitzung` }),
  storedOnDevice: 'Auf diesem Gerät gespeichert',
  imagesInGallery: 'Bilder in der Galerie',
  projects: 'Projekte',
  imagesInDataSets: 'Bilder in Datensätzen',
  unknown: 'unbekannt',
  exportsSavedInClear: 'Gespeicherte Exporte, unverschlüsselt',
  remove: 'Entfernen',
  everythingAsBrowserCounts: 'Alles, wie der Browser es zählt',
  weightsImagesAndApps: 'Gewichte, Bilder und die eigenen Dateien der App.',
  browserDeniesStorage:
    'Dieser Browser verweigert Speicher; die Bilder bleiben nur so lange wie diese Seite. Speichern Sie, was ' +
    'Sie behalten wollen.',
  deleteAllButNewest: (kept, bytes) => `Alle außer den neuesten ${kept} Bildern löschen (${bytes})`,
  toMakeRoomDelete:
    'Um Platz zu schaffen, löschen Sie Bilder in der Galerie (Entf) oder Daten anderer Seiten in den ' +
    'Einstellungen des Browsers.',
  undoLastDeletion: 'Letztes Löschen rückgängig machen',
  weightsLiveInBrowsers:
    'Gewichte liegen im Speicher dieses Browsers. Die Bilder dieser Sitzung liegen nur in dieser Seite.',
  weightsAndImagesLive:
    'Gewichte und Bilder liegen im Speicher dieses Browsers. Mit jedem Bild ist sein Prompt gespeichert.',
  eraseEverythingDots: 'Alles löschen …',
  whatCouldNotOpened: 'Was sich nicht öffnen ließ',
  goOnWithout: 'Ohne weitermachen',
  storedImagesLocked: 'Die gespeicherten Bilder sind gesperrt',
  unlock: 'Entsperren',
  workWithoutThem: 'Ohne sie arbeiten',
  forSessionOnlyNothing: 'nur für diese Sitzung: Nichts, was Sie machen, wird aufbewahrt',
  onlyWayOnWithout: 'der einzige Weg weiter ohne die Passphrase',
  countOf: (done, total) => ` ${done} von ${total}`,
  serviceWorker: 'Service Worker',
  database: 'Datenbank',
  file: 'Datei',
  setting: 'Einstellung',
  settingOfTab: 'Einstellung dieses Tabs',
  cookie: 'Cookie',
  cache: 'Cache',
  viewsAndWorkers: 'Ansichten und Worker',
  onlyStudioItselfWorks:
    'läuft nur das Studio selbst: keine Datensätze, keine Auswertung, keine Quellen, keine Reihen, kein Untersuchen',
  helpPages: 'Seiten der Hilfe',
  helpCannotBeRead: 'kann die Hilfe nicht gelesen werden',
  codecsOfCompressedDicom: 'Codecs komprimierter DICOM-Dateien',
  jpegJpegLsJpeg: 'lassen sich JPEG, JPEG-LS, JPEG 2000 und HTJ2K in DICOM nicht öffnen',
  volumesInThreePlanes: 'Volumen in drei Ebenen',
  volumesShownSlice: 'werden Volumen nur Schicht für Schicht gezeigt',
  networksOfEvaluation: 'Netze der Auswertung',
  imagesCannotCompared: 'lassen sich Bilder nicht mit echten vergleichen',
  secondModelWithTraining: 'Ein zweites Modell mit seinen Trainingsgraphen',
  thereNoFineTuning: 'gibt es kein Feintuning, keine Guidance und keinen negativen Prompt',
  trainingGraphsOfModel: 'Die Trainingsgraphen dieses Modells',
  thereIsNoFineTuning: 'gibt es kein Feintuning',
  notReadyToWork: 'nicht bereit für den Betrieb offline',
  gettingReadyToWork: 'wird bereit für den Betrieb offline',
  offlineStudioOnly: 'offline: nur das Studio',
  readyInPart: 'zum Teil bereit für den Betrieb offline',
  ready: 'bereit für den Betrieb offline',
  refusedByPolicy: 'von der Policy verweigert',
  notThere: 'nicht vorhanden',
  notRefused: 'nicht verweigert',
  databasesWeightsImagesData: 'Datenbanken: Gewichte, Bilder, Datensätze, Vergleiche',
  appsOwnFiles: 'die eigenen Dateien der App',
  privateFilesDownloadsUnder: 'private Dateien: laufende Downloads, Exporte',
  theServiceWorker: 'der Service Worker',
  pagesAndWhatThey: 'Seiten und was sie zeigen',
  codeAndStyles: 'Code und Stile',
  runtime: 'die Laufzeit',
  requestsFor: (count, what) => `${count} für ${what}`,
  workers: 'Worker',
  models: 'Modelle',
  turningEncryptionOnInterrupted:
    'Das Einschalten der Verschlüsselung wurde unterbrochen; nichts ist verschlüsselt, und nichts ist ' +
    'verloren. Schalten Sie sie noch einmal ein.',
  encryptingStoredImages: 'Die gespeicherten Bilder werden verschlüsselt',
  encryptionOnKeepPassphrase:
    'Die Verschlüsselung ist an. Bewahren Sie die Passphrase auf: Niemand kann sie ersetzen.',
  decryptingStoredImages: 'Die gespeicherten Bilder werden entschlüsselt',
  encryptionOffImagesStored: 'Die Verschlüsselung ist aus: Bilder sind im Klartext gespeichert.',
  unlocking: 'Wird entsperrt',
  changingPassphrase: 'Die Passphrase wird geändert',
  passphraseChanged: 'Die Passphrase ist geändert.',
  diagnosticsPurpose: 'Sammelt, was wissen muss, wer einem Problem nachgeht.',
  erasePurpose: 'Leert alle Speicher dieser Website in diesem Browser.',
  offlinePurpose: 'Zeigt, welche Teile der App ohne Netz gehen und welche geholt werden.',
  privacyPurpose:
    'Zählt, was diese Seite sendet, und prüft, ob sie einen anderen Host erreichen kann.',
  storagePurpose:
    'Zeigt, was diese Website auf diesem Gerät aufbewahrt; es kann hier verschlüsselt oder gelöscht werden.',
  unlockPurpose: 'Die Passphrase zeigt, was auf diesem Gerät verschlüsselt gespeichert ist.',
};
