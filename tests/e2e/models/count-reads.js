// eslint-disable-next-line @typescript-eslint/ban-ts-comment -- the types below are of pages, not of workers
// @ts-nocheck It runs in a worker, before the page's own script, and changes what the browser gives it.
/**
 * Put before the download worker's own code by the proof's server: notes every byte that the client reads of the big
 * files in a file that outlives a killed browser, for a synchronous write is in the system's hands when it returns.
 * Records of three float64: file number, bytes of it read so far, 1 where the stream has ended.
 */
{
  const opened = navigator.storage
    .getDirectory()
    .then((folder) => folder.getFileHandle('reads', { create: true }))
    .then((file) => file.createSyncAccessHandle());
  const fetchBefore = self.fetch.bind(self);

  self.fetch = async (url, init) => {
    const log = await opened;
    const response = await fetchBefore(url, init);
    const big = /big-(\d+)\.bin$/.exec(/** @type {string} */ (url));
    if (!big || !response.ok) return response;
    const range = /^bytes=(\d+)-/.exec(init.headers.Range ?? '');
    let position = response.status === 206 ? Number(range[1]) : 0;
    const note = (ended) =>
      log.write(new Float64Array([Number(big[1]), position, ended]), { at: log.getSize() });

    const { body } = response;
    const getReader = body.getReader.bind(body);
    body.getReader = (options) => {
      const reader = getReader(options);
      const read = reader.read.bind(reader);
      note(0);
      reader.read = async (view) => {
        const result = await read(view);
        position += result.value?.length ?? 0;
        note(result.done ? 1 : 0);
        return result;
      };
      return reader;
    };
    return response;
  };
}
