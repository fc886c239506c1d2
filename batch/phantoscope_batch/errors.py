"""The kinds of failure that a user can mend, each with what to do next in its message.

A command wraps its main function in `named_errors`: it then ends with exit code 2 and one line `Kind: message`.
"""

import functools
import sys


class NamedError(Exception):
    """A failure with a name; never raised itself. training/common/errors.py has more of them."""


class RequestInvalid(NamedError):
    """A recipe or a flag asks for what cannot be."""


class WordsUnknown(NamedError):
    """An image of the recipe would have a prompt without one word that the model knows."""


class ModelMissing(NamedError):
    """A node has no package where the command says that it lies."""


class ModelCorrupt(NamedError):
    """Files of a package are not those of its manifest."""


class ModelUnsupported(NamedError):
    """A package asks for what is not made here: volumes, Stable Diffusion, another scheduler."""


class NodeDiffers(NamedError):
    """A node lacks this Python package, or has another version of it."""


class OutputInUse(NamedError):
    """Another run writes to the same place."""


class OutputNotEmpty(NamedError):
    """The place holds what this run did not make: other files, another recipe, another model."""


class OutputFull(NamedError):
    """The place takes no more bytes."""


class CopiesAboveLimit(NamedError):
    """More pictures are suspected copies of real images than an output may have, and nobody said what becomes of them."""


class OutputIncomplete(NamedError):
    """The finished listing is not what the recipe asks for."""


class RunFailed(NamedError):
    """A run ended for a reason that has no name of its own."""


def named_errors(main):
    """Decorates a command's main function: a NamedError is printed in one line, exit code 2."""
    @functools.wraps(main)
    def wrapped(*args, **kwargs):
        try:
            return main(*args, **kwargs)
        except NamedError as error:
            print(f'{type(error).__name__}: {error}', file=sys.stderr, flush=True)
            raise SystemExit(2) from error
    return wrapped
