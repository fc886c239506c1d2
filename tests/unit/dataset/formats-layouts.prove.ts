import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { DatasetItem } from '../../../src/dataset/dataset-item';
import { datasetFiles } from '../../../src/dataset/export-dataset';
import type { ImageFileFormat } from '../../../src/dataset/formats/format';
import type { LayoutName } from '../../../src/dataset/layouts/layout';
import { PYTHON, ROOT } from '../image/outside-programs';
import { DESCRIPTION, toyItem } from './toy-dataset';

/** Each layout is opened by the library that it is for; docs/formats-proof.md says with what result. */
const SHARES = { train: 0.5, validation: 0.25, test: 0.25 };
const DOC = join(ROOT, 'docs/formats-proof.md');
const MARK = '\n## Layouts of data sets\n';
const COLOURED = 'purple stained histology, microscopy of cell nuclei';

/** Twelve pictures of two labels. */
function set(withMask: boolean, prompt: string): DatasetItem[] {
  return Array.from({ length: 12 }, (_, i) =>
    toyItem(i, withMask, {
      prompt,
      label: i % 2 ? 'normal' : 'effusion',
      row: i % 2,
      covariates: i % 3 ? { age: 50 + i } : { age: 50.5 },
      provenance: { origin: withMask ? 'mask' : 'text' },
    }),
  );
}

interface Found {
  library?: string;
  missing?: string;
  counts?: Record<string, number>;
}

const CASES: [LayoutName, ImageFileFormat, string, DatasetItem[]][] = [
  ['monai', 'png', 'grey, masks', set(true, 'chest x-ray')],
  ['monai', 'nifti', 'grey, masks', set(true, 'chest x-ray')],
  ['monai', 'png', 'colour, labels', set(false, COLOURED)],
  ['nnunet', 'png', 'grey, masks', set(true, 'chest x-ray')],
  ['nnunet', 'nifti', 'grey, masks', set(true, 'chest x-ray')],
  ['nnunet', 'png', 'colour, masks', set(true, COLOURED)],
  ['imagefolder', 'png', 'grey, labels', set(false, 'chest x-ray')],
  ['imagefolder', 'png', 'colour, labels', set(false, COLOURED)],
  ['huggingface', 'png', 'grey, masks', set(true, 'chest x-ray')],
  ['huggingface', 'png', 'colour, labels', set(false, COLOURED)],
];
const rows: string[] = [];

test.each(CASES)(
  '%s as %s, %s, is opened',
  { timeout: 300_000 },
  async (layout, format, what, items) => {
    const folder = mkdtempSync(join(tmpdir(), 'phantoscope-layout-'));
    try {
      const place = join(folder, 'set');
      const options = { format, layout, shares: SHARES, seed: 1 };
      for await (const { path, blob } of datasetFiles(items, DESCRIPTION, options)) {
        mkdirSync(dirname(join(place, path)), { recursive: true });
        writeFileSync(join(place, path), new Uint8Array(await blob.arrayBuffer()));
      }
      const script = join(ROOT, 'training/goldens/check_layouts.py');
      const run = spawnSync(PYTHON, [script, layout, place], { encoding: 'utf8' });
      expect(run.status, run.stderr).toBe(0);
      const { library, missing, counts, ...found } = JSON.parse(
        run.stdout.trim().split('\n').at(-1)!,
      ) as Found;
      const result = missing ? `not proved: ${missing} is not here` : JSON.stringify(found);
      rows.push(
        `| ${layout} | ${format} | ${what} | ${library ?? '–'} | ${JSON.stringify(counts ?? {})} | ${result} |`,
      );
      if (missing) return;
      const opened = Object.values(counts!).reduce((sum, n) => sum + n, 0);
      expect(opened).toBe(12);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

afterAll(() => {
  const [before] = readFileSync(DOC, 'utf8').split(MARK);
  const text = `
Written by \`npm run prove-formats\` (${new Date().toISOString().slice(0, 10)}). Twelve small pictures in each layout, every one of them
opened by the library that the layout is for (\`training/goldens/check_layouts.py\`): MONAI by \`load_decathlon_datalist\` and
\`LoadImaged\`, nnU-Net by its own \`verify_dataset_integrity\`, torchvision by \`ImageFolder\`, Hugging Face by
\`load_dataset("imagefolder")\`. Where torchvision was built for another torch, its compiled operators are declared
and never called: \`ImageFolder\` is plain Python. "colour" is what the prompt says; the three channels of these small pictures
are equal, so they have one but where nnU-Net wants three.

| layout | format | pictures | library | opened | found |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
  writeFileSync(DOC, before.trimEnd() + '\n' + MARK + text);
});
