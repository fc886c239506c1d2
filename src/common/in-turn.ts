/**
 * Runs pieces of work of this thread one after the other, in the order in which they were asked for. A list that is
 * read while something is written, say, would otherwise come back older than what the page shows, and take its place.
 * A piece must not wait for another one of the same queue.
 */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve();

  /** Settles as `work` does; a failure keeps nothing that comes later. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
