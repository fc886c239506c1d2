import type { Language } from '../catalogues';

/** By the kind of an error: what happened and what to do. */
export const errors: Language['errors'] = {
  NoWebGpu: 'Dieser Browser hat kein WebGPU. Verwenden Sie die CPU (wasm).',
  NoAdapter: 'WebGPU hat kein Grafikgerät gefunden. Verwenden Sie die CPU (wasm).',
  DeviceLost:
    'Das Grafikgerät ging verloren oder antwortete mit einem Fehler. Versuchen Sie es noch einmal, oder ' +
    'verwenden Sie die CPU (wasm).',
  OutOfMemory:
    'Der Arbeitsspeicher reicht nicht. Schließen Sie andere Tabs und versuchen Sie es noch einmal.',
  RuntimeFailed: 'Die Rechnung ist fehlgeschlagen. Versuchen Sie es noch einmal.',
  QuotaExceeded:
    'Der Browser bewahrt für diese Seite nicht mehr auf. Schaffen Sie Platz und versuchen Sie es noch einmal.',
  StorageDenied:
    'Der Browser lässt die App nichts aufbewahren, oder gerade jetzt nicht. Speichern Sie, was Sie behalten ' +
    'wollen, und laden Sie die Seite neu.',
  Locked:
    'Was gespeichert ist, ist verschlüsselt und gesperrt. Entsperren Sie es mit der Passphrase.',
  WrongPassphrase: 'Die Passphrase ist eine andere. Geben Sie sie noch einmal ein.',
  RecordCorrupt:
    'Ein gespeicherter Eintrag ist nicht lesbar. Löschen Sie ihn und machen Sie ihn neu.',
  NetworkFailed:
    'Etwas konnte nicht geladen werden. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.',
  ModelCorrupt:
    'Dateien eines Modells fehlen oder sind beschädigt. Löschen Sie das Modell und laden Sie es neu.',
  ProjectRefused: 'Diese Datei ist kein Projekt, oder sie lässt sich hier nicht öffnen.',
  PackageRefused: 'Das ist kein Modellpaket, oder ihm ist nicht zu trauen. Nehmen Sie ein anderes.',
  ModelUnsupported:
    'Dieses Modell kann hier nicht laufen. Wählen Sie ein anderes Modell oder die CPU (wasm).',
  ManifestInvalid:
    'Die Beschreibung der Modelle ist ungültig. Sagen Sie es dem, der die Seite betreibt.',
  SelfTestFailed: 'Dieses Gerät rechnet falsch. Verwenden Sie die CPU (wasm).',
  ImageUnreadable: 'Die Datei konnte nicht gelesen werden. Nehmen Sie eine andere.',
  RequestInvalid: 'Was verlangt wurde, geht so nicht. Ändern Sie die Eingaben.',
  SourceMissing:
    'Das Bild, aus dem dieses entstehen soll, ist nicht da. Machen Sie es, oder wählen Sie ein anderes.',
  WordsUnknown:
    'Das Modell kennt kein Wort davon. Ändern Sie die Wörter, oder lassen Sie es trotzdem zeichnen.',
  NotConfirmed: 'In keinem Versuch war zu sehen, was verlangt wurde. Erlauben Sie mehr Versuche.',
  TrainingDiverged:
    'Das Training kam zu unbrauchbaren Zahlen. Beginnen Sie mit einer kleineren Lernrate neu.',
  TunedMissing:
    'Ein abgestimmtes Modell ist nicht mehr da. Importieren Sie es, oder wählen Sie ein anderes.',
  AbortError: 'Der Vorgang wurde abgebrochen.',
};
