"""A label map as two smooth fields, which a network can draw, and back.

Field 0 is the signed distance to the surface of the hippocampus, positive inside. Field 1 says which part is nearer, positive
towards the anterior one; so no background lies between the two parts, as it would between the labels 1 and 2.
"""

import torch

SURFACE_MM, PART_MM = 3.0, 6.0       # where tanh begins to bend
REACH = 12                           # voxels beyond which all is equally far


def squared_distance(inside):
    """Squared distance in voxels to the nearest voxel that is `inside`, at most REACH²; bool (n, X, Y, Z) → int16 (n, X, Y, Z).

    Exact up to there: one axis after the other, min over k of f(x + k) + k². Felzenszwalb & Huttenlocher 2012,
    https://doi.org/10.4086/toc.2012.v008a019, without their envelope: the reach is short.
    """
    distance = torch.where(inside, 0, REACH**2).to(torch.int16)
    for axis in (1, 2, 3):
        best, n = distance.clone(), distance.shape[axis]
        for k in range(1, min(REACH, n)):
            here, there = best.narrow(axis, 0, n - k), best.narrow(axis, k, n - k)
            torch.minimum(here, distance.narrow(axis, k, n - k) + k * k, out=here)
            torch.minimum(there, distance.narrow(axis, 0, n - k) + k * k, out=there)
        distance = best
    return distance


def fields_of(labels):
    """Integer labels (n, X, Y, Z), 0 background, 1 anterior, 2 posterior → float32 (n, 2, X, Y, Z) in −1…1."""
    to_anterior, to_posterior = (squared_distance(labels == part) for part in (1, 2))
    outside = torch.minimum(to_anterior, to_posterior).float().sqrt() - 0.5
    inside = squared_distance(labels == 0).float().sqrt() - 0.5
    surface = torch.where(labels > 0, inside, -outside)
    part = to_posterior.float().sqrt() - to_anterior.float().sqrt()
    return torch.stack([torch.tanh(surface / SURFACE_MM), torch.tanh(part / PART_MM)], dim=1)


def labels_of(fields):
    """The inverse of fields_of: (n, 2, X, Y, Z) → uint8 (n, X, Y, Z)."""
    inside, anterior = fields[:, 0] > 0, fields[:, 1] > 0
    return torch.where(inside, torch.where(anterior, 1, 2), 0).to(torch.uint8)


def part_planes(labels):
    """Labels (n, X, Y, Z) → float (n, 2, X, Y, Z): 1 in the anterior part; 1 in the posterior part."""
    return torch.stack([labels == 1, labels == 2], dim=1).float()


def part_volumes(labels):
    """Labels (n, X, Y, Z) of 1 mm voxels → float (n, 2): anterior and posterior mm³."""
    return part_planes(labels).sum(dim=(2, 3, 4))
