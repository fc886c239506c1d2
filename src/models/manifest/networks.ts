import type { ModelFile, VolumeFacts } from './manifest';

/** A network whose features compare images, fetched when the first evaluation asks for it. */
export interface FeatureNetwork {
  id: string;
  /** Trained on everyday photographs, or on medical images. */
  role: 'generic' | 'in-domain';
  title: string;
  licence: { name: string; url: string };
  /** As a model's. */
  baseUrl: string;
  graph: ModelFile;
  /** RGB planes [n, 3, size, size], (value − mean) / std of values in 0…255. */
  input: { name: string; size: number; mean: number; std: number };
  /** [n, size]. */
  output: { name: string; size: number };
  /** It also names what an image shows: such a network can check pictures as they are drawn. */
  labels?: NetworkLabels;
}

/** What a network can call an image, and what prompts say for it (training/judges/export_features.py). */
export interface NetworkLabels {
  /** Of the graph: [n, classes], before the softmax. */
  output: string;
  modalities: { title: string; phrases: string[] }[];
  /** In the order of the output. */
  classes: LabelClass[];
}

export interface LabelClass {
  /** The images it was learnt on; only the labels of one set exclude each other. */
  set: string;
  label: string;
  /** What a user reads. */
  title: string;
  /** A title of `modalities`. */
  modality: string;
  phrases: string[];
}

/** A small network that an evaluation trains from nothing; its graphs hold no weights (training/judges/learners.py). */
export interface Learner {
  id: string;
  /** Classes of images, the foreground of a mask, or the labels of a volume's voxels. */
  role: 'classifier' | 'segmenter' | 'volume-segmenter';
  title: string;
  /** As a model's. */
  baseUrl: string;
  /** Loss and the gradient of every parameter. */
  step: ModelFile;
  /** x → logits. */
  answer: ModelFile;
  /** Pixels a side: x is [n, 3, size, size] in −1…1. Of volumes voxels along x, y and z: x is [n, 1, …size]. */
  size: number | VolumeFacts['size'];
  /** Inputs of both graphs, and what they start as: normal with this deviation, or constant. */
  parameters: { name: string; deviation?: number; constant?: number }[];
}
