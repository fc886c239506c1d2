"""The kinds of failure that a user can mend, each with what to do next in its message.

A script wraps its main function in `named_errors`: it then ends with exit code 2 and one line `Kind: message`.
"""

from phantoscope_batch.errors import NamedError, named_errors

__all__ = ['BadSetting', 'LatentsCarryNothing', 'LossIsNotANumber', 'NoCaptions', 'NoSuchImages', 'TrainingError', 'WeightsDoNotFit',
           'named_errors']


class TrainingError(NamedError):
    """A failure with a name; never raised itself."""


class WeightsDoNotFit(TrainingError):
    """Weights or their config are of another shape than the class that should hold them."""


class NoCaptions(TrainingError):
    """A training folder has no captions, or none for some of its images."""


class NoSuchImages(TrainingError):
    """A training folder has no readable images where they should be."""


class LossIsNotANumber(TrainingError):
    """A loss became NaN or infinite; the last checkpoint was kept."""


class LatentsCarryNothing(TrainingError):
    """An autoencoder decodes every image to the mean image: it has collapsed."""


class BadSetting(TrainingError):
    """A config, plan or flag asks for what cannot be."""
