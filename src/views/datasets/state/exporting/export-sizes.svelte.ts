import type { DatasetDescription, DatasetItem } from '../../../../dataset/dataset-item';
import type { ExportDatasetOptions } from '../../../../dataset/export-dataset';
import { FILE_FORMATS, type ImageFileFormat } from '../../../../dataset/formats/format';
import { LAYOUTS, type LayoutName } from '../../../../dataset/layouts/layout';

/** Images that are to be saved, and what is written about them. */
export interface ToEstimate {
  items: readonly DatasetItem[];
  description: DatasetDescription;
  /** Format and layout are those that are chosen: what is asked first. */
  options: ExportDatasetOptions;
  /** Why these images cannot be had so; null where they can. */
  refusal: (layout: LayoutName, format: ImageFileFormat) => string | null;
}

/** How large a ZIP of a data set will be: as chosen, in each other format, in each other layout. */
export class ExportSizes {
  /** Bytes by "FORMAT/LAYOUT"; what is not there is not known yet, or cannot be had. */
  known = $state.raw<Record<string, number>>({});

  #controller = new AbortController();
  /** Ids of the images that were estimated. */
  #images = '';

  of(format: ImageFileFormat, layout: LayoutName): number | null {
    return this.known[`${format}/${layout}`] ?? null;
  }

  /** Forgets what was estimated of other images. */
  forget() {
    this.#controller.abort();
    this.known = {};
    this.#images = '';
  }

  /** Other images have other sizes; another format does not change those that are known. */
  ofImages(ids: string) {
    if (this.#images === ids) return;
    this.forget();
    this.#images = ids;
  }

  /** Estimates one after the other, until that is no longer wanted. An estimate that fails is left out. */
  async follow(prepare: () => Promise<ToEstimate>) {
    this.#controller.abort();
    const controller = (this.#controller = new AbortController());
    const { signal } = controller;
    try {
      const { items, description, options, refusal } = await prepare();
      const { estimateBytes, sampleOf } = await import('../../../../dataset/zip/estimate-export');
      const sample = sampleOf(items).map(readOnce);
      for (const [format, layout] of inTurn(options.format, options.layout ?? 'plain')) {
        if (signal.aborted) return;
        if (this.of(format, layout) !== null || refusal(layout, format)) continue;
        const asked = { ...options, format, layout, signal };
        const bytes = await estimateBytes(sample, items.length, description, asked).catch(
          () => null,
        );
        // Others may have been asked about in the meantime.
        if (signal.aborted) return;
        if (bytes !== null) this.known = { ...this.known, [`${format}/${layout}`]: bytes };
      }
    } catch {
      // A size that is not known is not shown; saving says what is wrong.
    }
  }
}

/** What is chosen, then what the two lists beside it offer. */
function inTurn(format: ImageFileFormat, layout: LayoutName): [ImageFileFormat, LayoutName][] {
  return [
    [format, layout],
    ...FILE_FORMATS.map(([other]) => [other, layout] as [ImageFileFormat, LayoutName]),
    ...LAYOUTS.map(([other]) => [format, other] as [ImageFileFormat, LayoutName]),
  ];
}

/** The same picture is encoded several times. */
function readOnce({ record, load }: DatasetItem): DatasetItem {
  let loaded: ReturnType<typeof load> | null = null;
  return { record, load: () => (loaded ??= load()) };
}
