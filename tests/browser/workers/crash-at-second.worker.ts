import '../../../workers/inference.worker';

/** Makes one image, and crashes in the middle of the next, as a renderer short of memory does. */
let numImages = 0;
addEventListener('message', ({ data }: MessageEvent<{ path?: string[] }>) => {
  if (data.path?.[0] !== 'generate' || ++numImages < 2) return;
  setTimeout(() => {
    throw new Error('crashed on purpose');
  }, 20);
});
