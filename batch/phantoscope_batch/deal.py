"""Words and covariates dealt out of lists in exact shares, and ranges filled evenly: src/dataset/deal.ts."""

import math

MAX_SHARES = 1000                                                  # a cycle is at most this long
_MAX_COMBINATIONS = 2**40


def create_dealer(lists):
    """`deal(j)` gives an index into each list of shares; lists are crossed, and every beginning is balanced."""
    cycles = [_cycle(shares) for shares in lists]
    before, steps = 1, []
    for cycle in cycles:
        combinations = min(before * len(cycle), _MAX_COMBINATIONS)
        steps.append((math.lcm(before, len(cycle)), combinations))
        before = combinations
    return lambda j: [cycle[(j + j % combinations // period) % len(cycle)] for cycle, (period, combinations) in zip(cycles, steps)]


def create_spread(offsets):
    """Points that fill [0, 1)^d evenly: x_j = offset + j·α (mod 1), α_i = g^−(i+1), g^(d+1) = g + 1 (Roberts 2018).

    `offsets` are 32-bit words, one for each dimension. Only + − × ÷ are used: they are the same in every browser and here.
    """
    if not offsets:
        return lambda j: []
    alphas = powers_of_inverse(spread_root(len(offsets)), len(offsets))
    return lambda j: [math.fmod(offset / 2**32 + (j + 1) * alpha, 1) for offset, alpha in zip(offsets, alphas)]


def spread_root(d):
    """The g > 1 with g^(d+1) = g + 1, by Newton's method from 2."""
    g = 2.0
    for _ in range(64):
        power = 1.0
        for _ in range(d):
            power *= g
        g -= (power * g - g - 1) / ((d + 1) * power - 1)
    return g


def powers_of_inverse(g, count):
    """[1/g, 1/g/g, …]."""
    out, alpha = [], 1.0
    for _ in range(count):
        alpha /= g
        out.append(alpha)
    return out


def hash32(seed, index, name):
    """A 32-bit word from two of them and a name: FNV-1a over all, then MurmurHash3's finalizer."""
    value = 0x811c9dc5
    for byte in seed.to_bytes(4, 'little') + index.to_bytes(4, 'little') + name.encode():
        value = (value ^ byte) * 0x01000193 & 0xffffffff
    value = (value ^ value >> 16) * 0x85ebca6b & 0xffffffff
    value = (value ^ value >> 13) * 0xc2b2ae35 & 0xffffffff
    return value ^ value >> 16


def _cycle(shares):
    """One round of indices, each as often as its share and as evenly apart as can be: 2, 1 → 0, 1, 0."""
    divisor = math.gcd(*shares)
    parts = [share // divisor for share in shares]
    credit, out = [0] * len(parts), []
    for _ in range(sum(parts)):
        credit = [have + part for have, part in zip(credit, parts)]
        following = credit.index(max(credit))
        credit[following] -= sum(parts)
        out.append(following)
    return out
