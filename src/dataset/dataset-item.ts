import type { GeneratedVolume } from '../contract/picture';
import type { Provenance } from '../contract/provenance';
import type { CheckResult, GenerationRequest } from '../contract/request';
import type { Mask } from '../image/mask';
import type { CodebookCovariate } from './codebook';
import type { TunedChoice } from './recipe';

/** How a picture was drawn, besides what it shows. */
export type DrawnHow = Pick<
  GenerationRequest,
  'negativePrompt' | 'imageIndex' | 'numInferenceSteps' | 'guidanceScale' | 'scheduler'
>;

/** Everything labels.csv and labels.jsonl say of one image. Plain data. */
export interface ImageRecord {
  /** Its file's name without ending: letters, digits, dot, dash and underscore. */
  id: string;
  /** Row of the recipe, from 0. */
  row: number;
  /** What a classifier would learn; empty where the recipe names none. */
  label: string;
  prompt: string;
  negativePrompt: string;
  seed: number;
  imageIndex: number;
  numInferenceSteps: number;
  guidanceScale: number;
  scheduler: string;
  /** In the unit the model's manifest states; absent ones were not asked for. */
  covariates: Record<string, number>;
  modelId: string;
  /** sha256 of the model's manifest entry, hex. */
  modelHash: string;
  createdAt: Date;
  provenance: Provenance;
  /** What was learnt on the user's own images, and how much of it was used; absent: the model as it is. */
  lora?: TunedChoice;
  /** Further ones, which the prompt named. */
  moreLoras?: TunedChoice[];
  /** What the check while drawing said; absent: it was not checked. */
  checked?: CheckResult;
  /** The id of the image it was made from, where it was. */
  parent?: string;
  /** The same in both images of a counterfactual pair; absent: it belongs to none. */
  pair?: string;
  /** Of the second image of a pair: the sentence by which the first was changed. */
  change?: string;
  /** Images that must not be parted by a split (one source image, one mask); absent: it stands for itself. */
  group?: string;
}

/** Instances with their classes: `classOf[id]` is an index into the class names, `classOf[0]` is 0. */
export interface InstanceMask extends Mask {
  classOf: number[];
}

/** What there is of an image once it is loaded. */
export interface LoadedItem {
  png: Blob;
  mask?: InstanceMask;
  volume?: GeneratedVolume;
  /** Of the second image of a pair: how far each pixel is from that of the first, a grey PNG of the same size. */
  difference?: Blob;
  /** What is known of it only now, where it is made as it is loaded. */
  made?: Pick<ImageRecord, 'seed' | 'checked'> & Partial<Pick<ImageRecord, 'provenance'>>;
}

/** One image of a data set; its pixels are asked for once, when its turn comes, and not kept. */
export interface DatasetItem {
  record: ImageRecord;
  /** null: it could not be confirmed and is left out. */
  load: () => Promise<LoadedItem | null>;
}

/** One file of an export; `path` is relative, with slashes. */
export interface DatasetFile {
  path: string;
  blob: Blob;
}

/** Whether images were compared with real ones, at best with those that the model was trained on. */
export interface CopyCheck {
  /** Images that are nearer to a real one than is credible. */
  copies: number;
  checked: number;
  /** How it was done, in one sentence. */
  method: string;
  /** Ids of those images; absent: the check did not keep them. */
  suspects?: string[];
  /** Largest share of copies that an export may have, 0…1; absent: not a single one. */
  limit?: number;
  scorecard?: Scorecard;
}

/** What a comparison with real images came to; no real image is named in it. */
export interface Scorecard {
  createdAt: string;
  /** Its verdict in whole sentences. */
  sentences: string[];
  /** The figures, as JSON. */
  figures: Record<string, unknown>;
}

/** What an export says about itself. */
export interface DatasetDescription {
  title: string;
  description: string;
  version: string;
  createdAt: Date;
  /** What the images may be used for: by default that of the models. */
  licence: { name: string; url: string };
  models: {
    id: string;
    title: string;
    version: string;
    hash: string;
    licence: { name: string; url: string };
    /** Of one that draws in one step, in words ("Conditional GAN"); absent: diffusion. */
    method?: string;
  }[];
  /** Those that images were made with; absent: none. */
  tuned?: TunedChoice[];
  covariates: CodebookCovariate[];
  /** The images are volumes, each with its label map; absent: pictures. */
  volumes?: boolean;
  /** Background first; empty where there are no masks. */
  maskClasses: string[];
  /** Images with parts of a source image, and such of which that is not known; absent: none of either. */
  sources?: { outside: number; unknown: number };
  /** Null until it was run. */
  copyCheck: CopyCheck | null;
  /** Images that the check while drawing never confirmed, and that are not in here; absent: none. */
  leftOut?: number;
  appVersion: string;
}
