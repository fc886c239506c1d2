import { EDIT_STANDARD } from '../common/edit-standard';
import type { GeneratedImage, GeneratedVolume } from '../contract/picture';
import type { Provenance } from '../contract/provenance';
import type { GenerationRequest, ToldBackend } from '../contract/request';
import { chooseLora } from './choose-lora';
import { refuseUnfit } from './fits-modality';
import { withEdit } from './with-edit';
import { readWords, type CliWords, type WordsHost } from './words';
import { encodeImage } from '../dataset/encode-image';
import type { ImageFileFormat } from '../dataset/formats/format';
import { dicomOrigin } from '../dataset/formats/modality';
import { allTunedOf, describeExport, toRecord } from '../dataset/export-items';
import { createPlan, type Recipe } from '../dataset/recipe';
import type { DicomOrigin } from '../image/dicom/dicom-origin';
import { repeatsSource, similarityWords } from '../image/provenance';
import { modelHash } from '../models/manifest/located-model';
import type { ModelEntry } from '../models/manifest/manifest';
import type { NetworkLabels } from '../models/manifest/networks';
import type { ModalityPhrases } from '../models/manifest/prompt-modality';
import { covariateWarnings } from '../views/studio/state/measured-effect';
import { differencePng } from '../pictures/difference-png';
import { readLabels } from '../pictures/mask-layout';
import { readSource } from '../pictures/source-image';

/** Given at build time: package.json's. */
declare const __APP_VERSION__: string;

export type FileFormat = ImageFileFormat;

/** Files from a terminal, in base64, and how they are used. */
export interface CliSources {
  init?: string;
  /** Which picture or volume of that file, from 0. */
  frame?: number;
  strength?: number;
  /** A sentence that says what to change of that image; the prompt says what it shows. */
  edit?: string;
  push?: number;
  inpaint?: string;
  featherPx?: number;
  /** The UID of a DICOM source may be named. */
  nameSource?: boolean;
  mask?: string;
  /** Safetensors files of factors, all of them together. */
  loras?: { file: string; name: string; strength: number }[];
}

/** What this file needs of cli-entry.ts. */
export interface CliHost extends WordsHost {
  findEntry(modelId: string): Promise<ModelEntry>;
  /** What prompts call the kinds of image. */
  modalities(): Promise<ModalityPhrases[]>;
  /** What a network that checks pictures can call them. */
  labels(): Promise<NetworkLabels | undefined>;
  make(request: GenerationRequest): Promise<ToldImage>;
  toBase64(blob: Blob): Promise<string>;
  /** A file of the folder of sources, in base64; null: there is none of that name. */
  readSource(name: string): Promise<string | null>;
  saveFile(path: string, base64: string): Promise<void>;
}

/** A generated image that says in English why it was made where it was. */
export type ToldImage = GeneratedImage & { backend: ToldBackend };

/** A generated image as files that can leave the browser through the debugger: text. */
export type TextFiles = Omit<ToldImage, 'png' | 'maskPng' | 'regionPng' | 'volume'> & {
  fileBase64: string;
  ending: string;
  maskBase64: string | null;
  /** Why it must not be written unasked: it repeats the image that it was made from; null: it does not. */
  repeats: string | null;
  /** Values outside what the model has seen, and covariates that it was not seen to obey; whole sentences. */
  warnings: string[];
  /** What the model made of the words; null: it could not be asked. */
  words: CliWords | null;
  /** Of a volume as NIfTI: its label map, another NIfTI. */
  labelBase64: string | null;
  /** What was done to the files that it was made from, in whole sentences. */
  notes: string[];
  /** Of a picture that was drawn and then changed: how it was before, and what has changed, as PNG; null: of any other. */
  pair: { sourceBase64: string; differenceBase64: string } | null;
  /** Of a volume: what its label map holds, by the label's name. */
  labelMm3: Record<string, number> | null;
};

/** As in the page's form. */
const STANDARD = { strength: 0.6, featherPx: 8 };

/** One image, from what the sources say, as a file of this format. */
export async function generateFrom(
  host: CliHost,
  request: GenerationRequest,
  { sources, format }: { sources: CliSources; format: FileFormat },
): Promise<TextFiles> {
  const entry = await host.findEntry(request.modelId);
  const tuned = await withLoras(request, sources);
  const { request: asked, drawn } =
    sources.edit === undefined
      ? { request: tuned, drawn: null }
      : await withEdit(host, tuned, entry, sources);
  const { request: whole, notes } = await withSources(asked, entry, sources);
  await host.check(whole);
  refuseUnfit(whole, entry, await host.modalities());
  const words = await readWords(host, whole, entry);
  const warnings = covariateWarnings(whole.covariates, entry.conditions.covariates);
  const image = await host.make(whole);
  const { png, maskPng, regionPng: _, volume, ...made } = image;
  const rest = { ...made, notes, pair: drawn && (await pairOf(host, drawn, png, entry)) };
  if (volume && format === 'nifti') {
    const [fileBase64, labelBase64] = await Promise.all(
      [volume.image, volume.labels].map((blob) => host.toBase64(blob)),
    );
    const repeats = repeatsWords(image.provenance);
    const files = { fileBase64, ending: 'nii.gz', maskBase64: null, labelBase64, repeats };
    return { ...rest, ...files, words, warnings, labelMm3: volume.labelMm3 };
  }
  const recipe = recipeOf(image.request);
  const { lora: _lora, moreLoras: _more, ...plain } = image.request;
  const facts = { ...plain, modelHash: image.modelHash, createdAt: new Date() };
  const plan = createPlan(recipe);
  const record = toRecord(plan, recipe, { ...facts, index: 0, label: '' });
  const own = await modelHash(entry);
  const description = describeExport({ title: '', recipe }, entry, [facts], __APP_VERSION__, own);
  const at = image.request.imageIndex;
  const { provenance = record.provenance } = image;
  const [first, ...moreTuned] = allTunedOf(image.request);
  const named = {
    ...record,
    provenance,
    imageIndex: at,
    ...(first && { lora: first, moreLoras: moreTuned }),
  };
  const { blob, ending } =
    volume && format === 'dicom'
      ? await asZip(volume, dicomOrigin(named, description, at))
      : await encodeImage(png, named, description, at, format);
  return {
    ...rest,
    fileBase64: await host.toBase64(blob),
    ending,
    repeats: repeatsWords(provenance),
    words,
    warnings,
    maskBase64: maskPng ? await host.toBase64(maskPng) : null,
    labelBase64: null,
    labelMm3: volume?.labelMm3 ?? null,
  };
}

async function pairOf(host: CliHost, drawn: Blob, png: Blob, entry: ModelEntry) {
  const difference = await differencePng(drawn, png, entry);
  const [sourceBase64, differenceBase64] = await Promise.all(
    [drawn, difference].map((blob) => host.toBase64(blob)),
  );
  return { sourceBase64, differenceBase64 };
}

/** A series has many files, and its label map one more. */
async function asZip(volume: GeneratedVolume, origin: DicomOrigin) {
  const { zipVolumeDicom } = await import('../dataset/zip/volume-zip');
  return { blob: await zipVolumeDicom(volume, origin), ending: 'zip' };
}

function repeatsWords(provenance?: Provenance): string | null {
  return provenance && repeatsSource(provenance) ? similarityWords(provenance) : null;
}

/** What the image is drawn with; an image that is drawn to be changed has it too. */
async function withLoras(
  request: GenerationRequest,
  { loras = [] }: CliSources,
): Promise<GenerationRequest> {
  const [lora, ...moreLoras] = await Promise.all(
    loras.map(({ file, name, strength }) => chooseLora(toBlob(file), strength, name)),
  );
  return { ...request, ...(lora && { lora }), ...(moreLoras.length > 0 && { moreLoras }) };
}

async function withSources(
  request: GenerationRequest,
  entry: ModelEntry,
  { init, frame, inpaint, mask, nameSource = false, ...numbers }: CliSources,
): Promise<{ request: GenerationRequest; notes: string[] }> {
  const standard = request.edit ? { ...STANDARD, strength: EDIT_STANDARD.strength } : STANDARD;
  const { strength, featherPx } = { ...standard, ...numbers };
  const [result, notes]: [GenerationRequest, string[]] = [{ ...request }, []];
  if (init) {
    // A terminal has no gallery in which a picture of this app could be found: every file is from outside.
    const source = await readSource(toBlob(init), entry, { fit: 'crop', frame });
    const { rgb, voxels, dicom = {}, warnings } = source;
    if (entry.volume) notes.push(...warnings);
    const { burnedIn } = dicom;
    const said = nameSource ? dicom : burnedIn ? { burnedIn } : {};
    const pixels = voxels ? { voxels } : { rgb };
    result.init = { ...pixels, strength, from: { origin: 'outside', dicom: said } };
  }
  if (inpaint) {
    const marked = await readLabels(toBlob(inpaint), 'instances', entry);
    result.inpaint = { region: Uint8Array.from(marked, (x) => (x === 0 ? 0 : 255)), featherPx };
  }
  if (mask) {
    result.mask = { labels: await maskLabels(toBlob(mask), entry, notes) };
  }
  return { request: result, notes };
}

/** An instance mask from a PNG; of a volume its label map from a NIfTI. What was done to it is added to `notes`. */
async function maskLabels(file: Blob, entry: ModelEntry, notes: string[]) {
  if (!entry.volume) return readLabels(file, 'instances', entry);
  const { readLabelMap } = await import('../image/nifti/read-label-map');
  const read = await readLabelMap(file, entry.volume);
  notes.push(...read.notes);
  return read.labels;
}

/** A recipe of one image, so that its file says what a data set's would. */
function recipeOf(request: GenerationRequest): Recipe {
  const { modelId, seed, numInferenceSteps, guidanceScale, scheduler, covariates } = request;
  // No prompts: braces in them are no placeholders.
  const plain = { prompt: '', negativePrompt: '', words: {}, covariates, count: 1 };
  const sampling = { modelId, seed, numInferenceSteps, guidanceScale, scheduler };
  return { version: 1, title: '', ...sampling, rows: [plain] };
}

/** The bytes of a file that came as text. */
export function toBlob(base64: string): Blob {
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))]);
}
