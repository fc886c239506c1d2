import type { Figure } from '../metrics/figures/figure';
import type { LoraChoice } from '../../contract/request';
import type { VolumeSize } from '../../image/volume/voxel-place';
import type { ArmResult } from '../usefulness/compare-arms';
import type { DensityCoverage } from '../metrics/density-coverage';
import type { NetworkFacts } from '../metrics/network-features';
import type { OwnNetwork } from '../own-network/own-network';
import type { Kid } from '../metrics/kid';
import type { Estimate } from '../metrics/percentile';

/** Which of the three sets an image belongs to. */
export type SetName = 'real' | 'synthetic' | 'holdout';

/** The same, and the images that a model was trained on. */
export type ReadableSet = SetName | 'members';

/** A file that could not be read, and why. */
export interface Skipped {
  set: ReadableSet;
  name: string;
  message: string;
}

/** What is known of one image before it is read. */
export interface EvaluationImage {
  /** Its path, or its name in a data set. */
  name: string;
  /** Empty: none. */
  label: string;
  /** What a model was told of it in training; absent: its label stands for that. */
  prompt?: string;
  /** Patient; absent: unknown. */
  group?: string;
  /** By which subgroups are told apart: sex, age band, skin tone, view. */
  attributes?: Record<string, string>;
  /** The network that it was drawn until it pleased, where it was. */
  checkedBy?: string;
  /** Path of its mask: 0 is the background, any other value an instance or all foreground. Absent: it has none. */
  mask?: string;
}

/** What is to be compared; the pixels are asked for one by one. */
export interface EvaluationRequest {
  real: EvaluationImage[];
  synthetic: EvaluationImage[];
  /** Real images that training never saw; may be empty. */
  holdout: EvaluationImage[];
  /** Images that a model was trained on, where membership is tested. */
  members?: EvaluationImage[];
  /** Ids of feature networks; the first is the one of the head line. */
  networks: string[];
  /** The one of them that is the user's own, where one is. */
  own?: OwnNetwork;
  parts: EvaluationParts;
  seed: number;
}

/** What a run does besides fidelity. */
export interface EvaluationParts {
  copies: boolean;
  usefulness: boolean;
  /** Whether a small U-Net is trained on images with masks, and for how many steps; absent: it is not. */
  segmentation?: { steps: number };
  /** Whether a small classifier is trained from nothing beside the linear head, and for how many steps. */
  classifier?: { steps: number };
  /** Which model is tried on `members` and held-out images, with what it was taught, and on how many of a side at most. */
  membership?: { modelId: string; most: number; lora?: LoraChoice };
}

/** Everything that comparing features needs to know of an image, kept by the hash of its file. */
export interface ImageFeatures {
  /** sha256 of the file, hex. */
  id: string;
  /** Network id → features. */
  features: Record<string, Float32Array>;
  /** Grey, [64 · 64]. */
  thumb: Uint8Array;
  /** In pixels. */
  width: number;
  height: number;
  /** The file says of itself that it is synthetic, wholly or in part. */
  marked: boolean;
  /** It says that it contains parts of a source image. */
  composite?: boolean;
  /** Significant bits of a sample. */
  bits: number;
}

/** One image as the worker gets it: its file, and what was known of it from an earlier run. */
export interface ImageSource {
  blob: Blob;
  known: ImageFeatures | null;
  /** Its sha256, where that was computed to look for `known`. */
  id?: string;
}

/** How far a run is. */
export interface EvaluationProgress {
  stage: 'load' | 'features' | 'fidelity' | 'variety' | 'copies' | 'membership' | 'usefulness';
  done: number;
  total: number;
  msLeft: number | null;
  detail?: string;
}

/** Fidelity of one set or label, for one network; null where there are too few images. */
export interface Fidelity {
  /** '' is all images. */
  label: string;
  numReal: number;
  numSynthetic: number;
  kid: Kid | null;
  prdc: DensityCoverage | null;
  /** The same of real held-out images (or of one half of the real ones), for comparison. */
  realPrdc: DensityCoverage | null;
}

/** One pair of the copy check; indices into `samples`' images are names. */
export interface CopyPair {
  synthetic: string;
  real: string;
  distance: number;
  /** At or below the threshold. */
  copy: boolean;
}

/** Copies, as the report has them. */
export interface CopyReport {
  rate: number;
  /** Exact 95 % interval of the rate. */
  low: number;
  high: number;
  count: number;
  /** Images that were compared. */
  numSynthetic: number;
  numReal: number;
  threshold: number;
  holdoutRate: number;
  numHoldout: number;
  /** No set of held-out images was given: each real one was held out in turn. Absent in older reports. */
  heldInTurn?: boolean;
  features: { rate: number; holdoutRate: number; threshold: number };
  /** Largest rate that a data set's export may have: `holdoutRate`. */
  limit: number;
  /** The interval of the rate lies above the limit; null: too few images to say. */
  aboveLimit: boolean | null;
  /** Names of all synthetic images at or below the threshold. */
  suspects: string[];
  /** Shares of images by distance, in 20 equal steps from 0 to 1; the last holds what is farther. */
  histogram: { synthetic: number[]; holdout: number[] };
  /** The 20 nearest, nearest first. */
  pairs: CopyPair[];
}

/** Whether a model's denoising loss tells its training images from others. */
export interface MembershipReport {
  /** `sha256` of its manifest entry. */
  model: { id: string; title: string; sha256: string };
  /** What it was taught on the user's own images; null: nothing. */
  tuned: { title: string; sha256: string; strength: number } | null;
  /** Chance that a training image has the lower loss, mean over the levels; 0.5 betrays nothing. */
  auc: Estimate;
  /** The same at each share of noise. */
  byLevel: { level: number; auc: Estimate }[];
  meanLoss: { members: number; holdout: number };
  numMembers: number;
  numHoldout: number;
  /** Files that are on both sides, so that nothing can be told of them. */
  numShared: number;
}

/** One arm of the usefulness experiment, by metric. */
export type Arm = 'real' | 'synthetic' | 'mixed' | 'synthetic then real';

/** What a classifier gains, at one number of real training images. */
export interface UsefulnessAt {
  numReal: number;
  accuracy: Record<string, ArmResult>;
  balancedAccuracy: Record<string, ArmResult>;
  auroc: Record<string, ArmResult>;
  f1: Record<string, ArmResult>;
  calibration: Record<string, ArmResult>;
}

/** Balanced accuracy within one subgroup; `insufficient` below 50 test images. */
export interface SubgroupResult {
  attribute: string;
  value: string;
  numTest: number;
  insufficient: boolean;
  accuracy: Record<string, ArmResult> | null;
}

/** What a segmenter gains, at one number of real training images. */
export interface SegmentationAt {
  numReal: number;
  dice: Record<string, ArmResult>;
  instanceF1: Record<string, ArmResult>;
}

/** The usefulness experiment with a small U-Net on images and masks. */
export interface Segmentation {
  learner: { id: string; sha256: string };
  seeds: number;
  /** Of every training. */
  steps: number;
  /** Pixels a side, of image and mask. */
  side: number;
  test: 'holdout' | 'split';
  numTest: number;
  numSynthetic: number;
  sizes: SegmentationAt[];
}

/** The same with a small 3D U-Net on volumes and label maps: the mean Dice of both parts. */
export interface VolumeSegmentation extends Omit<Segmentation, 'side' | 'sizes'> {
  voxels: VolumeSize;
  sizes: Omit<SegmentationAt, 'instanceF1'>[];
}

/** The usefulness experiment; `sizes` is empty where only the segmenter could be trained. */
export interface Usefulness {
  classes: string[];
  numTest: number;
  numSynthetic: number;
  seeds: number;
  network: string;
  /** Where the test images come from. */
  test: 'holdout' | 'split';
  sizes: UsefulnessAt[];
  subgroups: SubgroupResult[];
  /** Absent: there were no masks, or it was not asked for. */
  segmentation?: Segmentation;
  /** The same with a small network, trained from nothing, in place of the head; `network` is its id. */
  trained?: Usefulness;
}

/** report.json. */
export interface EvaluationReport {
  version: 1;
  createdAt: string;
  seed: number;
  networks: NetworkFacts[];
  samples: Record<SetName, number>;
  /** Head line: the first network, all images. */
  kid: Kid | null;
  /** Of `figures`; by itself, for reports that were kept before there were those. */
  fid: Figure | null;
  /** Of the first network's features, by the names in metrics/figures/titles.json. Absent in older reports. */
  figures?: Record<string, Figure | null>;
  density: number | null;
  coverage: number | null;
  msSsim: { synthetic: Estimate | null; real: Estimate | null };
  /** By network id. */
  fidelity: Record<string, Fidelity[]>;
  copies: CopyReport | null;
  /** Null: it was not asked for. */
  membership: MembershipReport | null;
  usefulness: Usefulness | null;
  /** Why there is no usefulness, where it was asked for. */
  usefulnessRefusal: string | null;
  /** Whole sentences. */
  warnings: string[];
  skipped: Skipped[];
  seconds: number;
  secondsByStage: Record<string, number>;
}
