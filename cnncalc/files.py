"""Output files, written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Put ``content`` into a file that appears complete or does not change.

    Text is written as UTF-8 with line feeds. Pipes and devices, such as ``/dev/stdout``, are
    written to directly. Raises :class:`OSError` that names the path.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    with _naming(path):
        target = destination(path)
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
    with writing(path) as file:
        file.write(data)


@contextlib.contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file to be written bit by bit that takes its place when all is written to disk.

    Raises :class:`OSError` that names the path.
    """
    with _naming(path):
        target = destination(path)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.")
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, _mode(target))  # noqa: PTH101 - a name, not a Path
            os.replace(temporary, target)  # noqa: PTH105 - as above
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108 - as above
            raise


def destination(path: str | os.PathLike[str]) -> Path:
    """Where a file really lies, links followed.

    Raises :class:`OSError` that names the path and says why nothing can be written there.
    """
    with _naming(path):
        target = Path(os.path.realpath(path))
        if target.is_symlink():
            raise OSError(errno.ELOOP, "is a link that leads to itself")
        _require_folder(target.parent)
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder; name a file in it")
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "is write-protected")
        return target


def is_same(path: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Whether two names are those of one file; no text, however odd, raises an error."""
    try:
        return os.path.samefile(path, other)  # noqa: PTH121 - texts, not Paths
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def _naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Errors name the path that was asked for, not the file that stands in for it."""
    try:
        yield
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None
    except ValueError as error:
        raise OSError(errno.EINVAL, str(error), str(path)) from None


def _require_folder(folder: Path) -> None:
    if not folder.exists():
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {folder}")
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is a file, no folder")


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, or those that a new file would get."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
