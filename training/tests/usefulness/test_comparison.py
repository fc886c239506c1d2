"""Differences with their intervals, and the linear head that classifies."""

import numpy as np
import pytest
import torch

from training.judges.linear_head import class_weights, fit_head, fit_many, folds_of, standardizer
from training.usefulness import ways_to_train
from training.usefulness.comparison import auroc, balanced_accuracies, compare, macro_aurocs, resampled_weights, verdict

RNG = np.random.default_rng


def one_hot_scores(predicted, classes=3):
    return np.log(np.eye(classes)[np.asarray(predicted)] * 0.8 + 0.1)


def test_balanced_accuracy_is_the_mean_recall_of_the_classes_that_are_there():
    labels = np.array([0, 0, 0, 1])
    right = balanced_accuracies(one_hot_scores([0, 0, 1, 1])[None], labels, np.ones((1, 4)))
    assert right[0, 0] == pytest.approx((2 / 3 + 1) / 2)


def test_auroc_counts_pairs_and_halves_ties():
    scores, positive = np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, True, False, True])
    # Pairs: 0.4 beats 0.1, ties 0.4; 0.9 beats both.
    assert auroc(scores, positive, np.ones((1, 4)))[0] == pytest.approx(3.5 / 4)
    # An image drawn twice counts as two.
    assert auroc(scores, positive, np.array([[1.0, 2.0, 1.0, 1.0]]))[0] == pytest.approx((1.5 * 2 + 2) / 6)


def test_a_patient_is_drawn_with_all_of_its_images_or_not_at_all():
    weights = resampled_weights(np.array(['a', 'a', 'b', 'c']), 200)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert set(weights[:, [0, 2, 3]].sum(1)) == {3.0}
    assert len(np.unique(weights, axis=0)) > 5


def test_a_clear_gain_is_called_higher_and_a_coin_toss_is_not_distinguishable():
    rng, labels = RNG(0), RNG(1).integers(0, 3, 300)
    def noisy(share):
        return np.stack([one_hot_scores(np.where(rng.random(300) < share, labels, rng.integers(0, 3, 300))) for _ in range(5)])
    scores = {'real': noisy(0.3), 'better': noisy(0.7), 'same': noisy(0.3)}
    found = compare(balanced_accuracies, scores, labels, np.arange(300), 'real', rounds=200)
    assert found['better']['gain']['verdict'] == 'higher'
    assert found['same']['gain']['verdict'] == 'not distinguishable'
    assert found['better']['gain']['low'] < found['better']['gain']['value'] < found['better']['gain']['high']
    assert len(found['real']['by_seed']) == 5 and 'gain' not in found['real']
    assert verdict(-0.2, -0.1) == 'lower'
    assert compare(macro_aurocs, scores, labels, np.arange(300), 'real', 50)['better']['gain']['value'] > 0.1


def test_a_strong_pull_keeps_the_head_at_its_prior_and_a_weak_one_lets_it_fit():
    x = RNG(0).normal(size=(60, 5)).astype(np.float32)
    labels = (x[:, 0] > 0).astype(int)
    prior = fit_head(x, 1 - labels, 2, 1e-3)
    held = fit_head(x, labels, 2, 1e4, prior=prior)
    np.testing.assert_allclose(held.weights[:-1], prior.weights[:-1], atol=1e-2)
    assert (fit_head(x, labels, 2, 1e-4, prior=prior).log_probabilities(x).argmax(1) == labels).mean() > 0.95


def test_folds_keep_patients_together_and_deal_classes_out_evenly():
    groups, labels = np.repeat(np.arange(20), 2), np.repeat(np.arange(20) % 2, 2)
    fold = folds_of(groups, labels, 5)
    assert (fold[::2] == fold[1::2]).all() and set(np.bincount(fold)) == {8}


def test_many_heads_at_once_are_the_heads_that_would_be_found_one_by_one():
    x = RNG(0).normal(size=(2, 90, 12)).astype(np.float32) / np.float32(np.sqrt(12))
    labels = np.stack([(x[k, :, :3] + 0.3 * RNG(k).normal(size=(90, 3))).argmax(1) for k in range(2)])
    weights = np.ones((2, 2, 90), np.float32)
    weights[:, 1, 60:] = 0                                              # the second head may learn from the first 60 rows only
    strengths = torch.tensor([[1e-3, 1e-2], [1e-2, 1e-3]])
    found = fit_many(torch.from_numpy(x), torch.eye(3)[labels], torch.from_numpy(weights), strengths).numpy()
    for problem in range(2):
        for head, kept in enumerate((90, 60)):
            alone = fit_head(x[problem, :kept], labels[problem, :kept], 3, float(strengths[problem, head]), weights=weights[problem, head, :kept],
                             max_iterations=2000)
            log_p = alone.log_probabilities(x[problem])
            here = ways_to_train.Head(found[problem, head]).log_probabilities(x[problem])
            # Both stop at a small gradient, not at the minimum itself.
            np.testing.assert_allclose(here, log_p, atol=0.02)


def test_a_head_stays_at_its_prior_when_it_is_pulled_hard():
    x = RNG(0).normal(size=(1, 60, 5)).astype(np.float32)
    labels = (x[0, :, 0] > 0).astype(int)
    prior = torch.full((1, 1, 6, 2), 0.5)
    weights = torch.from_numpy(class_weights(labels, 2).astype(np.float32))[None, None]
    held = fit_many(torch.from_numpy(x), torch.eye(2)[labels][None], weights, torch.tensor([[1e4]]), prior)
    torch.testing.assert_close(held[:, :, :-1], prior[:, :, :-1], atol=1e-3, rtol=0)


def test_standardizing_does_not_blow_up_features_that_hardly_vary():
    x = RNG(0).normal(size=(50, 3)).astype(np.float32)
    x[:, 2] *= 1e-6
    assert np.abs(standardizer(x)(x)[:, 2]).max() < 1e-3
