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
    target = Path(path)
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        target.write_bytes(data)
        return
    with writing(target) as file:
        file.write(data)


@contextlib.contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file to be written bit by bit that takes its place when all is written to disk.

    Raises :class:`OSError` that names the path.
    """
    try:
        target = Path(path).resolve()
        _require_folder(target.parent)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.")
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(target))  # noqa: PTH101 - a name, not a Path
        os.replace(temporary, target)  # noqa: PTH105 - as above
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108 - as above
        if isinstance(error, OSError):
            raise type(error)(error.errno, error.strerror, str(path)) from None
        raise


def _require_folder(folder: Path) -> None:
    if not folder.exists():
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {folder}")


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, or those that a new file would get."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
