import type { GenerationProgress } from '../contract/picture';
import { texts } from './texts';
import { fixed } from '../languages/numbers';

/** A stage of work in words. */
export interface ProgressText {
  /** What is going on; changes seldom enough to be read aloud. */
  title: string;
  /** Figures that change fast. */
  detail: string;
  /** 0…1, or null where nobody can tell. */
  fraction: number | null;
}

/** Says what a progress report means. */
export function describeProgress(progress: GenerationProgress): ProgressText {
  switch (progress.stage) {
    case 'queued':
      return { title: texts.waitingTurn, detail: '', fraction: null };
    case 'download':
      return {
        title: texts.downloadingModel,
        ...ofBytes(progress, progress.msLeft, progress.bytesPerSecond),
      };
    case 'verify':
      return { title: texts.checkingDownload, ...ofBytes(progress, null) };
    case 'copy':
      return { title: texts.copyingModel, ...ofBytes(progress, null) };
    case 'compile': {
      const { component, done, total } = progress;
      const title = texts.gettingReady(COMPONENTS[component]?.() ?? component);
      return { title, detail: texts.ofParts(done, total), fraction: ratio(done, total) };
    }
    case 'self-test':
      return { title: texts.testingDeviceWithKnown, detail: '', fraction: null };
    case 'encode':
      return { title: texts.readingPrompt, detail: '', fraction: null };
    case 'denoise': {
      const { step, numSteps, msLeft } = progress;
      const title = step ? texts.stepOf(step, numSteps) : texts.startingFromNoise;
      return { title, detail: timeLeft(msLeft), fraction: ratio(step, numSteps) };
    }
    case 'decode':
      return { title: texts.decodingPicture, detail: '', fraction: null };
    case 'check': {
      const { attempt, maxTries } = progress;
      return { title: texts.tryOfAtMost(attempt, maxTries), detail: '', fraction: null };
    }
    case 'save':
      return { title: texts.writingPng, detail: '', fraction: null };
  }
}

/** "58.1 MB", decimal as download sizes are; "0.4 MB" below one. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${fixed(bytes / 1e9, 2)} GB`;
  if (bytes === 0) return '0 MB';
  if (bytes >= 1e5) return `${fixed(bytes / 1e6, 1)} MB`;
  return `${Math.ceil(bytes / 1e3)} kB`;
}

/** "3.2 s", "2 min 5 s", "12 min", "4 h 10 min". */
export function formatDuration(ms: number): string {
  if (ms < 9_950) return `${fixed(ms / 1000, 1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const COMPONENTS: Record<string, () => string> = {
  textEncoder: () => texts.textEncoder,
  textEncoder2: () => texts.textEncoder2,
  unet: () => texts.denoisingNetwork,
  vaeDecoder: () => texts.imageDecoder,
  vaeEncoder: () => texts.imageEncoder,
};

function ofBytes(
  { bytesDone, bytesTotal }: { bytesDone: number; bytesTotal: number },
  msLeft: number | null,
  bytesPerSecond?: number | null,
) {
  const amount = texts.of(formatBytes(bytesDone), formatBytes(bytesTotal));
  const speed = bytesPerSecond ? `${formatBytes(bytesPerSecond)}/s` : '';
  const detail = [amount, speed, timeLeft(msLeft)].filter(Boolean).join(' · ');
  return { detail, fraction: ratio(bytesDone, bytesTotal) };
}

function timeLeft(msLeft: number | null): string {
  return msLeft === null ? '' : texts.left(formatDuration(msLeft));
}

function ratio(done: number, total: number): number | null {
  return total > 0 ? Math.min(1, done / total) : null;
}
