"""Networks: layers as nodes of a directed acyclic graph, in an order in which they can be run.

A :class:`Network` is immutable and already checked: every node knows the shapes that enter and
leave it. Networks are made by a :class:`Builder`, which both the spec parser and Python code use::

    build = Builder("tiny")
    x = build.input("input", (1, 28, 28))
    x = build.add(Conv(out_channels=8, kernel_size=3), x, name="C1")
    net = build.network(outputs=[x])
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from cnncalc.arithmetic import Shape
from cnncalc.errors import LayerError, Span, UnknownName, WrongType
from cnncalc.layers import Layer, Site
from cnncalc.layers.shape import Input

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

RESERVED = frozenset(
    """add_module apply bfloat16 buffers call_super_init children compile cpu cuda double
    dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter
    get_submodule half ipu load_state_dict modules mtia named_buffers named_children named_modules
    named_parameters parameters register_backward_hook register_buffer register_forward_hook
    register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
    register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
    set_extra_state set_submodule share_memory state_dict T_destination to to_empty train training
    type xpu zero_grad _apply _backward_hooks _backward_pre_hooks _buffers _call_impl
    _compiled_call_impl _forward_hooks _forward_hooks_always_called _forward_hooks_with_kwargs
    _forward_pre_hooks _forward_pre_hooks_with_kwargs _get_backward_hooks _get_backward_pre_hooks
    _get_name _is_full_backward_hook _load_from_state_dict _load_state_dict_post_hooks
    _load_state_dict_pre_hooks _maybe_warn_non_full_backward_hook _modules _named_members
    _non_persistent_buffers_set _parameters _register_load_state_dict_pre_hook
    _register_state_dict_hook _replicate_for_data_parallel _save_to_state_dict _slow_forward
    _state_dict_hooks _state_dict_pre_hooks _version _wrapped_call_impl""".split()  # noqa: SIM905 - a list would take 60 lines
)
"""Attributes of torch.nn.Module, which a layer's name would hide."""


class Node(NamedTuple):
    """A layer in its place.

    ``name`` is unique and dotted (``layer1.main.conv1``), ``path`` the parts that enclose it.
    ``inputs`` names the nodes it reads. ``weights_from`` names the node whose weights it shares, if
    it is not their owner. ``span`` tells where the spec says so.
    """

    name: str
    path: tuple[str, ...]
    layer: Layer
    inputs: tuple[str, ...]
    site: Site
    frozen: bool = False
    weights_from: str = ""
    span: Span | None = None

    @property
    def kind(self) -> str:
        """The layer's canonical name."""
        return self.layer.kind

    @property
    def output_shape(self) -> Shape:
        """Shape that leaves, channels first, without batch."""
        return self.site.output

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """Shapes that enter, one per input."""
        return self.site.inputs

    @property
    def local_name(self) -> str:
        """The name without its path."""
        return self.name.rpartition(".")[2]


class Network:
    """Nodes in topological order, the names of the outputs, and what the spec says about itself."""

    def __init__(
        self,
        name: str,
        nodes: Iterable[Node],
        outputs: Iterable[str],
        *,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.nodes = tuple(nodes)
        self.outputs = tuple(outputs)
        self.about: Mapping[str, Any] = MappingProxyType(dict(about or {}))
        """Further facts from the spec: ``doc``, ``source``, ``expect``, ``params``."""

    def __repr__(self) -> str:
        return f"<Network {self.name}: {len(self.nodes)} nodes>"

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Node:
        return self._by_name[self.resolve(name)]

    def resolve(self, name: str) -> str:
        """The full name of the node called ``name``.

        The last parts of a dotted name are enough where only one node has them. Raises
        :class:`UnknownNode` (a KeyError) that suggests similar names.
        """
        if not isinstance(name, str):
            first = next(iter(self._by_name), "conv1")
            raise WrongType(
                f"layers are found by name, such as {first!r}, not by {name!r}; see .rows or .nodes"
            )
        if name in self._by_name:
            return name
        endings = [full for full in self._by_name if full.endswith(f".{name}")]
        if len(endings) == 1:
            return endings[0]
        raise UnknownNode(name, self, endings)

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    def _repr_svg_(self) -> str:
        """The graph, as notebooks show it."""
        from cnncalc.render.notebook import graph

        return graph(self)

    def _repr_html_(self) -> str:
        """The graph and its description, as notebooks show them."""
        from cnncalc.render.notebook import figure

        return figure(self)

    @cached_property
    def inputs(self) -> tuple[Node, ...]:
        """The nodes where data enters."""
        return tuple(node for node in self.nodes if isinstance(node.layer, Input))

    def index_limit(self, node: Node) -> int | None:
        """For an input whose numbers are looked up, the first that is too large; else None."""
        if node.inputs:
            return None
        readers = (self[name].layer.indices_below() for name in self.readers[node.name])
        return min((limit for limit in readers if limit is not None), default=None)

    @cached_property
    def readers(self) -> Mapping[str, tuple[str, ...]]:
        """For each node, the names of the nodes that read it."""
        readers: dict[str, list[str]] = {node.name: [] for node in self.nodes}
        for node in self.nodes:
            for source in node.inputs:
                readers[source].append(node.name)
        return {name: tuple(found) for name, found in readers.items()}


def require_network(given: Any, taker: str) -> Network:
    """The network itself; raises :class:`WrongType` that says how to get one from something else."""
    if isinstance(given, Network):
        return given
    way = ""
    if isinstance(given, str):
        way = "; cnncalc.load makes one from a name, a path or a chain"
    elif isinstance(getattr(given, "network", None), Network):
        way = f"; that of an {type(given).__name__} is its .network"
    raise WrongType(f"{taker} takes a Network, got {given!r:.80}{way}")


class Memo:
    """What was worked out about nodes of a network, once for all that are alike.

    Alike are nodes that repeat one layer on one site, which a :class:`Builder` gives to a layer put
    behind equal shapes; frozen ones and those that share weights stand apart. They are told by
    identity, so the network must outlive the memo.
    """

    def __init__(self) -> None:
        self._answers: dict[tuple[Hashable, ...], Any] = {}

    def once(self, question: Hashable, node: Node, answer: Callable[[], T]) -> T:
        """The answer to a question about a node, if it depends on what makes nodes alike and nothing else."""
        key = question, id(node.layer), id(node.site), node.frozen, bool(node.weights_from)
        if key not in self._answers:
            self._answers[key] = answer()
        found: T = self._answers[key]
        return found


class UnknownNode(UnknownName):
    """No node has the name, or several end in it."""

    def __init__(self, name: str, network: Network, endings: Sequence[str]) -> None:
        from difflib import get_close_matches

        self.name = name
        inside = [node.name for node in network if node.name.startswith(f"{name}.")]
        close = get_close_matches(name, [node.name for node in network], n=3, cutoff=0.5)
        candidates = endings or inside or close
        how = (
            "several layers end in"
            if endings
            else "no layer but a part is called"
            if inside
            else "no layer is called"
        )
        advice = f"; did you mean {', '.join(candidates[:5])}?" if candidates else _layers(network)
        shown = repr(name) if len(name) <= _LONG_NAME else f"{name[:_LONG_NAME]!r}..."
        self.message = f"{how} {shown} in {network.name}{advice}"
        super().__init__(self.message)


def _layers(network: Network) -> str:
    names = [node.name for node in network]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"; there are {', '.join(names[:_NAMED])}{more}"


_LONG_NAME = 200
"""Characters of a name that is not found, that are shown."""

_NAMED = 12
"""Layers named where one is not found."""


class Builder:
    """Adds layers one by one, working out shapes and names, and makes a network of them."""

    def __init__(self, name: str, **about: Any) -> None:
        self.name = name
        self.about = about
        self.nodes: list[Node] = []
        self._names: set[str] = set()
        self._scopes: set[str] = set()
        self._counts: dict[tuple[str, str], int] = {}
        self._sites: dict[tuple[int, tuple[Shape, ...]], tuple[Layer, Site]] = {}
        """By the layer's identity, and with the layer itself, so that no other can take its place."""

    def input(self, name: str, shape: Shape, span: Span | None = None) -> Node:
        """A place where data of this shape enters."""
        return self.add(Input(shape=shape), name=name, span=span)

    def add(
        self,
        layer: Layer,
        *inputs: Node,
        name: str = "",
        path: tuple[str, ...] = (),
        frozen: bool = False,
        weights_from: str = "",
        span: Span | None = None,
    ) -> Node:
        """Put a layer behind ``inputs``; without a name it is called by its kind and a number.

        Raises :class:`LayerError` where the layer refuses what enters.
        """
        _check_arity(layer, len(inputs))
        shapes = tuple(node.output_shape for node in inputs)
        site = self._site(layer, shapes)
        full = self._unique(layer, name, path)
        node = Node(full, path, layer, tuple(n.name for n in inputs), site, frozen, weights_from, span)
        self.nodes.append(node)
        return node

    def _site(self, layer: Layer, shapes: tuple[Shape, ...]) -> Site:
        """Where a layer stands; one and the same for a layer repeated on equal shapes (see :class:`Memo`)."""
        key = id(layer), shapes
        try:
            known = self._sites.get(key)
        except TypeError:  # arrays of sizes, which cannot be looked up
            return Site(shapes, layer.output_shape(shapes))
        if known is None:
            known = self._sites[key] = layer, Site(shapes, layer.output_shape(shapes))
        return known[1]

    def network(self, outputs: Sequence[Node] = ()) -> Network:
        """The finished network; its outputs are the last node unless given."""
        named = [node.name for node in outputs] or [node.name for node in self.nodes[-1:]]
        return Network(self.name, self.nodes, named, about=self.about)

    def _unique(self, layer: Layer, name: str, path: tuple[str, ...]) -> str:
        prefix = "".join(f"{part}." for part in path)
        full = prefix + name if name else self._numbered(prefix, layer.kind)
        if full in self._names or full in self._scopes:
            raise LayerError("E205", f"name `{full}` is used twice")
        self._names.add(full)
        for depth in range(len(path)):
            self._scopes.add(".".join(path[: depth + 1]))
        return full

    def _numbered(self, prefix: str, kind: str) -> str:
        number = self._counts.get((prefix, kind), 0)
        while True:
            number += 1
            candidate = f"{prefix}{kind}{number}"
            if candidate not in self._names and candidate not in self._scopes:
                self._counts[prefix, kind] = number
                return candidate


def is_number(part: str) -> bool:
    """Whether a part of a name is a number, as those of the layers in ``torch.nn.Sequential`` are."""
    return part.isascii() and part.isdecimal()


def begins_with_number(part: str) -> bool:
    """Whether a part of a name can be that of a module, but not of an attribute: ``0``, ``3x3``."""
    return bool(re.fullmatch(r"[0-9][A-Za-z0-9_]*", part))


def check_name(name: str) -> str:
    """The name itself, if it is safe in generated code and as an attribute of a module.

    Raises :class:`LayerError` (E206) for anything but ASCII letters, digits and underscores, for
    Python keywords, double underscores and attributes of ``torch.nn.Module``.
    """
    if not _NAME.fullmatch(name):
        raise LayerError("E206", f"{name!r} is no name: use letters, digits and _, no digit first")
    if keyword.iskeyword(name) or name in RESERVED or name.startswith("__"):
        raise LayerError("E206", f"`{name}` is reserved in Python or PyTorch", help="choose another name")
    return name


def _check_arity(layer: Layer, given: int) -> None:
    fewest, most = layer.arity
    if given < fewest or (most is not None and given > most):
        wanted = f"{fewest}" if fewest == most else f"at least {fewest}"
        plural = "" if wanted == "1" else "s"
        raise LayerError("E222", f"{layer.kind} joins {wanted} input{plural}, got {given}")
