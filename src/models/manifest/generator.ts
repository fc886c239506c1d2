import { without } from '../../common/without';
import { appError } from '../../errors';
import type {
  Component,
  DiffusionEntry,
  GeneratorEntry,
  GeneratorFacts,
  GraphValue,
  ModelEntry,
} from './manifest';
import { TWINS, type Twin } from './model-files';

/** What requests, recipes and labels say in place of a scheduler. */
export const NO_SCHEDULER = 'none';

/** What the JSON of a generator leaves out, for all of it follows from `generator`. */
type Derived =
  'image' | 'schedulers' | 'defaults' | 'ranges' | 'conditions' | 'examples' | 'components';

/** A generator as its manifest states it; no package needs to repeat what follows from these few facts. */
type StatedGenerator = Omit<GeneratorEntry, Derived> & {
  components: { generator: Omit<Component, 'inputs' | 'outputs' | Twin> };
};

/** Fills in, in place, what a generator's entry leaves out; other entries are whole. Doing it again changes nothing. */
export function completeEntry(entry: ModelEntry) {
  if (entry.kind !== 'generator') return;
  const { size, mask, labels } = entry.generator;
  Object.assign(entry.components.generator, graphOf(entry.generator));
  const derived: Omit<Pick<GeneratorEntry, Derived>, 'components'> = {
    image: { width: size, height: size },
    schedulers: [],
    defaults: { numInferenceSteps: 1, guidanceScale: 1, scheduler: NO_SCHEDULER },
    ranges: { numInferenceSteps: [1, 1], guidanceScale: [1, 1] },
    conditions: {
      covariates: [],
      initImage: false,
      ...(mask && {
        mask: { channels: 1, size, classes: ['background', 'object'], modalities: labels },
      }),
    },
    examples: labels.map((label) => ({ modality: label, title: label, prompt: label })),
  };
  Object.assign(entry, derived);
}

/**
 * An entry as its manifest states it, but for the graphs that some devices run: what is hashed, and what an exported package
 * holds. Such a graph is the same network on the same weights.
 */
export function statedEntry(entry: ModelEntry): DiffusionEntry | StatedGenerator {
  if (entry.kind !== 'generator') {
    const parts = Object.entries<Component>(entry.components);
    const components = parts.map(([name, part]) => [name, without(part, ...TWINS)]);
    return { ...entry, components: Object.fromEntries(components) as DiffusionEntry['components'] };
  }
  const stated = without(
    entry,
    'image',
    'schedulers',
    'defaults',
    'ranges',
    'conditions',
    'examples',
  );
  const generator = without(entry.components.generator, 'inputs', 'outputs', ...TWINS);
  return { ...stated, components: { generator } };
}

/** Inputs and outputs of the graph: the same names for every generator. */
function graphOf({ noise, labels, size, channels, mask }: GeneratorFacts) {
  const value = (name: string, ...dims: number[]): GraphValue => ({
    name,
    dtype: 'float32',
    shape: ['batch', ...dims],
  });
  const inputs: Record<string, GraphValue> = {
    noise: value('noise', noise),
    labels: value('labels', labels.length),
    ...(mask && { mask: value('mask', 1, size, size) }),
  };
  return { inputs, outputs: { sample: value('sample', channels, size, size) } };
}

/** The label that is meant by this text, but for case and spaces around it; undefined where it is none. */
export function labelNamed(labels: readonly string[], text: string): string | undefined {
  const plain = (one: string) => one.trim().toLowerCase();
  return labels.find((label) => plain(label) === plain(text));
}

/** The label that a prompt of any model names, the longest where it names several; undefined where it names none. */
export function labelIn(labels: readonly string[], prompt: string): string | undefined {
  const words = (text: string) =>
    ` ${(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ')} `;
  const named = labels.filter(
    (label) => words(label).trim() && words(prompt).includes(words(label)),
  );
  const [longest] = named.toSorted((a, b) => words(b).length - words(a).length);
  return labelNamed(labels, prompt) ?? longest;
}

/** The entry of a model that draws in many steps; `ModelUnsupported`, which names `what` needs one, for a generator. */
export function diffusionEntry(entry: ModelEntry, what: string): DiffusionEntry {
  if (entry.kind !== 'generator') return entry;
  throw appError(
    'ModelUnsupported',
    `${entry.title} draws in one step, and ${what} needs a diffusion model (expected one, got ` +
      `${entry.generator.method}). Choose another model.`,
  );
}
