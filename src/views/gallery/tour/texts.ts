import { translated } from '../../../languages/language';

/** In English. */
export const english = {
  title: 'New here?',
  place: (step: number, of: number) => `${step} of ${of}`,
  drawTitle: 'Ask for a picture',
  drawWhat:
    'Say in the prompt what to show, set an age or a view where there is one, and press Generate. A few seconds later ' +
    'the picture is kept here.',
  drawDo: 'Go to the prompt',
  setTitle: 'Make hundreds, and see whether they help',
  setWhat:
    'A project leads from your real images to a labelled data set: recipe, making, looking through, comparing, export.',
  setDo: 'Open the projects',
  privateTitle: 'Nothing leaves this machine',
  privateWhat:
    'Everything is computed in this browser, also without a network. Stored pictures can be encrypted, and every ' +
    'request of this page is counted below.',
  privateDo: 'How that is checked',
  back: 'Back',
  next: 'Next',
  done: 'Done',
  skip: 'Do not show this again',
};

/** The texts of the tour, in the language that the page speaks. */
export const texts = translated('tour', english);
