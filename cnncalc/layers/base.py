"""What every layer kind is: its arguments, and the facets it must answer for.

A kind is one class. Its arguments are declared as class attributes with the factories of
:mod:`cnncalc.layers.arguments`; everything that names or checks arguments (the parser, ``fmt``,
the JSON Schema, the documentation) reads those declarations. Its facets are methods over a
:class:`Site`; all are abstract, so a kind that forgets one cannot be created.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape
from cnncalc.errors import LayerError
from cnncalc.layers import arguments
from cnncalc.layers.arguments import Argument, shown_value
from cnncalc.strides import contiguous
from cnncalc.taps import SAME, Taps, Whole
from cnncalc.working import Nothing, Worked, Working

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform

    from cnncalc.moves import Move
else:

    def dataclass_transform(**_: Any) -> Any:
        """Typing aid only, and not in every Python this runs on."""
        return lambda cls: cls


class Site(NamedTuple):
    """Where a layer stands: the shapes that enter it and the shape that leaves it.

    ``strides`` are the steps in memory along the axes of each input, where they are known to differ
    from those of a tensor whose values lie one behind the other.
    """

    inputs: tuple[Shape, ...]
    output: Shape
    strides: tuple[Shape, ...] = ()

    @property
    def input(self) -> Shape:
        """The only, or the first, shape that enters."""
        return self.inputs[0]

    @property
    def input_strides(self) -> Shape:
        """Steps in memory along the axes of the first input."""
        return self.strides[0] if self.strides else contiguous(self.input)

    @property
    def channels(self) -> Number:
        """Channels, or features, that enter."""
        return self.inputs[0][0]

    @property
    def positions(self) -> Shape:
        """Spatial sizes that leave."""
        return self.output[1:]


class Saved(NamedTuple):
    """What autograd keeps of a layer until backward, parameters excluded.

    ``inputs`` are the positions of the inputs kept, ``output`` tells whether the output is kept,
    ``elements`` counts further values of the tensor's own type and ``bytes`` further bytes
    (indices, masks), all per sample; ``once`` counts values that do not grow with the batch
    (statistics of a batch norm).

    With ``weights_only`` all of it serves the gradient of the layer's own weights, and frozen ones
    need nothing (linear layers). With ``crosswise`` an input is kept for the gradients of the other
    inputs (products). ``upstream`` is what is kept besides where a gradient flows on to the input,
    ``own`` what is kept besides for the gradient of the layer's own weights.
    """

    inputs: tuple[int, ...] = ()
    output: bool = False
    elements: Number = 0
    bytes: Number = 0
    once: Number = 0
    weights_only: bool = False
    crosswise: bool = False
    upstream: Saved | None = None
    own: Saved | None = None


class Example(NamedTuple):
    """Arguments of a layer and shapes it can take, for tests and documentation."""

    arguments: Mapping[str, Any]
    inputs: tuple[Shape, ...]


KINDS: dict[str, type[Layer]] = {}
"""Every concrete layer kind by its canonical name."""


@dataclass_transform(
    kw_only_default=True,
    frozen_default=True,
    field_specifiers=(
        arguments.count,
        arguments.sizes,
        arguments.axis,
        arguments.paddings,
        arguments.number,
        arguments.flag,
        arguments.choice,
        arguments.rounding,
    ),
)
class Layer(ABC):
    """A layer with its arguments, independent of where it stands. Immutable.

    ``family`` groups kinds that look alike in diagrams; ``is_weight_layer`` tells the layers that
    papers count ("VGG-16"): their output values are neurons.
    """

    kind: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    family: ClassVar[str]
    is_weight_layer: ClassVar[bool] = False
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """Fewest and most inputs; None for any number."""
    arguments: ClassVar[Mapping[str, Argument]] = {}
    examples: ClassVar[tuple[Example, ...]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Argument)}
        fixed = vars(cls).keys() - own.keys()
        inherited = {name: value for name, value in _inherited(cls).items() if name not in fixed}
        cls.arguments = {**inherited, **own}
        if "kind" in vars(cls):
            KINDS[cls.kind] = cls

    def __init__(self, **values: Any) -> None:
        unknown = [name for name in values if name not in self.arguments]
        if unknown:
            message = f"`{self.kind}` has no argument `{unknown[0]}`"
            raise LayerError("E211", message, argument=unknown[0])
        for name, argument in self.arguments.items():
            if name in values:
                self.__dict__[name] = argument.convert(values[name])
            elif argument.required:
                raise LayerError("E213", f"`{self.kind}` needs `{name}`")
            else:
                self.__dict__[name] = argument.default
        self.validate()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"layers are immutable: cannot set {name}")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.kind, *self.__dict__.values()))

    def __repr__(self) -> str:
        shown = [f"{name}={shown_value(value)}" for name, value in self.given().items()]
        return f"{self.kind}({', '.join(shown)})"

    def given(self) -> dict[str, Any]:
        """The arguments that differ from their defaults."""
        values = self.__dict__.items()
        return {n: v for n, v in values if self.arguments[n].required or v != self.arguments[n].default}

    def validate(self) -> None:  # noqa: B027 - most kinds have nothing to add
        """Check arguments against each other; called once, at construction."""

    # What every kind answers for.

    @abstractmethod
    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Shape that leaves; raises :class:`LayerError` where the inputs are refused."""

    @abstractmethod
    def tensors(self, site: Site) -> dict[str, Shape]:
        """Shapes of the parameter tensors, by PyTorch's names."""

    @abstractmethod
    def params(self, site: Site) -> Worked:
        """Number of parameters."""

    @abstractmethod
    def macs(self, site: Site) -> Worked:
        """Multiply-accumulates for one sample, bias additions not counted."""

    @abstractmethod
    def connections(self, site: Site) -> Worked:
        """Uses of a weight or bias by an output value, padded taps included."""

    @abstractmethod
    def operations(self, site: Site) -> Worked:
        """Every operation at inference, for one sample.

        Each multiplication, addition, subtraction, division, comparison, exponential, logarithm, root,
        power, hyperbolic tangent and error function is one; moving values is none. Taps in the
        padding count.
        """

    @abstractmethod
    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """For each input, how its spatial axes are read, one map per axis."""

    @abstractmethod
    def saved(self, site: Site) -> Saved:
        """What training keeps for backward, by PyTorch's autograd."""

    @abstractmethod
    def label(self, site: Site) -> str:
        """What a diagram calls it: the kind and what distinguishes it."""

    # What follows from the above.

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """For each input, which of its channels an output channel reads: all, unless a kind knows better."""
        return tuple(Whole(shape[0]) for shape in site.inputs)

    def moves(self, site: Site) -> tuple[Move, ...]:
        """The steps by which values are arranged anew, channels and positions together; most kinds do not."""
        return ()

    def gates(self, site: Site) -> tuple[int, ...]:
        """Places of the inputs that scale whole maps, as the gate of squeeze-and-excite does."""
        return ()

    def shape_working(self, site: Site) -> tuple[Worked, ...]:
        """How each spatial output size comes about; empty where no formula is behind it."""
        return ()

    def view(self, site: Site, *, training: bool = False) -> Shape | None:
        """Strides of the output in the memory of the (first) input; None for memory of its own."""
        return None

    def backward_macs(self, site: Site, *, weights: bool, inputs: bool) -> Worked:
        """Multiply-accumulates of the way back, where gradients of weights or of inputs are needed.

        A product of two operands costs as many again for the gradient of each.
        """
        macs = self.macs(site)
        if isinstance(macs, Nothing):
            return macs
        if not (weights or inputs):
            return Nothing("no gradient is needed here")
        return Working(formulas.backward_macs, macs=macs.value, gradients=int(weights) + int(inputs))

    def indices_below(self) -> int | None:
        """For a kind that takes whole numbers from 0 up, the first that is too large; else None."""
        return None

    def connections_inside(self, site: Site) -> Worked:
        """Connections without those to positions of the padding; all of them, where nothing is padded."""
        return self.connections(site)

    def neurons(self, site: Site) -> Worked:
        """Output values of layers with weights."""
        if not self.is_weight_layer:
            return Nothing(f"{self.kind} has no neurons of its own")
        return Working(formulas.element_count, shape=site.output)


def _inherited(cls: type[Layer]) -> dict[str, Argument]:
    merged: dict[str, Argument] = {}
    for base in reversed(cls.__bases__):
        merged.update(getattr(base, "arguments", {}))
    return merged


class Weightless(Layer):
    """A layer without parameters, multiply-accumulates or connections."""

    def tensors(self, site: Site) -> dict[str, Shape]:
        """No parameter tensors."""
        return {}

    def params(self, site: Site) -> Worked:
        """No parameters."""
        return Nothing(f"{self.kind} has no parameters")

    def macs(self, site: Site) -> Worked:
        """No multiply-accumulates with weights."""
        return Nothing(f"{self.kind} has no weights to multiply by")

    def connections(self, site: Site) -> Worked:
        """No connections."""
        return Nothing(f"{self.kind} has no weights to connect by")


class Moving(Weightless):
    """A layer that moves, copies or passes values and works nothing out."""

    def operations(self, site: Site) -> Worked:
        """None."""
        return Nothing(f"{self.kind} works nothing out at inference")


class Elementwise(Layer):
    """A layer whose output has the shape of its input, each value reading only its own position."""

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's shape."""
        return inputs[0]

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Each position reads itself."""
        return ((SAME,) * (len(site.input) - 1),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself."""
        return (SAME,)

    def label(self, site: Site) -> str:
        """The kind."""
        return self.kind


def per_axis(name: str, value: Any, shape: Shape) -> tuple[Any, ...]:
    """Give ``value`` to every spatial axis of ``shape``, or check that it has one entry per axis."""
    rank = len(shape) - 1
    if not isinstance(value, tuple):
        return (value,) * rank
    if len(value) != rank:
        many = f"{len(value)} value{'' if len(value) == 1 else 's'}"
        axes = f"{rank} spatial ax{'i' if rank == 1 else 'e'}s"
        message = f"`{name}` has {many}, but {show(shape)} has {axes}"
        raise LayerError("E214", message, argument=name)
    return value


def inside_counts(taps: tuple[Taps, ...], site: Site) -> tuple[Number, ...]:
    """For each axis, the taps of all output positions that fall inside the input."""
    axes = zip(taps, site.positions, site.input[1:], strict=True)
    return tuple(tap.count_inside(units, size) for tap, units, size in axes)


def spatial(kind: str, shape: Shape) -> Shape:
    """The shape itself, refused unless it has channels and one to three spatial axes."""
    if len(shape) < 2:
        message = f"{kind} needs spatial axes but its input is flat ({show(shape)} values)"
        raise LayerError("E217", message, help="move it before flatten/fc")
    if len(shape) > 4:
        message = f"{kind} takes 1 to 3 spatial axes but its input has {len(shape) - 1} ({show(shape)})"
        raise LayerError("E217", message)
    return shape


def checked_axis(name: str, value: int, shape: Shape) -> int:
    """Where in ``shape`` an axis lies that is numbered as in PyTorch, the batch being 0.

    >>> checked_axis("dim", 1, (16, 10, 10)), checked_axis("dim", -1, (16, 10, 10))
    (0, 2)
    """
    rank = len(shape)
    place = value - 1 if value >= 0 else rank + value
    if not 0 <= place < rank:
        message = f"`{name}`={value} is no axis of a {show(shape)} input"
        advice = f"axes are numbered as in PyTorch: 1 to {rank}, or -{rank} to -1; 0 is the batch"
        raise LayerError("E244", message, help=advice, argument=name)
    return place


def show(shape: Shape) -> str:
    """A shape as people write it.

    >>> show((16, 10, 10))
    '16x10x10'
    """
    return "x".join(str(size) for size in shape)
