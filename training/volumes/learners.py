"""The judge of volumes as graphs that the page can train, beside those of planar images.

    python -m training.volumes.learners --out public/models/learners --manifest model-manifest.json
"""

from training.judges.learners import NETWORKS, TITLES, Answer, main
from training.volumes.data import FRAME
from training.volumes.segmenter import CLASSES, Segmenter, segmentation_loss


class VolumeSegmenterStep(Answer):
    """x (n, 1, 40, 56, 40), targets (n, 3, 40, 56, 40) one-hot, row_weight (n,) → what training/volumes/segmenter.py minimises."""

    def forward(self, x, targets, row_weight, *parameters):
        return segmentation_loss(super().forward(x, *parameters), targets, row_weight)


NETWORKS['volume-segmenter'] = (Segmenter, VolumeSegmenterStep, (1, *FRAME), (CLASSES, *FRAME))
TITLES['volume-segmenter'] = 'Small 3D U-Net'

if __name__ == '__main__':
    main()
