/** @typedef {import('../src/contract/picture.ts').GenerationProgress} GenerationProgress */

/**
 * Writes progress to a terminal as one line that changes, to a file or pipe as one line per change worth a line.
 *
 * @param {NodeJS.WriteStream} stream
 * @param {(progress: any) => string | null} describe  null: nothing to show.
 */
export function createProgressPrinter(stream, describe) {
  let shown = '';
  return {
    show: (/** @type {unknown} */ progress) => {
      const text = describe(progress);
      if (text === null || text === shown) return;
      stream.write(stream.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
      shown = text;
    },
    /** Leaves the line. */
    end: () => {
      if (shown && stream.isTTY) stream.write('\r\x1b[K');
      shown = '';
    },
  };
}

/**
 * How far a picture is, in words.
 *
 * @param {GenerationProgress} progress
 */
export function describeGeneration(progress) {
  switch (progress.stage) {
    case 'queued':
      return 'waiting';
    case 'download':
    case 'verify':
    case 'copy': {
      const done = Math.floor((10 * progress.bytesDone) / Math.max(1, progress.bytesTotal)) * 10;
      const megabytes = (progress.bytesTotal / 1e6).toFixed(1);
      const verb = { download: 'downloading', verify: 'checking', copy: 'copying' }[progress.stage];
      return `${verb} ${megabytes} MB: ${done} %`;
    }
    case 'compile':
      return `compiling ${progress.component} (${progress.done} of ${progress.total})`;
    case 'self-test':
      return 'testing this device';
    case 'encode':
      return 'reading the prompt';
    case 'denoise':
      return `step ${progress.step} of ${progress.numSteps}`;
    case 'check':
      return `try ${progress.attempt} of at most ${progress.maxTries}`;
    case 'decode':
      return 'decoding';
    case 'save':
      return 'saving';
  }
}
