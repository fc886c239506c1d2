/** Crashes at the first message, as a worker that runs out of memory does. */
addEventListener('message', () => {
  setTimeout(() => {
    throw new RangeError('Array buffer allocation failed');
  });
});
