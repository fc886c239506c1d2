import { expect, test } from 'vitest';
import { parseCsv, parseCsvLabels } from '../../../src/dataset/csv-labels';

test('columns are found by their names, whatever their order', () => {
  const labels = parseCsvLabels('Age,Finding,Filename\n40,normal,a.png\n50,effusion,b/c.png\n');
  expect([...labels]).toEqual([
    ['a.png', 'normal'],
    ['b/c.png', 'effusion'],
  ]);
});

test('quotes, doubled quotes, line breaks in cells, a byte order mark and Windows line ends', () => {
  const labels = parseCsvLabels('\uFEFFimage;label\r\n"a;1.png";"mild ""?""\nfocal"\r\n');
  expect([...labels]).toEqual([['a;1.png', 'mild "?"\nfocal']]);
});

test('tabs separate, too', () => {
  expect(parseCsv('a\tb\n1\t2')).toEqual([
    ['a', 'b'],
    ['1', '2'],
  ]);
});

test('empty lines are no rows, empty cells are cells', () => {
  expect(parseCsv('a,b\n\n,2\n')).toEqual([
    ['a', 'b'],
    ['', '2'],
  ]);
});

test.each(['', 'x,y\n1,2', 'file,x\na.png,1'])('%j says what is missing', (text) => {
  expect(() => parseCsvLabels(text)).toThrow(
    expect.objectContaining({ name: 'RequestInvalid' }) as Error,
  );
  expect(() => parseCsvLabels(text)).toThrow(/expected one of file, /);
});
