"""Numbers around networks: augmentation, dropout, training, detection heads.

Formulas as in :mod:`cnncalc.formulas`, one return expression each, on ints, arrays and symbols.
"""

from cnncalc.arithmetic import Number, PerAxis, Real, exact_div, formula, prod

TRANSFER_BELOW_IMAGES = 1_000_000
"""With fewer images than this, the lectures advise transfer learning (CS231n)."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Per channel, for values between 0 and 1 (torchvision's transforms)."""


@formula
def augmented_views(image: Number, crop: Number) -> Number:
    """Crops of a square image at every position, each also mirrored (Krizhevsky 2012, 4.1).

    The paper's "factor of 2048" takes 32 positions per axis; there are 33.

    >>> augmented_views(256, crop=224)
    2178
    """
    return 2 * (image - crop + 1) * (image - crop + 1)


@formula
def dropout_networks(units: Number) -> Number:
    """Different networks that dropout samples from: each unit in or out.

    >>> dropout_networks(10)
    1024
    """
    return 2**units


@formula
def dropout_kept(units: Number, p: Real) -> Real:
    """Units kept on average.

    >>> dropout_kept(4096, 0.5)
    2048.0
    """
    return units * (1 - p)


@formula
def dropout_scale(p: Real) -> Number:
    """What PyTorch multiplies the kept values by in training, so that their mean stays.

    >>> dropout_scale(0.5)
    2.0
    """
    return 1 / (1 - p)


@formula
def epochs(steps: Number, batch: Number, examples: Number) -> Number:
    """Passes over the training set, as a Fraction where they are not whole.

    >>> epochs(100_000, batch=100, examples=4000)
    2500
    """
    return exact_div(steps * batch, examples)


@formula
def finetuning_rate(original: Real) -> Number:
    """The lectures' learning rate for finetuning: a tenth of the original.

    >>> finetuning_rate(0.01)
    0.001
    """
    return original / 10


@formula
def normalized(value: Real, mean: Real, std: Real) -> Number:
    """A value after subtracting the mean and dividing by the standard deviation.

    >>> round(normalized(0, IMAGENET_MEAN[0], IMAGENET_STD[0]), 4)
    -2.1179
    """
    return (value - mean) / std


@formula
def largest_variance(low: Real, high: Real, mean: Real = 0) -> Number:
    """Most that values between ``low`` and ``high`` can vary around their mean (Bhatia, Davis 2000).

    >>> round(largest_variance(-0.1, 1.175) ** 0.5, 6)
    0.342783
    """
    return (high - mean) * (mean - low)


@formula
def grid_cell(image: Number, grid: Number) -> Number:
    """Pixels of a cell of a detection grid, on one axis (Redmon 2016, YOLO: 448/7).

    >>> grid_cell(448, grid=7)
    64
    """
    return image // grid


@formula
def grid_outputs(grid: Number, boxes: Number, classes: Number) -> Number:
    """Values of a detection grid: five for each box, and one for each class (Redmon 2016, 2).

    >>> grid_outputs(7, boxes=2, classes=20)
    1470
    """
    return grid * grid * (5 * boxes + classes)


@formula
def class_scores(classes: Number) -> Number:
    """Scores of a detector's class head: the classes and the background (Girshick 2015, 2.1).

    >>> class_scores(20)
    21
    """
    return classes + 1


@formula
def box_values(classes: Number) -> Number:
    """Box coordinates of a detector's regression head: four for each class and the background.

    >>> box_values(20)
    84
    """
    return 4 * (classes + 1)


@formula
def anchor_values(anchors: Number) -> Number:
    """Values of a region proposal network at a position: two scores, four coordinates (Ren 2015, 3.1).

    >>> anchor_values(9)
    54
    """
    return (2 + 4) * anchors


@formula
def smooth_l1(error: Real) -> Number:
    """The box loss: quadratic below 1, linear above (Girshick 2015, eq. 3).

    >>> smooth_l1(0.5), smooth_l1(2), smooth_l1(-2)
    (0.125, 1.5, 1.5)
    """
    return min(abs(error), 1) * (abs(error) - min(abs(error), 1) / 2)


@formula
def offset_channels(kernel: PerAxis, groups: Number = 1) -> Number:
    """Channels of a deformable convolution's offsets: two for each tap (Dai 2017, 2.1).

    >>> offset_channels((3, 3))
    18
    """
    return 2 * groups * prod(kernel)


@formula
def separable_multiplications(kernel: PerAxis) -> Number:
    """Multiplications per output of a separable filter, one axis after the other.

    >>> separable_multiplications((3, 3))
    6
    """
    return sum(kernel)


@formula
def discarded_share(size: Number, output: Number, axes: Number = 2) -> Number:
    """Share of the values that a pool leaves out.

    >>> discarded_share(224, 112), round(discarded_share(7, 3), 6)
    (0.75, 0.816327)
    """
    return 1 - (output / size) ** axes


@formula
def downscaled(size: Number, factor: Number) -> Number:
    """Size after downscaling by a whole factor.

    >>> downscaled(3024, 8)
    378
    """
    return size // factor
