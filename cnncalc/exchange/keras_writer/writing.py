"""The text of the whole file: functions for parts, and one that makes the model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cnncalc.analysis import analyze
from cnncalc.errors import UsageError
from cnncalc.exchange.keras_writer.calls import Call, Here, shown
from cnncalc.exchange.keras_writer.kinds import calls, refused
from cnncalc.exchange.keras_writer.text import (
    INDENT,
    MARK,
    NORM,
    TAKEN,
    Function,
    Line,
    code,
    docstring,
    function_name,
    function_text,
    layer_name,
    named,
    numbered,
    placed,
    printable,
    telling,
    text_of_name,
    use_of,
    with_calls,
)
from cnncalc.folding import Template, unify
from cnncalc.layers import show
from cnncalc.network import Network, Node
from cnncalc.parts import Part, parts_of
from cnncalc.straight_line import Step, commented, forward, identifier, shared_beginning, unused


def write(network: Network) -> str:
    """Keras 3 source of a network, to be saved as a file of its own.

    Raises :class:`UsageError` that names everything Keras has no layer for.
    """
    reasons = [f"{what} ({layer})" for what, layer in refused(network).items()]
    if reasons:
        raise UsageError(f"{network.name} cannot be written in Keras: " + "; ".join(reasons))
    return _Writing(network).text()


class _Writing:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.root = parts_of(network)
        self.calls = {node.name: calls(Here(node, network)) for node in network if node.inputs}
        self.shared = {node.weights_from for node in network if node.weights_from}
        self.functions: list[Function] = []
        self.uses: dict[tuple[str, ...], Template] = {}
        closed = [part for part in self.root.parts() if not self._is_inline(part)]
        for height in sorted({part.height for part in closed}):
            self._unify([part for part in closed if part.height == height])

    def _is_inline(self, part: Part) -> bool:
        """Whether a part's layers are written where it stands: it is left and entered, or shares."""
        return (
            part.is_open
            or bool(part.twin)
            or any(node.weights_from or node.name in self.shared for node in part.nodes)
        )

    # Parts as functions.

    def _unify(self, parts: Sequence[Part]) -> None:
        groups: dict[object, list[tuple[Part, list[Line], list[str], list[str]]]] = {}
        for part in parts:
            lines, arguments, results = self._body(part, part.reads, part.gives)
            key = (tuple(line.text.key for line in lines), tuple(arguments), tuple(results))
            groups.setdefault(key, []).append((part, lines, arguments, results))
        for group in groups.values():
            self._define(group)

    def _define(self, group: Sequence[tuple[Part, list[Line], list[str], list[str]]]) -> None:
        first, lines, arguments, results = group[0]
        merged = [Template.join("\n", [line.text for line in body]) for _, body, _, _ in group]
        unified = unify(merged, code, taken=frozenset({*arguments, "name", "layers", "keras", "ops"}))
        name = self._name([part.name for part, *_ in group])
        header = f"def {name}({', '.join([*arguments, *unified.parameters, 'name'])}):"
        texts = merged[0].fill(unified.expressions).split("\n")
        written = [
            *(commented(text, line.comment) for text, line in zip(texts, lines, strict=True)),
            f"return {', '.join(results)}",
        ]
        self.functions.append(Function(name, [".".join(p.path) for p, *_ in group], header, written))
        for place, (part, *_) in enumerate(group):
            self.uses[part.path] = use_of(name, unified, place)
        assert first.path

    def _name(self, parts: Sequence[str]) -> str:
        """A function's name: what the parts' names have in common, without numbers."""
        stem = re.sub(r"[\d_]+$", "", shared_beginning(parts)) or re.sub(r"[\d_]+$", "", parts[0])
        name = identifier(stem.lower()) if stem and not stem[0].isdigit() else "part"
        taken = {function.name for function in self.functions} | {function_name(self.network), *TAKEN}
        return unused(name, taken)

    # Lines.

    def _body(
        self, part: Part, reads: Sequence[str], gives: Sequence[str]
    ) -> tuple[list[Line], list[str], list[str]]:
        """The lines of a part, its arguments and its results."""
        made: list[Template] = []
        steps = list(self._steps(part, len(part.path), made))
        run = forward(reads, steps, gives)
        lines = [Line(with_calls(text, made), comment) for text, comment in run.lines]
        return lines, run.arguments, run.results

    def _steps(self, part: Part, depth: int, made: list[Template]) -> Iterator[Step]:
        for step in part.order:
            if isinstance(step, Part) and self._is_inline(step):
                yield from self._steps(step, depth, made)
            elif isinstance(step, Part):
                local = text_of_name(".".join(step.path[depth:]), in_function=depth > 0)
                made.append(Template(self.uses[step.path], f", name={local})"))
                shapes = ", ".join(self._shape(name) for name in step.gives)
                wanted = telling(step.name)
                wanted = "" if wanted in {function.name for function in self.functions} else wanted
                yield Step(step.reads, step.gives, placed(made, len(step.reads)), wanted, shapes)
            elif step.inputs:
                yield from self._of_node(step, depth, made)

    def _shape(self, name: str) -> str:
        return show(tuple(shown(self.network[name].output_shape)))

    def _of_node(self, node: Node, depth: int, made: list[Template]) -> Iterator[Step]:
        """The calls of a node, one behind the other."""
        entering, before = list(node.inputs), ""
        for call in self.calls[node.name]:
            last = call is self.calls[node.name][-1]
            gives = node.name if last else f"{node.name}{call.suffix}"
            reads = (
                (entering[call.reads],)
                if call.reads is not None
                else (before,)
                if before
                else tuple(entering)
            )
            made.append(self._constructed(node, call, depth))
            wanted = telling(node.local_name) if last and node.local_name != numbered(node) else ""
            places = placed(made, len(reads), in_list=call.takes_list)
            yield Step(reads, (gives,), places, wanted, show(tuple(shown(call.output))))
            if call.reads is None:
                before = gives
            else:
                entering[call.reads] = gives

    def _constructed(self, node: Node, call: Call, depth: int) -> Template:
        """The layer that a call calls: made on the spot, or before where it is used several times."""
        owner = node.weights_from or node.name
        if owner in self.shared and not call.suffix:
            return Template(f"shared_{identifier(layer_name(owner))}({MARK})")
        parts = node.name.split(".")
        local = text_of_name(".".join(parts[depth:]) + call.suffix, in_function=depth > 0)
        return Template("layers.", *named(node, call, local).pieces, f"({MARK})")

    def _shared_layers(self) -> Iterator[str]:
        for node in self.network:
            if node.name in self.shared:
                call = self.calls[node.name][-1]
                text = named(node, call, f'"{layer_name(node.name)}"').text(code)
                yield f"shared_{identifier(layer_name(node.name))} = layers.{text}"

    # The file.

    def text(self) -> str:
        """The whole file."""
        norms = any(node.kind == "lrn" for node in self.network)
        root = self._root()
        names = [layer_name(node.name) for node in self.network.inputs]
        names += [layer_name(f"{name}{call.suffix}") for name, made in self.calls.items() for call in made]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise UsageError(f"two layers would be called {twice!r} in Keras: rename one of them")
        blocks = [NORM] if norms else []
        blocks += ["\n".join(function_text(function)) for function in self.functions]
        body = "\n\n\n".join([*blocks, root, self._main()])
        imports = "import keras\nfrom keras import layers" + (", ops" if norms else "")
        text = f"{docstring(self.network)}\n\n{imports}\n\n\n{body}\n"
        return text.replace("layers.LocalResponseNorm(", "LocalResponseNorm(")

    def _root(self) -> str:
        network = self.network
        entering = tuple(node.name for node in network.inputs)
        lines, arguments, results = self._body(self.root, entering, network.outputs)
        params = analyze(network).params
        several = len(entering) > 1
        made = [
            f"{'' if several else 'inputs = '}{argument} = {self._input(node)}"
            for argument, node in zip(arguments, network.inputs, strict=True)
        ]
        if several:
            made.append(f"inputs = [{', '.join(arguments)}]")
        outputs = results[0] if len(results) == 1 else f"[{', '.join(results)}]"
        title = printable(network.name)
        written = [
            f'"""{title}: {params:,} parameters."""',
            *made,
            *self._shared_layers(),
            *(commented(line.text.text(code), line.comment) for line in lines),
            f'return keras.Model(inputs, {outputs}, name="{function_name(network)}")',
        ]
        return "\n".join([f"def {function_name(network)}():", *(f"{INDENT}{line}" for line in written)])

    def _input(self, node: Node) -> str:
        sizes = tuple(shown(node.output_shape))
        whole = self.network.index_limit(node) is not None
        dtype = ', dtype="int32"' if whole else ""
        return f'keras.Input({sizes}{dtype}, name="{layer_name(node.name)}")'

    def _main(self) -> str:
        return f'if __name__ == "__main__":\n{INDENT}{function_name(self.network)}().summary()'
