"""A regularised linear classifier on frozen features, its strength chosen by cross-validation, optionally near a prior.

Softmax regression: minimises Σᵢ wᵢ·crossEntropy(xᵢW + b, yᵢ) / Σᵢ wᵢ + λ/2·‖W − W₀‖², with W₀ = 0 or the weights of a head
that was trained before ("pre-train, then fine-tune").
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import minimize
from scipy.special import log_softmax


@dataclass
class Head:
    """weights (features + 1, classes), the last row the bias."""
    weights: np.ndarray

    def log_probabilities(self, x):
        """(n, features) → (n, classes)."""
        return log_softmax(x @ self.weights[:-1] + self.weights[-1], axis=1)


def standardizer(x):
    """A function that centres and scales as the rows of x are spread; features that hardly vary are left small."""
    mean, spread = x.mean(0), x.std(0)
    spread = np.maximum(spread, 0.1 * spread.mean())
    return lambda y: ((y - mean) / spread / np.sqrt(x.shape[1])).astype(np.float32)


def class_weights(labels, classes):
    """Weights (n,) that give every class that is there the same total; their mean is 1."""
    counts = np.bincount(labels, minlength=classes)
    return len(labels) / (counts > 0).sum() / counts[labels]


def fit_head(x, labels, classes, strength, weights=None, prior=None, max_iterations=200):
    """x float32 (n, features), labels (n,), weights (n,) or None for balanced classes → Head."""
    weights = class_weights(labels, classes) if weights is None else weights
    weights = torch.from_numpy((weights / weights.sum()).astype(np.float32))[:, None]
    centre = torch.zeros(x.shape[1] + 1, classes) if prior is None else torch.from_numpy(prior.weights)
    rows, target = torch.from_numpy(x), F.one_hot(torch.from_numpy(labels), classes).float()

    def loss_and_gradient(flat):
        head = torch.from_numpy(flat).float().view(centre.shape)
        log_p = F.log_softmax(rows @ head[:-1] + head[-1], dim=1)
        error = weights * (log_p.exp() - target)
        off = head - centre
        off[-1] = 0
        loss = strength / 2 * (off**2).sum() - (weights * target * log_p).sum()
        gradient = torch.cat([(error.T.contiguous() @ rows).T, error.sum(0, keepdim=True)]) + strength * off
        return float(loss), gradient.double().flatten().numpy()

    found = minimize(loss_and_gradient, centre.double().flatten().numpy(), jac=True, method='L-BFGS-B',
                     options={'maxiter': max_iterations, 'ftol': 1e-6, 'gtol': 1e-5})
    return Head(found.x.reshape(centre.shape).astype(np.float32))


def folds_of(groups, labels, count, seed=0):
    """Fold (n,) of each image: whole groups go to one fold, the classes of the groups dealt out evenly."""
    rng = np.random.default_rng(seed)
    names, first, index = np.unique(groups, return_index=True, return_inverse=True)
    fold = np.zeros(len(names), int)
    dealt = 0
    for c in np.unique(labels):
        inside = np.nonzero(labels[first] == c)[0]
        fold[rng.permutation(inside)] = (dealt + np.arange(len(inside))) % count
        dealt += len(inside)
    return fold[index]


def choose(settings, train, labels, groups, classes, folds=5, seed=0):
    """The setting with the lowest class-balanced log loss over folds: (setting, {str(setting): loss}).

    train(setting, inside) → a function of indices that gives log probabilities; `inside` are the real images it may learn from.
    """
    fold = folds_of(groups, labels, folds, seed)
    weights = class_weights(labels, classes)
    losses = {}
    for setting in settings:
        total = 0.0
        for k in range(folds):
            outside = np.nonzero(fold == k)[0]
            if len(outside):
                log_p = train(setting, np.nonzero(fold != k)[0])(outside)
                total -= (weights[outside] * log_p[np.arange(len(outside)), labels[outside]]).sum()
        losses[str(setting)] = round(float(total / len(labels)), 4)
    return min(settings, key=lambda s: losses[str(s)]), losses
