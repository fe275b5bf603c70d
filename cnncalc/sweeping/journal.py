"""What a sweep has found so far, in memory and on disk, so that a run that was cut off can go on.

Chunks are taken up in order, whoever finishes them first. The journal is one small file, written
whole or not at all: how many chunks are done, and what is kept of them. Where all hits are kept,
they stand in a second file of fixed-width records; the journal says how much of it counts.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import IO, Any

import numpy

from cnncalc.files import writing
from cnncalc.sweeping.axes import SweepError
from cnncalc.sweeping.evaluate import Reason, add_reasons
from cnncalc.sweeping.plan import Part, Plan
from cnncalc.sweeping.selection import sample

_SECONDS = 2.0
"""Time between two writings of the journal."""


class Progress:
    """The chunks done, and what is kept of them."""

    def __init__(self, plan: Plan, output: Path | None = None) -> None:
        self.plan = plan
        self.done = 0
        self.width = 1 + len(plan.selection.columns)
        empty = numpy.zeros((0, self.width), dtype=numpy.int64)
        self.part = Part(0, 0, 0, {}, empty, empty)
        self.journal = None if output is None else output.with_name(f"{output.name}.journal")
        self._records = None if output is None else output.with_name(f"{output.name}.records")
        self._file: IO[bytes] | None = None
        self._written = time.monotonic()

    def resume(self) -> bool:
        """Take up what an earlier run of the same sweep left; tell whether there was any."""
        if self.journal is None or not self.journal.exists():
            return False
        found = _read(self.journal)
        if found.get("fingerprint") != self.plan.fingerprint:
            raise SweepError(
                f"{self.journal} belongs to another sweep or another version; "
                "start anew with --fresh, or choose another output"
            )
        self.done = found["done"]
        self.part = Part(
            found["total"],
            found["possible"],
            found["hits"],
            {code: Reason(*reason) for code, reason in found["reasons"].items()},
            self._array(found["records"]),
            self._array(found["sample"]),
        )
        if self.plan.selection.keeps_all:
            self._open("r+b").truncate(self._bytes)
        return True

    def _array(self, rows: list[list[int]]) -> Any:
        return numpy.array(rows, dtype=numpy.int64).reshape(len(rows), self.width)

    @property
    def _bytes(self) -> int:
        return self.part.hits * self.width * 8

    def _open(self, mode: str) -> IO[bytes]:
        if self._file is None:
            if self._records is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by finish
            else:
                self._file = self._records.open(mode)
        return self._file

    def add(self, part: Part) -> None:
        """Take up the next chunk."""
        selection, before = self.plan.selection, self.part
        if selection.keeps_all:
            file = self._open("w+b")
            file.seek(self._bytes)
            file.write(part.records.tobytes())
            records = before.records
        else:
            records = selection.reduce(numpy.concatenate([before.records, part.records]))
        drawn = numpy.concatenate([before.sample, part.sample])
        self.part = Part(
            before.total + part.total,
            before.possible + part.possible,
            before.hits + part.hits,
            add_reasons(before.reasons, part.reasons),
            records,
            sample(drawn, self.plan.samples),
        )
        self.done += 1
        if time.monotonic() - self._written > _SECONDS:
            self.save()

    def save(self) -> None:
        """Write the journal, if there is one."""
        self._written = time.monotonic()
        if self.journal is None:
            return
        if self._file is not None:
            self._file.flush()
        part = self.part
        state = {
            "fingerprint": self.plan.fingerprint,
            "done": self.done,
            "total": part.total,
            "possible": part.possible,
            "hits": part.hits,
            "reasons": part.reasons,
            "records": part.records.tolist(),
            "sample": part.sample.tolist(),
        }
        with writing(self.journal) as file:
            file.write(json.dumps(state).encode())

    def records(self) -> Any:
        """The records to show; those on disk are read as they are needed."""
        if not self.plan.selection.keeps_all:
            return self.plan.selection.finish(self.part.records)
        if not self.part.hits:
            return self.part.records
        file = self._open("r+b")
        file.flush()
        found = numpy.memmap(file, numpy.int64, "r", shape=(self.part.hits, self.width))
        self.close()
        return found

    def close(self) -> None:
        """Let go of the file of records."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """Remove journal and records: the result is written, or nobody wants it."""
        self.close()
        for path in (self.journal, self._records):
            if path is not None:
                path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        raise SweepError(f"{path} is no journal of a sweep; remove it or choose another output") from None
    return found if isinstance(found, dict) else {}
