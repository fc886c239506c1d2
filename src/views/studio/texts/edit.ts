import { translated } from '../../../languages/language';

/** In English. */
export const english = {
  keepRest: 'Change one thing, keep the rest',
  keepRestWhy: 'What a sentence asks for is changed in the image; all else stays as it is.',
  imageShows: 'The image shows',
  imageShowsWhy: 'In the words of a prompt. A picture that was made here says it itself.',
  whatToChange: 'What to change',
  whatToChangeWhy:
    '“make it glioma”, “more nuclei”, “older”, “dark skin”: labels and controls of this kind of image.',
  putIntoPrompt: 'Put it into the prompt',
  push: 'Push',
  pushWhy: 'How hard it is pushed: more shows more of the change, and keeps less of the rest.',
};

/** The texts of an edit by a sentence, in the language that the page speaks. */
export const texts = translated('edit', english);
