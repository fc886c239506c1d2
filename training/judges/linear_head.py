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


def fit_many(x, target, weights, strengths, prior=None, max_iterations=600, tolerance=2e-5):
    """Many heads at once, each as fit_head would find it: weights (problems, heads, features + 1, classes), a tensor.

    x (problems, n, features), target (problems, n, classes) one-hot, shared by the heads of a problem; weights (problems, heads, n),
    zero for rows that a head may not learn from, each head's sum made 1; strengths (problems, heads); prior as the result, or None.
    Nesterov's accelerated gradient with the step 1/L, L ≤ ½·Σᵢ wᵢ‖(xᵢ, 1)‖² + λ, its momentum given up where it climbs (O'Donoghue
    and Candès 2015): it takes no line search, so that all heads go on together on a GPU. Stops where no gradient exceeds `tolerance`.
    """
    problems, n, features = x.shape
    heads, classes = weights.shape[1], target.shape[2]
    rows = torch.cat([x, torch.ones_like(x[..., :1])], 2)                                   # (P, n, d + 1)
    weights = (weights / weights.sum(2, keepdim=True)).transpose(1, 2)[..., None]           # (P, n, B, 1)
    pull = strengths[:, :, None, None].expand(-1, -1, features + 1, 1).clone()
    pull[:, :, -1] = 0                                                                      # the bias is free
    reach = 0.5 * torch.einsum('pnbo,pn->pb', weights, (rows**2).sum(2)) + strengths
    step = (1 / reach)[:, :, None, None]
    centre = torch.zeros(problems, heads, features + 1, classes, device=x.device) if prior is None else prior
    here, ahead, age = centre.clone(), centre.clone(), torch.ones(problems, heads, 1, 1, device=x.device)
    for k in range(max_iterations):
        logits = (rows @ ahead.permute(0, 2, 1, 3).reshape(problems, features + 1, -1)).view(problems, n, heads, classes)
        error = weights * (logits.softmax(3) - target[:, :, None])
        gradient = (rows.transpose(1, 2) @ error.reshape(problems, n, -1)).view(problems, features + 1, heads, classes).permute(0, 2, 1, 3)
        gradient = gradient + pull * (ahead - centre)
        if k % 25 == 24 and gradient.abs().max() < tolerance:
            break
        following = ahead - step * gradient
        climbs = (gradient * (following - here)).sum((2, 3), keepdim=True) > 0
        age = torch.where(climbs, torch.ones_like(age), age)
        older = (1 + (1 + 4 * age**2).sqrt()) / 2
        ahead = following + (age - 1) / older * (following - here)
        here, age = following, older
    return here


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
