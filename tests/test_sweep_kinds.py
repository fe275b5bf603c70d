"""Every layer kind with arrays in the place of each of its numbers, against one number at a time.

The quantities of a sweep are those of the analysis, refusals included. A box that holds nothing but
different numbers goes through a layer at once; where it has to be taken apart, :data:`APART` says why.
"""

import pytest

np = pytest.importorskip("numpy")

from cnncalc.errors import LayerError  # noqa: E402
from cnncalc.layers import KINDS  # noqa: E402
from cnncalc.network import Builder  # noqa: E402
from cnncalc.sweeping.axes import axes  # noqa: E402
from cnncalc.sweeping.evaluate import Evaluator  # noqa: E402
from cnncalc.sweeping.grid import Grid  # noqa: E402
from tests.test_sweep_against_analysis import EVERY, as_spec_error, compare  # noqa: E402

PHASES = "fields are worked out phase by phase"
BORDERS = "PyTorch keeps another tensor where borders are uneven and it pads by hand"
ONE = "a single bin, or as many as positions, is read and kept in another way"
PLACE = "tells which axis, piece or position, not how many"
LAYERS = "so many layers"
PLAIN = "no number is counted by it, and it need not be whole"
DIGITS = "fields follow a position digit by digit where values are arranged anew"
STATED = "where none are stated, none are shown"

APART = {
    "conv": {"input": BORDERS, "kernel_size": BORDERS, "stride": BORDERS},
    "maxpool": dict.fromkeys(("input", "kernel_size", "stride", "padding", "dilation"), BORDERS),
    "avgpool": {"padding": BORDERS},
    "blur": {"input": BORDERS, "kernel_size": BORDERS, "stride": BORDERS},
    "conv_transpose": dict.fromkeys(("kernel_size", "stride", "padding", "dilation"), PHASES),
    "unpool": dict.fromkeys(("kernel_size", "stride", "padding"), PHASES),
    "upsample": {"input": PHASES, "size": PHASES, "scale_factor": PHASES},
    "pixel_shuffle": {"upscale_factor": PHASES},
    "adaptive_avgpool": {"input": ONE, "output_size": ONE},
    "adaptive_maxpool": {"input": ONE, "output_size": ONE},
    "lppool": {"norm_type": PLAIN},
    "lrn": {"k": PLAIN},
    "threshold": {"value": PLAIN},
    "pad": {"value": PLAIN},
    "rnn": {"num_layers": LAYERS},
    "gru": {"num_layers": LAYERS},
    "lstm": {"num_layers": LAYERS, "proj_size": "with a projection there are more weights"},
    "slice": {"start": PLACE, "stop": PLACE, "dim": PLACE},
    "split": {"index": PLACE, "dim": PLACE},
    "mean": {"dim": PLACE, "input": DIGITS},
    "softmax": {"dim": PLACE},
    "softmin": {"dim": PLACE},
    "log_softmax": {"dim": PLACE},
    "permute": {"dims": PLACE, "input": DIGITS},
    "flatten": {"start_dim": PLACE, "input": DIGITS},
    "unflatten": {"dim": PLACE, "input": DIGITS, "unflattened_size": DIGITS},
    "unfold": dict.fromkeys(("input", "kernel_size", "stride", "padding", "dilation"), DIGITS),
    "fold": dict.fromkeys(("input", "output_size", "kernel_size", "stride", "padding", "dilation"), DIGITS),
    "opaque": {"parameters": STATED, "multiplies": STATED, "input": ONE, "output": ONE},
}
"""By kind, the numbers whose values cannot go through together, and why."""


def numbers_of(cls, example):
    """Every number in the arguments (defaults too) and shapes of an example: its name, value and place."""
    given = {name: argument.default for name, argument in cls.arguments.items()} | dict(example.arguments)
    for name, value in given.items():
        if isinstance(value, tuple) and all(type(item) is int for item in value):
            yield from ((name, number, place) for place, number in enumerate(value))
        elif type(value) is int:
            yield name, value, None
    for axis, size in enumerate(example.inputs[0] if example.inputs else ()):
        yield "input", size, axis


def network(cls, example, name, place, number):
    """The example with another number in one place; inputs that agree on an axis go on agreeing."""
    build, arguments = Builder(cls.kind), dict(example.arguments)
    shapes = [list(shape) for shape in example.inputs]
    if name == "input":
        size = shapes[0][place]
        for shape in shapes:
            if place < len(shape) and shape[place] == size:
                shape[place] = number
    elif place is None:
        arguments[name] = number
    else:
        arguments[name] = (*arguments[name][:place], number, *arguments[name][place + 1 :])
    sources = [build.input(f"x{i}", tuple(shape)) for i, shape in enumerate(shapes)]
    try:
        build.add(cls(**arguments), *sources)
    except LayerError as error:
        raise as_spec_error(error) from None
    return build.network()


def evaluated(cls, example, name, number, place):
    """Compare four values in one place of an example; whether they went through together."""
    grid = Grid(axes([f"n={number},{number + 1},{number + 2},{2 * number + 3}"]), 100)
    make = lambda values: network(cls, example, name, place, values["n"])  # noqa: E731 - a short name
    compare(make, grid, range(grid.size))
    evaluator = Evaluator(make, EVERY)
    evaluator.evaluate(grid.chunk(0))
    return evaluator.parts == 1


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_give_what_each_number_gives(kind):
    cls, apart = KINDS[kind], set()
    for example in cls.examples:
        for name, number, place in numbers_of(cls, example):
            if number >= 0 and not evaluated(cls, example, name, number, place):
                apart.add(name)
    assert apart == APART.get(kind, {}).keys()
