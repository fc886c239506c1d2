import { InTurn } from '../../common/in-turn';
import { appError } from '../../errors';
import type { CodecFrame, CodecName } from './dicom-codecs';
import { unreadable } from '../decoded-image';

/** One compressed frame, as the worker takes it. */
export interface CodecJob {
  codec: CodecName | 'jpeg-lossless';
  encoded: Uint8Array<ArrayBuffer>;
  /** Allocated ones of a sample. */
  bits: number;
}

/** What the worker answers: first that the decoder is loaded, then its result. */
export type CodecAnswer =
  | { started: true }
  | { frame: CodecFrame }
  /** `named`: already a whole sentence for the user. */
  | { error: string; named: boolean };

/** For the decoder to arrive over a slow network. */
const LOAD_MS = 60_000;
/** For a frame, and for each million of its samples: the slowest codec takes a tenth of that. */
const FRAME_MS = 500;
const MILLION_SAMPLES_MS = 400;
/** A decoder's memory is given back after so long without work. */
const IDLE_MS = 10_000;

let worker: Worker | null = null;
let idle: ReturnType<typeof setTimeout> | undefined;
const frames = new InTurn();

/**
 * Decodes in a thread of its own, one frame after the other: damaged code streams can hold a decoder for ever, and then that
 * thread is ended, not the page. `numSamples` is what the file's header promises.
 */
export function decodeInWorker(job: CodecJob, numSamples: number): Promise<CodecFrame> {
  return frames.run(() => run(job, numSamples));
}

async function run(job: CodecJob, numSamples: number): Promise<CodecFrame> {
  clearTimeout(idle);
  worker ??= new Worker(new URL('../../../workers/codec.worker.ts', import.meta.url), {
    type: 'module',
  });
  try {
    return await ask(worker, job, FRAME_MS + (numSamples / 1e6) * MILLION_SAMPLES_MS);
  } catch (error) {
    // Other failures leave a thread that goes on: it loads its decoder anew.
    if ((error as Error).name === 'ImageUnreadable') end();
    throw error;
  } finally {
    idle = setTimeout(end, IDLE_MS);
  }
}

function end() {
  worker?.terminate();
  worker = null;
}

function asError({ error, named }: { error: string; named: boolean }): Error {
  return named ? appError('ImageUnreadable', error) : new Error(error);
}

function ask(thread: Worker, job: CodecJob, limitMs: number): Promise<CodecFrame> {
  return new Promise((resolve, reject) => {
    const late = (what: string) => () =>
      reject(unreadable(what, 'Choose another file, or export it again.'));
    let timer = setTimeout(
      late(`The decoder that this file needs (${job.codec}) did not arrive.`),
      LOAD_MS,
    );
    const settle = (act: () => void) => {
      clearTimeout(timer);
      act();
    };
    thread.onmessage = ({ data: answer }: MessageEvent<CodecAnswer>) => {
      clearTimeout(timer);
      if ('frame' in answer) resolve(answer.frame);
      else if ('error' in answer) reject(asError(answer));
      else {
        const seconds = (limitMs / 1000).toFixed(1);
        const what = `The compressed pixels of this DICOM file are damaged: decoding them did not end within ${seconds} s.`;
        timer = setTimeout(late(what), limitMs);
      }
    };
    thread.onerror = (event) => settle(() => reject(new Error(event.message || 'no worker')));
    thread.postMessage(job);
  });
}
