"""What becomes of every sample of a corpus: it agrees, or is left out for a stated reason.

The reasons and their counts stand in docs/corpora.md, between two comments that name the corpus. A
sample that is newly left out makes that page wrong, and the test fails. ``CNNCALC_REWRITE=1``
writes the page anew.
"""

import os
from collections import Counter
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "corpora.md"


class Unusable(Exception):
    """A sample that is not for cnncalc; the message says why, in words that stand on the page."""


class Tally:
    """Counts the samples of one corpus, group by group."""

    def __init__(self):
        self.agreed = 0
        self.left_out = Counter()

    def judge(self, group, compare, *sample):
        """Compare a sample, and note what came of it."""
        try:
            compare(*sample)
        except Unusable as reason:
            self.left_out[str(reason), group] += 1
        else:
            self.agreed += 1

    def reasons(self):
        return sorted({reason for reason, _ in self.left_out})

    def table(self, source):
        """The rows of the page: for every reason where and how often."""
        rows = [f"| {source} | samples | of |", "|---|---:|---|", f"| agree | {self.agreed:,} | |"]
        for reason in self.reasons():
            groups = sorted(group for other, group in self.left_out if other == reason)
            many = sum(self.left_out[reason, group] for group in groups)
            rows.append(f"| {reason} | {many:,} | {', '.join(groups)} |")
        return "\n".join(rows)

    def assert_as_documented(self, corpus, source):
        """The page says the same, or is made to; of another version of the source, reasons alone."""
        start, end = f"<!-- {corpus} -->\n", f"\n<!-- end of {corpus} -->"
        before, rest = PAGE.read_text().split(start)
        told, after = rest.split(end)
        if os.environ.get("CNNCALC_REWRITE"):
            PAGE.write_text(f"{before}{start}{self.table(source)}{end}{after}")
        elif told.startswith(f"| {source} |"):
            assert self.table(source).splitlines() == told.splitlines()
        else:
            assert [reason for reason in self.reasons() if f"| {reason} |" not in told] == []
