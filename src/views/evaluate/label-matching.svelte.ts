import { distinct } from '../../common/distinct';
import { suggestLabels } from '../../evaluation/match-labels';
import type { Listed } from './evaluation-lists';

/** Which labels of the synthetic images mean which of the real ones, where they are spelled differently. */
export class LabelMatching {
  /** Labels that no real image has, each with the real one that it means, '' for none; null: nobody has looked. */
  meanings = $state<Record<string, string> | null>(null);
  /** Labels of the real images, to choose from. */
  realLabels = $state.raw<string[]>([]);

  /** Other images, other labels. */
  forget() {
    this.meanings = null;
  }

  /** False, once, where labels differ and somebody has to say which mean the same. */
  settle(synthetic: Listed, real: Listed): boolean {
    if (this.meanings !== null) return true;
    const labelsOf = (list: Listed) => list.map(({ image }) => image.label);
    this.realLabels = distinct(labelsOf(real));
    const suggested = suggestLabels(labelsOf(synthetic), this.realLabels);
    // One label on the real side tells nothing apart, and is often no more than the name of the folder.
    const tells = this.realLabels.length > 1 || Object.values(suggested).some((one) => one !== '');
    const asks = tells && Object.keys(suggested).length > 0;
    this.meanings = asks ? suggested : {};
    return !asks;
  }

  /** The same images; each label that means another one is that one. */
  apply(list: Listed): Listed {
    const meanings = this.meanings ?? {};
    return list.map((one) => {
      const label = meanings[one.image.label] || one.image.label;
      return { ...one, image: { ...one.image, label } };
    });
  }
}
