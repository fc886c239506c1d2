import { repeatsSource, similarityWords, UNKNOWN } from '../../../image/provenance';
import type { GalleryEntry } from '../../gallery/gallery-entry';
import { saveBlob, saveFile } from '../../../browser/save-file';
import { texts } from '../texts/studio';

/** Something that is to be saved, and why not unasked. */
interface Asked {
  doubts: string[];
  /** Pictures that the doubts are about. */
  count: number;
  save: () => Promise<void>;
}

/** Saves single pictures and sheets of them. What repeats a real image goes out only after somebody has said so. */
export class PictureSave {
  /** Waits for an answer. */
  asking = $state.raw<Asked | null>(null);
  error = $state.raw<Error | null>(null);

  start(entry: GalleryEntry) {
    void this.guard([entry], async () => {
      if (entry.provenance) saveFile(entry.url, entry.fileName);
      else saveBlob(await relabelled(entry), entry.fileName);
    });
  }

  /** Saves it at twice its size, which the file says. */
  startEnlarged(entry: GalleryEntry) {
    return this.guard([entry], async () => {
      const { enlargePng } = await import('../../../image/enlarged-png');
      const png = entry.provenance ? entry.png : await relabelled(entry);
      saveBlob(await enlargePng(png), entry.fileName.replace(/\.png$/, '-2x.png'));
    });
  }

  /** Saves what shows these pictures, at once or after a yes. */
  async guard(entries: readonly GalleryEntry[], save: () => Promise<void>) {
    const doubtful = entries.map(doubtsOf).filter((doubts) => doubts.length > 0);
    this.asking = null;
    if (doubtful.length === 0) await this.#attempt(save);
    else {
      const doubts = doubtful.flat();
      const different = doubts.filter((doubt, i) => doubts.indexOf(doubt) === i);
      this.asking = { doubts: different, count: doubtful.length, save };
    }
  }

  /** The answer to `asking`. */
  async answer(yes: boolean) {
    const { asking } = this;
    this.asking = null;
    if (asking && yes) await this.#attempt(asking.save);
  }

  async #attempt(save: () => Promise<void>) {
    this.error = null;
    try {
      await save();
    } catch (error) {
      this.error = error as Error;
    }
  }
}

/** Why this picture should not go out unasked, in whole sentences; none: it may. */
export function doubtsOf({ provenance = UNKNOWN, copy }: GalleryEntry): string[] {
  const repeats = similarityWords(provenance) || texts.howMuchNotMeasured;
  return [
    ...(repeatsSource(provenance) ? [texts.repeatsImageFromOutside(repeats)] : []),
    ...(copy?.suspected ? [texts.suspectedToCopy(copy.method)] : []),
  ];
}

/** Versions up to 0.3.0 wrote "shows no real patient" into every picture, whatever it was made from. */
async function relabelled({ png }: GalleryEntry): Promise<Blob> {
  const { relabel } = await import('../../../image/synthetic-texts');
  return relabel(png, UNKNOWN);
}
