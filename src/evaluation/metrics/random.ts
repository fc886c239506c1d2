import { philox4x32 } from '../../common/philox';

/** A stream of random numbers that is the same on every machine for a seed (0…2³²−1) and a stream number. */
export interface Random {
  /** In [0, 1). */
  uniform(): number;
  /** In 0…n−1. */
  integer(n: number): number;
  /** 0…n−1 in random order (Fisher and Yates). */
  permutation(n: number): number[];
}

/** Counter-based: two streams of one seed have nothing in common. */
export function createRandom(seed: number, stream = 0): Random {
  let counter = 0;
  let words: number[] = [];
  const uniform = () => {
    if (words.length === 0) words = philox4x32([counter++, stream, 0, 0], [seed >>> 0, 0]);
    return words.pop()! / 2 ** 32;
  };
  const integer = (n: number) => Math.floor(uniform() * n);
  return {
    uniform,
    integer,
    permutation(n) {
      const order = Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = integer(i + 1);
        [order[i], order[j]] = [order[j], order[i]];
      }
      return order;
    },
  };
}
