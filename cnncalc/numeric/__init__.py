"""Convolution, pooling and their inverses on small arrays, with the worked sum of any output.

For the examples of a lecture, where the numbers themselves matter and not only their count. Every
function takes anything NumPy takes (lists of lists, arrays) and agrees with PyTorch; sizes come
from :mod:`cnncalc.formulas`. Maps are arrays with one axis per spatial axis, ``(height, width)``;
several maps have the channels first.

>>> image = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
>>> cross_correlate(image, [[10, 20], [30, 40]]).tolist()
[[370, 470], [670, 770]]
>>> worked_sum(image, [[10, 20], [30, 40]], at=(0, 1))
'2*10 + 3*20 + 5*30 + 6*40 = 20 + 60 + 150 + 240 = 470'
"""

from cnncalc.errors import MissingExtra

try:
    import numpy as _numpy
except ImportError:
    raise MissingExtra("NumPy", "numeric", "calculating with arrays") from None

from cnncalc.numeric.convolution import (
    convolve,
    cross_correlate,
    transposed_convolve,
    worked_sum,
)
from cnncalc.numeric.matrix import dense_layer, unfold, weight_matrix
from cnncalc.numeric.pooling import (
    avg_pool,
    lp_pool,
    max_pool,
    max_pool_indices,
    max_unpool,
    pool_over_features,
)
from cnncalc.numeric.resampling import downsample, upsample_nearest
from cnncalc.numeric.scores import softmax, top_k, top_k_error

__all__ = [
    "avg_pool",
    "convolve",
    "cross_correlate",
    "dense_layer",
    "downsample",
    "lp_pool",
    "max_pool",
    "max_pool_indices",
    "max_unpool",
    "pool_over_features",
    "softmax",
    "top_k",
    "top_k_error",
    "transposed_convolve",
    "unfold",
    "upsample_nearest",
    "weight_matrix",
    "worked_sum",
]

del _numpy
