import type {
  CopyReport,
  EvaluationProgress,
  EvaluationRequest,
  ImageSource,
  ReadableSet,
  SetName,
} from '../report/report';
import type { FinetuneOutcome, FinetuneReport, KeptPart, SampleCopies } from '../../finetune/run';
import { loadManifest } from '../../models/manifest/load-manifest';

/** The whole report of the copy check, or why there is none. */
export type ComparedSamples = { report: CopyReport } | { refusal: string };

/** A sample of a run, as it is kept. */
export type RunSample = Omit<Extract<KeptPart, { kind: 'sample' }>, 'kind'>;

/** What is compared: the run's images by name, in its order, and its samples of all rounds. */
export interface RunPictures {
  names: readonly string[];
  samples: readonly RunSample[];
  outcome: Pick<FinetuneOutcome, 'trainedOn' | 'heldOut'>;
}

export interface CompareOptions {
  signal: AbortSignal;
  onReport: (report: FinetuneReport) => void;
  read: (index: number) => Promise<Blob>;
  manifestUrl: string;
  /** The evaluation's own check, in its worker. */
  checkCopies: (
    request: EvaluationRequest,
    options: {
      signal: AbortSignal;
      manifestUrl: string;
      onProgress: (progress: EvaluationProgress) => void;
      read: (set: ReadableSet, index: number) => Promise<ImageSource>;
    },
  ) => Promise<CopyReport>;
}

/** What is kept of it with the tuned model: no name of any image. */
export function copyFigures(compared: ComparedSamples): SampleCopies {
  if ('refusal' in compared) return compared;
  const { count, numSynthetic, numHoldout, rate, aboveLimit } = compared.report;
  return { count, numSynthetic, numHoldout, rate, aboveLimit };
}

/** Share of the samples that count as copies; null without a verdict. */
export function copyRate(copies: SampleCopies): number | null {
  return 'refusal' in copies || copies.aboveLimit === null ? null : copies.rate;
}

/** A sample's name in the report. */
export const sampleName = (index: number) => `sample ${index + 1}`;

/** Those of the newest round, by index; one that was made again counts once. */
export function lastSamples<Sample extends RunSample>(samples: readonly Sample[]): Sample[] {
  const last = Math.max(...samples.map(({ step }) => step));
  const byIndex = new Map(
    samples.filter(({ step }) => step === last).map((sample) => [sample.index, sample]),
  );
  return [...byIndex.values()].sort((a, b) => a.index - b.index);
}

/**
 * Compares the last samples with the images trained on, by the evaluation's own check: so the page, the terminal and an
 * evaluation of the same pictures say the same. A check that fails costs no run; what failed stands in its place.
 */
export async function compareSamples(
  pictures: RunPictures,
  { signal, ...options }: CompareOptions,
): Promise<ComparedSamples> {
  try {
    return await compare(pictures, { signal, ...options });
  } catch (error) {
    signal.throwIfAborted();
    return { refusal: (error as Error).message };
  }
}

async function compare(
  { names, samples, outcome }: RunPictures,
  { signal, onReport, read, manifestUrl, checkCopies }: CompareOptions,
): Promise<ComparedSamples> {
  const last = lastSamples(samples);
  if (last.length < 2) return { refusal: 'Fewer than two samples were made.' };
  const { evaluation } = await loadManifest(manifestUrl);
  const network = evaluation?.networks.find(({ role }) => role === 'generic');
  if (!network) return { refusal: 'The model manifest names no network that compares images.' };
  const { trainedOn, heldOut } = outcome;
  const sources: Record<SetName, (() => Promise<Blob>)[]> = {
    real: trainedOn.map((index) => () => read(index)),
    synthetic: last.map(
      ({ png }) =>
        async () =>
          png,
    ),
    holdout: heldOut.map((index) => () => read(index)),
  };
  const unread: Error[] = [];
  const image = (name: string) => ({ name, label: '' });
  const report = await checkCopies(
    {
      real: trainedOn.map((index) => image(names[index])),
      synthetic: last.map(({ index }) => image(sampleName(index))),
      holdout: heldOut.map((index) => image(names[index])),
      networks: [network.id],
      parts: { copies: true, usefulness: false },
      seed: 0,
    },
    {
      signal,
      manifestUrl,
      onProgress: ({ done, total }) => onReport({ stage: 'copies', done, total }),
      read: async (set, index) => {
        const blob = await sources[set as SetName][index]().catch((error: Error) => {
          unread.push(error);
          throw error;
        });
        return { blob, known: null };
      },
    },
  );
  const [first] = unread;
  return first ? { refusal: first.message } : { report };
}
