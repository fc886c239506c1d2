import type { Language } from '../catalogues';
import { plural } from '../numbers';

const images = (n: number) => `${n} ${plural(n, { one: 'Bild', other: 'Bilder' })}`;

/** Projekte: von echten Bildern zu einem Datensatz, der hilft. */
export const projects: Language['projects'] = {
  projectsLocked: 'Ihre Projekte sind verschlüsselt und gesperrt. Entsperren Sie sie zuerst.',
  readingProjects: 'Ihre Projekte werden gelesen …',
  projects: 'Projekte',
  whatProjectIs:
    'Ein Projekt führt von Ihren echten Bildern zu einem Datensatz, der hilft: festlegen, erzeugen, durchsehen, vergleichen, ' +
    'speichern. Es sagt, was getan ist und was als Nächstes kommt, und behält das Ergebnis jedes Schrittes.',
  nameOfProject: 'Name des neuen Projekts',
  nameExample: 'Ergüsse für den Frühjahrskurs',
  beginProject: 'Projekt beginnen',
  openProjectFile: 'Projektdatei öffnen …',
  projectFile: 'Projektdatei',
  noProjects: 'Es gibt noch kein Projekt. Geben Sie einen Namen ein und beginnen Sie.',
  doneOf: (done: number, all: number) => `${done} von ${all} Schritten getan`,
  nextIs: (title: string) => `als Nächstes: ${title}`,
  allDone: 'alles getan',
  allProjects: 'Alle Projekte',
  name: 'Name',
  saveProjectFile: 'Als Datei speichern',
  savesWithoutImages:
    'Die Datei enthält das Rezept, die Einstellungen und alle Ergebnisse, aber kein Bild, weder echt noch synthetisch.',
  deleteProject: 'Löschen …',
  steps: 'Schritte des Projekts',
  done: 'getan',
  next: 'als Nächstes',
  madeElsewhere:
    'Diese Ergebnisse kamen mit der Projektdatei; die Bilder liegen nicht in diesem Browser. Das Rezept erzeugt dieselben wieder.',
  realTitle: 'Echte Bilder',
  realWhy:
    'Ein Ordner oder ein ZIP mit echten Bildern derselben Art. An ihnen wird gemessen, was erzeugt wird; sie verlassen diesen ' +
    'Rechner nie.',
  realFound: (n: number, title: string) => (title ? `${images(n)} aus „${title}“` : images(n)),
  realForVisit: 'nur für diesen Besuch geöffnet',
  realKept: 'auf diesem Gerät behalten',
  realGone: 'Sie sind hier nicht geöffnet. Wählen Sie sie wieder, um neu zu vergleichen.',
  recipeTitle: 'Rezept',
  recipeWhy: 'Was erzeugt wird: wie viele Bilder wovon, mit welchen Wörtern und Kovariaten.',
  recipeFound: (rows: number, n: number) =>
    `${images(n)} in ${rows} ${plural(rows, { one: 'Zeile', other: 'Zeilen' })}`,
  recipeOtherModel: (modelId: string) =>
    `Es ist für das Modell „${modelId}“. Wählen Sie dieses unter Modelle, um dieselben Bilder zu erzeugen.`,
  makeTitle: 'Erzeugen',
  makeWhy: 'Die Bilder entstehen im Hintergrund; Sie können derweil anderes tun.',
  madeOf: (done: number, total: number) =>
    `${done} von ${total} ${plural(total, { one: 'Bild', other: 'Bildern' })} erzeugt`,
  failed: (n: number) => `${n} misslungen`,
  recipeChanged:
    'Das Rezept ist seither geändert worden. Erzeugen Sie die Bilder neu, damit sie ihm folgen.',
  reviewTitle: 'Durchsehen',
  reviewWhy: 'Sehen Sie die Bilder eines nach dem anderen an; behalten oder verwerfen Sie sie.',
  reviewed: (kept: number, rejected: number, discarded: number) =>
    `${kept} behalten, ${rejected} abgelehnt, ${discarded} verworfen`,
  toLookAt: (n: number) => `${n} noch anzusehen`,
  compareTitle: 'Vergleich',
  compareWhy:
    'Sehen sie echt aus, ist keines die Kopie eines echten Bildes, helfen sie einem Klassifikator? Mit einem Urteil in drei Sätzen.',
  compared: (synthetic: number, real: number, when: string) =>
    `${synthetic} synthetische gegen ${real} echte, ${when}`,
  exportTitle: 'Exportieren',
  exportWhy:
    'Ein ZIP mit Labels, Aufteilung und Datenkarte, angeordnet für das, was trainiert werden soll.',
  exported: (n: number, when: string) => `${images(n)} gespeichert, ${when}`,
  exportedAs: (layout: string, format: string) => `${layout}; ${format}`,
  earlier: (found: string) => `Von den vorigen Bildern: ${found}`,
  chooseFolder: 'Ordner wählen …',
  chooseZip: 'ZIP wählen …',
  folderOfReal: 'Ordner mit echten Bildern',
  zipOfReal: 'ZIP mit echten Bildern',
  realImagesThatAreHere: 'Echte Bilder, die hier sind',
  chooseAmongThese: 'Unter den hiesigen wählen',
  lookAtThem: 'Ansehen',
  writeRecipe: 'Rezept schreiben',
  changeRecipe: 'Rezept ändern',
  makeThemAll: 'Bilder erzeugen',
  makeThem: (n: number) => `${images(n)} erzeugen`,
  goOn: 'Fortfahren',
  pause: 'Anhalten',
  showThem: 'Bilder zeigen',
  lookThrough: 'Durchsehen',
  compareThem: 'Mit den echten Bildern vergleichen',
  showComparison: 'Vergleich zeigen',
  exportThem: 'Exportieren …',
  deleteThisProject: 'Dieses Projekt löschen?',
  projectIsDeleted: (title: string) =>
    `„${title}“ und was es über seine Schritte sagt, wird gelöscht. Seine Datensätze bleiben, wenn Sie nichts anderes wählen.`,
  alsoDelete: (title: string, n: number) => `Auch „${title}“ löschen (${images(n)})`,
  cancel: 'Abbrechen',
  deleteIt: 'Löschen',
  deletePurpose: 'Entfernt ein Projekt von diesem Gerät.',
};
