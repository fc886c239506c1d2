import { expect, test } from 'vitest';
import { suggestLabels } from '../../../src/evaluation/match-labels';

test.each([
  ['No_findings', ['pneumonia', 'no finding'], 'no finding'],
  ['BacterialPneumonia', ['bacterial', 'viral', 'normal'], 'bacterial'],
  ['chest X-ray, viral pneumonia', ['bacterial pneumonia', 'viral pneumonia'], 'viral pneumonia'],
  ['Effusions', ['effusion', 'no effusion'], 'effusion'],
  ['naevus', ['melanoma'], ''],
  ['no effusion', ['effusion'], ''], // the opposite
  ['pneumonia', ['bacterial pneumonia', 'viral pneumonia'], ''], // either
  ['diagnosis', ['diagnoses'], ''],
])('"%s" among %j most likely means "%s"', (label, known, expected) => {
  expect(suggestLabels([label], known)).toEqual({ [label]: expected });
});

test('labels that both sides have, and images without one, need no suggestion', () => {
  expect(suggestLabels(['normal', '', 'normal'], ['normal', ''])).toEqual({});
});
