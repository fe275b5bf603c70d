"""What follows a network's last layer: probabilities and the best classes."""

from __future__ import annotations

import numpy as np

from cnncalc.numeric.windows import Array, ArrayError, ArrayLike, numbers


def softmax(logits: ArrayLike) -> Array:
    """Probabilities from logits, along the last axis.

    >>> softmax([0, 0]).tolist()
    [0.5, 0.5]
    """
    values = numbers(logits)
    powers = np.exp(values - values.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)  # type: ignore[no-any-return]


def top_k(scores: ArrayLike, k: int = 1) -> Array:
    """Places of the k largest scores along the last axis, the largest first.

    >>> top_k([0, 0, 0.01, 0.89, 0.05], k=2).tolist()
    [3, 4]
    """
    values = numbers(scores)
    if not 1 <= k <= values.shape[-1]:
        raise ArrayError(f"k must be between 1 and the {values.shape[-1]} scores, but is {k}")
    return np.argsort(-values, -1, kind="stable")[..., :k]


def top_k_error(scores: ArrayLike, label: int, k: int = 1) -> int:
    """0 if the label is among the k largest scores, 1 if not.

    >>> top_k_error([1, 9, 5, 4, 3, 2, 0], label=4), top_k_error([1, 9, 5, 4, 3, 2, 0], label=4, k=5)
    (1, 0)
    """
    return int(label not in top_k(scores, k))
