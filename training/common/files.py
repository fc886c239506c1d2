"""Files that a command is told to write."""

from pathlib import Path


def out_file(name):
    """An argparse type: the path as given, its folder made at once, so that nothing is lost for want of one after hours of work.

    Raises ValueError, which argparse names, where the folder cannot be made.
    """
    try:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(str(error)) from error
    return name
