import { translated } from '../../languages/language';
import { plural } from '../../languages/numbers';

const images = (n: number) => `${n} ${plural(n, { one: 'image', other: 'images' })}`;

/** In English. */
export const english = {
  // ProjectsView.svelte
  projectsLocked: 'Your projects are encrypted and locked. Unlock them first.',
  readingProjects: 'Reading your projects …',

  // ProjectCards.svelte
  projects: 'Projects',
  whatProjectIs:
    'A project leads from your real images to a data set that helps: what to make, making it, looking through it, comparing ' +
    'it, saving it. It says what is done and what is next, and keeps what came of each step.',
  nameOfProject: 'Name of the new project',
  nameExample: 'Effusions for the spring course',
  beginProject: 'Begin a project',
  openProjectFile: 'Open a project file …',
  projectFile: 'Project file',
  noProjects: 'There is no project yet. Give one a name, and begin.',
  doneOf: (done: number, all: number) => `${done} of ${all} steps done`,
  nextIs: (title: string) => `next: ${title}`,
  allDone: 'all done',

  // ProjectPage.svelte
  allProjects: 'All projects',
  name: 'Name',
  saveProjectFile: 'Save as a file',
  savesWithoutImages:
    'The file holds the recipe, the settings and all results, and no image, neither real nor synthetic.',
  deleteProject: 'Delete …',
  steps: 'Steps of the project',
  done: 'done',
  next: 'next',
  madeElsewhere:
    'These results came with the project’s file; the pictures are not in this browser. The recipe makes the same ones again.',

  // ProjectStep.svelte, describe-project.ts
  realTitle: 'Real images',
  realWhy:
    'A folder or a ZIP of real images of the same kind. What is made is measured by them; they never leave this machine.',
  realFound: (n: number, title: string) => (title ? `${images(n)} of “${title}”` : images(n)),
  realForVisit: 'open for this visit only',
  realKept: 'kept on this device',
  realGone: 'They are not open here. Choose them again to compare anew.',
  recipeTitle: 'Recipe',
  recipeWhy: 'What to make: how many images of what, with which words and covariates.',
  recipeFound: (rows: number, n: number) =>
    `${images(n)} in ${rows} ${plural(rows, { one: 'row', other: 'rows' })}`,
  recipeOtherModel: (modelId: string) =>
    `It is for the model “${modelId}”. Choose that one under Models to make the same images.`,
  makeTitle: 'Making',
  makeWhy: 'The pictures are made in the background; you can do other things meanwhile.',
  madeOf: (done: number, total: number) => `${done} of ${images(total)} made`,
  failed: (n: number) => `${n} failed`,
  recipeChanged: 'The recipe has been changed since. Make the images anew to follow it.',
  reviewTitle: 'Look through',
  reviewWhy: 'Look at the pictures one by one, and keep or reject them.',
  reviewed: (kept: number, rejected: number, discarded: number) =>
    `${kept} kept, ${rejected} rejected, ${discarded} discarded`,
  toLookAt: (n: number) => `${n} still to look at`,
  compareTitle: 'Comparison',
  compareWhy:
    'Do they look real, is none a copy of a real image, do they help a classifier? With a verdict in three sentences.',
  compared: (synthetic: number, real: number, when: string) =>
    `${synthetic} synthetic against ${real} real, ${when}`,
  exportTitle: 'Export',
  exportWhy: 'A ZIP with labels, splits and a data card, laid out for what is to be trained.',
  exported: (n: number, when: string) => `${images(n)} saved, ${when}`,
  exportedAs: (layout: string, format: string) => `${layout}; ${format}`,
  earlier: (found: string) => `Of the pictures before: ${found}`,

  // Buttons
  chooseFolder: 'Choose a folder …',
  chooseZip: 'Choose a ZIP …',
  folderOfReal: 'Folder of real images',
  zipOfReal: 'ZIP of real images',
  realImagesThatAreHere: 'Real images that are here',
  chooseAmongThese: 'Choose among those here',
  lookAtThem: 'Look at them',
  writeRecipe: 'Write the recipe',
  changeRecipe: 'Change the recipe',
  makeThemAll: 'Make the images',
  makeThem: (n: number) => `Make ${images(n)}`,
  goOn: 'Go on',
  pause: 'Pause',
  showThem: 'Show the pictures',
  lookThrough: 'Look through them',
  compareThem: 'Compare with the real images',
  showComparison: 'Show the comparison',
  exportThem: 'Export …',

  // DeleteProjectDialog.svelte
  deleteThisProject: 'Delete this project?',
  projectIsDeleted: (title: string) =>
    `“${title}” and what it says of its steps are deleted. Its data sets stay unless you choose otherwise.`,
  alsoDelete: (title: string, n: number) => `Also delete “${title}” with its ${images(n)}`,
  cancel: 'Cancel',
  deleteIt: 'Delete',

  // what each dialog is for
  deletePurpose: 'Removes a project from this device.',
};

/** The texts of the view of projects, in the language that the page speaks. */
export const texts = translated('projects', english);
