/** What comes back: a picture, and how far it is. Types only. */

import type { LabelCode } from '../models/manifest/manifest';
import type { Provenance } from './provenance';
import type { GenerationRequest, RecordedBackend } from './request';

export interface Preview {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

export type GenerationProgress =
  | { stage: 'queued' }
  | {
      stage: 'download';
      bytesDone: number;
      bytesTotal: number;
      msLeft: number | null;
      bytesPerSecond?: number | null;
    }
  | { stage: 'verify'; bytesDone: number; bytesTotal: number }
  | { stage: 'copy'; bytesDone: number; bytesTotal: number }
  | { stage: 'compile'; component: string; done: number; total: number }
  | { stage: 'self-test' }
  | { stage: 'encode' }
  | { stage: 'denoise'; step: number; numSteps: number; msLeft: number | null; preview?: Preview }
  | { stage: 'decode' }
  | { stage: 'check'; attempt: number; maxTries: number }
  | { stage: 'save' };

export interface Timing {
  msTotal: number;
  /** Mean of the denoising steps. */
  msPerStep: number;
  msEncode: number;
  msDecode: number;
  /** Sum of the bare ONNX session runs inside this image; msTotal over it is the overhead ratio. */
  msSessions: number;
}

export interface GeneratedVolume {
  image: Blob;
  labels: Blob;
  /** Voxels along x, y and z. */
  size: [number, number, number];
  /** What the label map holds of each label but the background, by its name, in mm³. */
  labelMm3: Record<string, number>;
  /** The same labels as coded terms; absent: the model says none. */
  labelCodes?: LabelCode[];
}

export interface GeneratedImage {
  /** Of a volume: three planes of it. */
  png: Blob;
  /** Where the model makes volumes. */
  volume?: GeneratedVolume;
  width: number;
  height: number;
  /** As it is saved: with hashes in place of source image and masks. */
  request: GenerationRequest;
  /** The instance mask that it was made from, as a grey PNG of ids. */
  maskPng?: Blob;
  /** The region that was painted anew, as a grey PNG: 255 changed. */
  regionPng?: Blob;
  backend: RecordedBackend;
  timing: Timing;
  /** Words of the prompt outside the model's vocabulary, in order. */
  unknownWords: string[];
  /** Words at the end of the prompt that the text encoder has no room for, in order; nothing of them is drawn. */
  ignoredWords: string[];
  /** sha256 of the model's manifest entry, hex: names exactly these weights. */
  modelHash: string;
  /** Absent in pictures of 0.3.0 and older. */
  provenance?: Provenance;
  /** sha256 of its pixels as RGB bytes, of a volume of its voxels [x][y][z], hex: what proves later that an image was made here. Absent as above. */
  pixelHash?: string;
}

export interface TextReading {
  /** Those in its vocabulary that say what a picture shows; none where a vocabulary is of pieces of words. */
  knownWords: string[];
  unknownWords: string[];
  /** Parts with weights that this model does not weigh: `(word:1.2)`, `[word]`. */
  unreadWeights: string[];
  /** At the end: what finds no room. */
  ignoredWords: string[];
  /** There is text, and not one word in it that the model knows. */
  nothingKnown: boolean;
}
