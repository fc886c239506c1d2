/** The mean of the last `size` numbers. */
export class RunningMean {
  #size: number;
  #last: number[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** Takes a number in; gives the mean. */
  add(value: number): number {
    this.#last = [...this.#last.slice(1 - this.#size), value];
    return this.#last.reduce((sum, one) => sum + one, 0) / this.#last.length;
  }
}
