"""Where an output lies: a folder, or anything that pyarrow or fsspec reaches by a URI."""

import errno
import posixpath
import re
from pathlib import Path

import fsspec
import pyarrow as pa
from pyarrow import fs

from phantoscope_batch.errors import NamedError, OutputFull, RunFailed


class Place:
    """A folder of a file system; `files` is pyarrow's, which Ray's writers take too."""

    def __init__(self, uri):
        self.uri = uri
        if '://' not in uri:
            self.files, self.root = fs.LocalFileSystem(), str(Path(uri).absolute())
            return
        try:
            self.files, self.root = fs.FileSystem.from_uri(uri)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            known, self.root = fsspec.core.url_to_fs(uri)
            self.files = fs.PyFileSystem(fs.FSSpecHandler(known))

    def path(self, *names):
        return posixpath.join(self.root, *names)

    def list(self, *names):
        """[(name, bytes)] of the files in a folder; none where it is not there."""
        found = self.files.get_file_info(fs.FileSelector(self.path(*names), allow_not_found=True))
        return sorted((posixpath.basename(one.path), one.size) for one in found if one.type == fs.FileType.File)

    def walk(self):
        """Paths of all files below, seen from here."""
        found = self.files.get_file_info(fs.FileSelector(self.root, allow_not_found=True, recursive=True))
        return [posixpath.relpath(one.path, self.root) for one in found if one.type == fs.FileType.File]

    def is_empty(self):
        return not self.files.get_file_info(fs.FileSelector(self.root, allow_not_found=True))

    def read(self, *names):
        """Bytes, or None where there is no such file."""
        try:
            with self.files.open_input_stream(self.path(*names), compression=None) as file:
                return file.read()
        except FileNotFoundError:
            return None

    def write(self, content, *names):
        """All of it or nothing: first under another name. Raises OutputFull."""
        path = self.path(*names)
        try:
            self.files.create_dir(posixpath.dirname(path), recursive=True)
            with self.files.open_output_stream(f'{path}.part', compression=None) as file:
                file.write(content)
            self.files.move(f'{path}.part', path)
        except OSError as error:
            raise named(error) from error

    def remove(self, *names):
        """A file or a folder, if it is there."""
        kind = self.files.get_file_info(self.path(*names)).type
        if kind == fs.FileType.Directory:
            self.files.delete_dir(self.path(*names))
        elif kind != fs.FileType.NotFound:
            self.files.delete_file(self.path(*names))


def chain(error):
    """An error and all that it came from; Ray keeps what a task raised under `cause`."""
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        error = getattr(error, 'cause', None) or error.__cause__ or error.__context__
    return seen


def named(error):
    """The NamedError that an exception comes down to."""
    causes = chain(error)
    for one in causes:
        if isinstance(one, NamedError):
            return one
    text = ' '.join(str(one) for one in causes)
    for kind in NamedError.__subclasses__():                       # of an actor that could not begin Ray keeps the text alone
        if found := re.search(rf'\b{kind.__name__}: (.+)', text):
            return kind(found[1])
    if any(getattr(one, 'errno', None) in (errno.ENOSPC, errno.EDQUOT) for one in causes) or 'No space left' in text or 'quota exceeded' in text:
        return OutputFull('The output takes no more bytes (expected room for all pictures, got "no space left"). What was finished is kept. '
                          'Free space there, then give the same command again: it goes on.')
    return RunFailed(f'The run ended: {str(causes[-1]).strip()[-600:] or repr(causes[-1])}. What was finished is kept: give the same command '
                     'again to go on, or look at the logs of Ray.')
