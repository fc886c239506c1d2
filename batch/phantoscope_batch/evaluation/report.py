"""What a copy check comes to: src/evaluation/copies/copy-limit.ts and copy-report.ts, and the words of the page."""

from dataclasses import dataclass

import numpy as np

from phantoscope_batch.evaluation.copies import copy_threshold

# As the page: src/common/enough-for-verdict.ts.
_ENOUGH_HELD_OUT, _ENOUGH_SYNTHETIC = 20, 20


@dataclass(frozen=True)
class Rule:
    """What counts as a copy: known from the real images alone, before a picture is drawn."""
    threshold: float                                               # distances at or below it count
    holdout_rate: float                                            # share of held-out images that do
    num_holdout: int
    in_turn: bool                                                  # each real image was held out in turn
    num_real: int
    feature_threshold: float                                       # nearest 1 % of held-out images by features
    holdout_feature_rate: float
    network: str
    network_sha256: str
    skipped: int = 0                                               # files that could not be read


def rule_of(held, num_real, in_turn, network, skipped=0):
    """The Rule of held-out images' Nearest."""
    threshold, distances = copy_threshold(held), np.array([one.feature_distance for one in held])
    limit = float(np.percentile(distances, 1))
    return Rule(threshold, sum(one.distance <= threshold for one in held) / len(held), len(held), in_turn, num_real, limit,
                float((distances < limit).mean()), network.entry['id'], network.sha256, skipped)


def binomial_interval(successes, trials):
    """The exact 95 % interval of a share. Clopper and Pearson 1934, https://doi.org/10.1093/biomet/26.4.404."""
    from scipy.stats import beta
    low = float(beta.ppf(0.025, successes, trials - successes + 1)) if successes else 0.0
    return low, float(beta.ppf(0.975, successes + 1, trials - successes)) if successes < trials else 1.0


def is_above_limit(count, total, limit):
    """Whether so many suspected copies are more than an output may have."""
    return total > 0 and binomial_interval(count, total)[0] > limit


def copy_figures(rule, count, total):
    """The figures of the page's report, by its names; no real image is named in them."""
    low, high = binomial_interval(count, total)
    enough = total >= _ENOUGH_SYNTHETIC and rule.num_holdout >= _ENOUGH_HELD_OUT
    return {
        'rate': count / total, 'low': low, 'high': high, 'count': count, 'numSynthetic': total, 'numReal': rule.num_real,
        'numHoldout': rule.num_holdout, 'heldInTurn': rule.in_turn, 'holdoutRate': rule.holdout_rate, 'threshold': rule.threshold,
        'limit': rule.holdout_rate, 'aboveLimit': is_above_limit(count, total, rule.holdout_rate) if enough else None,
        'network': rule.network, 'networkSha256': rule.network_sha256, 'skipped': rule.skipped}


def copy_sentences(figures, left_out):
    """What the data card says, in the page's words."""
    held = (f'{figures["numHoldout"]} real images, each held out in turn because no held-out set was given,' if figures['heldInTurn']
            else f'{figures["numHoldout"]} held-out real images')
    out = ' Those images were left out of this export.' if left_out else ''
    return (f'{figures["count"]} of {figures["numSynthetic"]} images are suspiciously near to a real one. '
            f'Each was compared with {figures["numReal"]} real images chosen by the user, also mirrored and cropped; a copy is nearer than '
            f'{figures["threshold"]:.3f}, as {percent(figures["holdoutRate"])} of {held} are.{out}')


def percent(share):
    """"1.2 %"."""
    return f'{100 * share:.1f} %'
