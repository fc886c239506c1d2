import type { GenerationRequest } from '../../../contract/request';
import { appError } from '../../../errors';
import { countInstances, type MaskKind } from '../../../image/mask';
import type { Fit } from '../../../image/model-input';
import type { Plane } from '../../../image/nifti/read-nifti';
import type { ModelEntry } from '../../../models/manifest/manifest';
import { canEncode } from '../../../models/manifest/model-files';
import { drawLabels, readLabels, type LayoutSettings } from '../../../pictures/mask-layout';
import type { GalleryEntry } from '../../gallery/gallery-entry';
import { LabelMapState } from './label-map.svelte';
import { asSource, type FindMade } from '../../../pictures/made-here';
import { EditForm, IMAGE_STRENGTH } from '../edit/edit-form.svelte';
import { PaintingState, type PaintingKind } from '../../paint/painting.svelte';
import { sourceInRequest } from './source-in-request';
import { SessionSources, type KnownSource } from './session-sources';
import {
  packedColours,
  paintedSource,
  readSource,
  type SourceChoice,
  type SourceImage,
} from '../../../pictures/source-image';
import { texts } from '../texts/conditions';

/** A sketch says where things are, and little of what they look like. */
const SKETCH_STRENGTH = 0.8;

/** The image to start from, the part of it to paint anew, and the instance mask: as they will be asked for. */
export class ConditionsState {
  readonly entry: ModelEntry;
  source = $state.raw<SourceImage | null>(null);
  strength = $state(IMAGE_STRENGTH);
  fit = $state<Fit>('crop');
  /** The source's UID may be named in DICOM files of what is made from it. */
  nameSource = $state(false);
  /** [height · width], 255 where the image changes. */
  region = $state.raw<Uint8Array<ArrayBuffer> | null>(null);
  featherPx = $state(8);
  /** Only what a sentence asks for is changed. */
  readonly edit: EditForm;
  /** [height · width], instance ids. */
  labels = $state.raw<Uint16Array<ArrayBuffer> | null>(null);
  /** Of a model of volumes: where `labels` come from. */
  readonly labelMap = new LabelMapState(this);
  /** Open: what is being painted. */
  painting = $state.raw<PaintingState | null>(null);
  /** Left without being used: it can be opened again. */
  left = $state.raw<PaintingState | null>(null);
  reading = $state(false);
  error = $state.raw<Error | null>(null);
  /** What could not be taken over from a picture, in words. */
  notice = $state('');

  /** What this was given, by its place in time. */
  #numbers = new WeakMap<object, number>();
  #numGiven = 0;
  /** The file that the source was read from, while it may be read again: another frame, another fit. */
  #file: Blob | null = null;
  /** What is known of that file without looking. */
  #known: KnownSource = {};
  #sources = new SessionSources();
  /** Count sources that were asked for or removed, and times that all was: what is read for an older one is none any more. */
  #sourceTurn = 0;
  #turn = 0;
  #findMade: FindMade;

  constructor(entry: ModelEntry, findMade: FindMade = () => Promise.resolve(null)) {
    this.entry = entry;
    this.edit = new EditForm(entry);
    this.#findMade = findMade;
  }

  /** All of this as text, so that a change of anything shows. */
  get version(): string {
    const { source, strength, region, featherPx, labels, nameSource } = this;
    const numbers = [source, region, labels].map((one) => one && this.#numberOf(one));
    return [...numbers, strength, featherPx, nameSource, this.edit.version].join(' ');
  }

  get takesImage(): boolean {
    return this.entry.conditions.initImage && canEncode(this.entry);
  }

  get numInstances(): number {
    return countInstances(this.labels ?? []);
  }

  /** "2 of 4": how many of the steps run. */
  stepsOf(numInferenceSteps: number): string {
    return texts.ofSteps(Math.trunc(numInferenceSteps * this.strength), numInferenceSteps);
  }

  /** The request with all of this in it. */
  addTo(request: GenerationRequest): GenerationRequest {
    const { source, strength, region, featherPx, labels, nameSource } = this;
    return {
      ...request,
      ...(source && this.edit.words),
      ...(source && { init: { ...sourceInRequest(source, nameSource), strength } }),
      ...(source && region && { inpaint: { region, featherPx } }),
      ...(labels && { mask: { labels } }),
    };
  }

  async takeFile(file: Blob) {
    if (!this.takesImage) {
      this.error = appError(
        'RequestInvalid',
        `${this.entry.title} has no image encoder, so it cannot start from an image. Choose a model that has one.`,
      );
      return;
    }
    if (await this.#read(file, { fit: this.fit })) this.strength = IMAGE_STRENGTH;
  }

  /** Reads the same file again: another of its pictures, cut along another plane, or fitted in another way. */
  async readAgain(change: { fit?: Fit; frame?: number; plane?: Plane }) {
    if (change.fit) this.fit = change.fit;
    const { source } = this;
    if (!this.#file || !source) return;
    const plane = change.plane ?? source.plane ?? undefined;
    // Another plane has other slices: its middle one.
    const frame = change.plane ? undefined : (change.frame ?? source.frame);
    const { strength } = this;
    const edit = this.edit.contents;
    if (!(await this.#read(this.#file, { fit: this.fit, frame, plane }, this.#known))) return;
    this.strength = strength;
    this.edit.contents = edit; // it is the same image
  }

  async takeEntry({ id, png, volume, provenance, request }: GalleryEntry) {
    const known = { sourceId: id, from: asSource(provenance) };
    // A picture of a volume is no source for a model of volumes, nor a volume for one of pictures.
    const file = this.entry.volume && volume ? volume.image : png;
    if (await this.#read(file, { fit: this.fit }, known)) this.edit.take(request);
  }

  async takeMask(file: Blob, kind: MaskKind) {
    const turn = this.#turn;
    await this.attempt(async () => {
      const labels = await readLabels(file, kind, this.entry);
      if (turn === this.#turn) this.labels = labels;
    });
  }

  generateMask(settings: LayoutSettings) {
    this.labels = drawLabels(settings, this.entry.image);
  }

  removeSource() {
    this.#sourceTurn++;
    this.source = null;
    this.region = null;
    if (this.left?.kind === 'region') this.left = null; // it was of this source
    this.#file = null;
    this.#known = {};
    this.nameSource = false;
    // All of an image that is edited may be forgotten: of the next one that is not meant.
    if (this.edit.on) this.strength = IMAGE_STRENGTH;
    this.edit.clear();
  }

  /** Opens the drawing surface. */
  paint(kind: PaintingKind) {
    const start = {
      region: () => this.region,
      mask: () => this.labels,
      sketch: () => (this.source ? packedColours(this.source.rgb) : null),
    }[kind]();
    this.left = null;
    this.painting = new PaintingState(kind, this.entry.image, start ?? undefined);
  }

  /** Closes the drawing surface; what was painted can be brought back. */
  leavePainting() {
    if (this.painting && this.painting.numUndo > 0) this.left = this.painting;
    this.painting = null;
  }

  /** Opens what was left without being used. */
  paintOn() {
    this.painting = this.left;
    this.left = null;
  }

  /** Takes what was painted; nothing painted is nothing asked for. */
  async finishPainting() {
    const { painting } = this;
    this.painting = null;
    if (!painting) return;
    const { kind, plane, isEmpty } = painting;
    if (kind === 'region') this.region = isEmpty ? null : Uint8Array.from(plane);
    else if (kind === 'mask') this.labels = isEmpty ? null : Uint16Array.from(plane);
    else if (!isEmpty) {
      this.#take(await paintedSource(plane, this.source));
      this.strength = SKETCH_STRENGTH;
    }
  }

  /** What a picture was made from, as far as it is still there. */
  async restore({ request, maskPng, regionPng }: GalleryEntry, gallery: GalleryEntry[]) {
    this.clear();
    const turn = this.#turn;
    const { init, inpaint, mask } = request;
    if (mask && maskPng) await this.takeMask(maskPng, 'instances');
    if (!init || turn !== this.#turn) return;
    const parent = gallery.find(({ id }) => id === init.sourceId);
    // Of a volume only a picture is kept.
    const url = this.entry.volume ? null : this.urlOf(init.sha256);
    if (parent) await this.takeEntry(parent);
    else if (url) {
      const known = this.#sources.knownOf(init.sha256!);
      const file = await (await fetch(url)).blob();
      if (turn === this.#turn) await this.#read(file, { fit: 'crop' }, known);
    } else {
      this.notice = texts.pictureStartedFromImage;
      return;
    }
    if (turn !== this.#turn) return;
    this.strength = init.strength;
    this.edit.restore(request);
    if (!inpaint || !regionPng) return;
    this.featherPx = inpaint.featherPx;
    const region = Uint8Array.from(await readLabels(regionPng, 'instances', this.entry));
    if (turn === this.#turn) this.region = region;
  }

  /** The address of a source of this session. */
  urlOf(sha256: string | undefined): string | null {
    return this.#sources.urlOf(sha256);
  }

  clear() {
    this.#turn++;
    this.removeSource();
    this.labels = null;
    this.labelMap.leavePainting();
    this.painting = null;
    this.left = null;
    this.error = null;
    this.notice = '';
  }

  /** Forgets the sources of this session too. */
  close() {
    this.clear();
    this.#sources.close();
  }

  /**
   * Whether it is what is started from now. What is known already is not looked for: a picture of the gallery, or a source that
   * was taken before.
   */
  async #read(file: Blob, choice: SourceChoice, known: KnownSource = {}): Promise<boolean> {
    const turn = ++this.#sourceTurn;
    let taken = false;
    await this.attempt(async () => {
      const source = await readSource(file, this.entry, choice);
      const from = known.from ?? (source.sha256 && (await this.#findMade(source.sha256)));
      if (turn !== this.#sourceTurn) return;
      this.#take({ ...source, ...known, ...(from && { from }) });
      this.#file = file;
      this.#known = known;
      taken = true;
    });
    return taken;
  }

  /** A new source has no region yet. */
  #take(source: SourceImage) {
    this.removeSource();
    if (this.entry.volume) this.labels = null; // it is drawn to the volume
    this.source = source;
    this.notice = '';
    if (source.sha256) void this.#sources.remember(source.sha256, source, this.entry.image);
  }

  #numberOf(one: object): number {
    const known = this.#numbers.get(one) ?? ++this.#numGiven;
    this.#numbers.set(one, known);
    return known;
  }

  /** Does what may fail, and keeps the error for the form. */
  async attempt(work: () => Promise<void>) {
    this.reading = true;
    this.error = null;
    try {
      await work();
    } catch (error) {
      const { name, message } = error as Error;
      this.error =
        name === 'Error' ? appError('ImageUnreadable', message, error) : (error as Error);
    } finally {
      this.reading = false;
    }
  }
}
