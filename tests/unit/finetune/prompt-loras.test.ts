import { expect, test } from 'vitest';
import { findByName, readPromptLoras, withPromptLoras } from '../../../src/finetune/prompt-loras';

test.each([
  ['chest x-ray', 'chest x-ray', []],
  ['chest x-ray <lora:knees:0.8>', 'chest x-ray', [{ name: 'knees', strength: 0.8 }]],
  [
    '<lora:a> cat, <LORA: b c :.5>, dog',
    'cat, dog',
    [
      { name: 'a', strength: 1 },
      { name: 'b c', strength: 0.5 },
    ],
  ],
  ['cat <lora:a:0.5><lora:A:0.25>', 'cat', [{ name: 'a', strength: 0.75 }]],
  ['a < b, (c:1.3) <lora:>', 'a < b, (c:1.3) <lora:>', []],
  ['<lora:far:-1> x', 'x', [{ name: 'far', strength: -1 }]],
  ['x <lora:knees: left:.5>', 'x', [{ name: 'knees: left', strength: 0.5 }]],
  [
    'x <lora:a:1e-7> <lora:b:+1.>',
    'x',
    [
      { name: 'a', strength: 1e-7 },
      { name: 'b', strength: 1 },
    ],
  ],
  ['x <lora:a:strong>', 'x', [{ name: 'a:strong', strength: 1 }]],
])('"%s" asks for what stands in it, and the rest is the prompt', (text, prompt, asked) => {
  expect(readPromptLoras(text)).toEqual({ prompt, asked });
});

test('what was asked for can be typed again', () => {
  const text = 'frontal view <lora:knees:0.8> <lora:more contrast:1>';
  const { prompt, asked } = readPromptLoras(text);
  expect(withPromptLoras(prompt, asked)).toBe(text);
});

test('a title with signs of the syntax in it can be typed again and is found', () => {
  const title = 'Knees: <left> 2:1';
  const { asked } = readPromptLoras(withPromptLoras('x', [{ name: title, strength: 1e-7 }]));
  expect(asked).toMatchObject([{ strength: 1e-7 }]);
  expect(findByName(asked[0].name, [title, 'Knees'], (one) => one)).toEqual([title]);
});

test('a name is found however it is spelled', () => {
  const titles = ['My Knees', 'more-contrast'];
  expect(findByName('my_knees.safetensors', titles, (title) => title)).toEqual(['My Knees']);
  expect(findByName('More Contrast', titles, (title) => title)).toEqual(['more-contrast']);
  expect(findByName('hands', titles, (title) => title)).toEqual([]);
});
