import { missingWords } from '../../browser/backend-words';
import { formatBytes } from '../../controls/describe-progress';
import type { Misfit } from '../../models/store/quota';
import { texts } from './texts';

/** What speaks against a model on this device, and what to do, in the language of the page. */
export function misfitWords(misfit: Misfit): string {
  if (misfit.kind === 'gpuLacks') return texts.wouldRunOnCpu(missingWords(misfit.missing));
  const needs = formatBytes(misfit.bytes);
  switch (misfit.kind) {
    case 'noRoom': {
      const { title, bytes, freeBytes, inItsPlace } = misfit;
      const way = inItsPlace
        ? texts.deleteAnother(inItsPlace.title, formatBytes(inItsPlace.bytes))
        : texts.freeOnDisk(formatBytes(bytes - freeBytes));
      return texts.noRoom(title, needs, formatBytes(freeBytes), way);
    }
    case 'tooMuchForCpu':
      return texts.tooMuchForCpu(misfit.title, needs, formatBytes(misfit.mostBytes));
    case 'littleMemory':
      return texts.littleMemory(misfit.title, needs, formatBytes(misfit.memoryBytes));
  }
}
