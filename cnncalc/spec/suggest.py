"""Advice on misspelt words."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Advice naming the most similar of the known words; empty if none is similar.

    >>> did_you_mean("covn", ["conv", "relu"])
    'did you mean `conv`?'
    """
    found = similar(word, known)
    return f"did you mean {_listed(found)}?" if found else ""


def similar(word: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The known words within a few edits of ``word``, nearest first; only the nearest ones.

    >>> similar("kernal", ["kernel_size", "kernel", "k"])
    ['kernel']
    """
    word = word[:40].lower()
    allowed = max(1, len(word) // 3)
    scored = sorted((distance(word, other.lower(), allowed), other) for other in set(known))
    near = [(score, other) for score, other in scored if score <= allowed and score < len(word)]
    return [other for score, other in near if score == near[0][0]][:most]


def distance(one: str, other: str, bound: int) -> int:
    """Edits (insert, delete, replace, swap neighbours) between two words; above ``bound``, just more.

    >>> distance("covn", "conv", 2), distance("relu", "softmax", 2)
    (1, 3)
    """
    if abs(len(one) - len(other)) > bound:
        return bound + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            best = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                best = min(best, above[j - 2] + 1)
            row.append(best)
        if min(row) > bound:
            return bound + 1
    return row[-1]


def _listed(words: list[str]) -> str:
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
