import type { GenerationProgress } from '../contract/picture';

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
      return { title: 'Waiting its turn', detail: '', fraction: null };
    case 'download':
      return {
        title: 'Downloading the model',
        ...ofBytes(progress, progress.msLeft, progress.bytesPerSecond),
      };
    case 'verify':
      return { title: 'Checking the download', ...ofBytes(progress, null) };
    case 'copy':
      return { title: 'Copying the model', ...ofBytes(progress, null) };
    case 'compile': {
      const { component, done, total } = progress;
      const title = `Getting the ${COMPONENTS[component] ?? component} ready`;
      return { title, detail: `${done} of ${total} parts`, fraction: ratio(done, total) };
    }
    case 'self-test':
      return { title: 'Testing this device with a known answer', detail: '', fraction: null };
    case 'encode':
      return { title: 'Reading the prompt', detail: '', fraction: null };
    case 'denoise': {
      const { step, numSteps, msLeft } = progress;
      const title = step ? `Step ${step} of ${numSteps}` : 'Starting from noise';
      return { title, detail: timeLeft(msLeft), fraction: ratio(step, numSteps) };
    }
    case 'decode':
      return { title: 'Decoding the picture', detail: '', fraction: null };
    case 'check': {
      const { attempt, maxTries } = progress;
      return { title: `Try ${attempt} of at most ${maxTries}`, detail: '', fraction: null };
    }
    case 'save':
      return { title: 'Writing the PNG', detail: '', fraction: null };
  }
}

/** "58.1 MB", decimal as download sizes are; "0.4 MB" below one. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  if (bytes === 0) return '0 MB';
  if (bytes >= 1e5) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${Math.ceil(bytes / 1e3)} kB`;
}

/** "3.2 s", "2 min 5 s", "12 min", "4 h 10 min". */
export function formatDuration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const COMPONENTS: Record<string, string> = {
  textEncoder: 'text encoder',
  unet: 'denoising network',
  vaeDecoder: 'image decoder',
  vaeEncoder: 'image encoder',
};

function ofBytes(
  { bytesDone, bytesTotal }: { bytesDone: number; bytesTotal: number },
  msLeft: number | null,
  bytesPerSecond?: number | null,
) {
  const amount = `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
  const speed = bytesPerSecond ? `${formatBytes(bytesPerSecond)}/s` : '';
  const detail = [amount, speed, timeLeft(msLeft)].filter(Boolean).join(' · ');
  return { detail, fraction: ratio(bytesDone, bytesTotal) };
}

function timeLeft(msLeft: number | null): string {
  return msLeft === null ? '' : `${formatDuration(msLeft)} left`;
}

function ratio(done: number, total: number): number | null {
  return total > 0 ? Math.min(1, done / total) : null;
}
