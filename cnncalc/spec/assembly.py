"""All steps from a text to a network, and one error for everything that went wrong on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from cnncalc.errors import SpecError
from cnncalc.layers import KINDS, find
from cnncalc.network import Builder, Network, Node
from cnncalc.spec.binding import Binder
from cnncalc.spec.chain import parse_chain, parse_expression
from cnncalc.spec.counting import check_size
from cnncalc.spec.document import Document
from cnncalc.spec.evaluate import Evaluator
from cnncalc.spec.expand import Expander
from cnncalc.spec.expressions import SyntaxProblem
from cnncalc.spec.finishing import expectations, frozen
from cnncalc.spec.keys import SpecReader
from cnncalc.spec.limits import DEFAULT, Limits
from cnncalc.spec.scope import UNKNOWN, Flow, Scope
from cnncalc.spec.signatures import argument_names
from cnncalc.spec.source import NOWHERE, Place, Problems, Source, TooManyErrors
from cnncalc.spec.suggest import did_you_mean
from cnncalc.spec.syntax import Call, Chain, Expression, Literal, Tuple
from cnncalc.spec.yamlchecks import Refused, check_characters
from cnncalc.spec.yamltree import read_yaml

_YAML = re.compile(r"^\s*(?:[A-Za-z_]\w*\s*:(?:\s|$)|#|---|%|\{)", re.MULTILINE)


class Request(NamedTuple):
    """What a caller asks for beside the text itself."""

    params: dict[str, Any]
    input: Any = None
    optional: bool = True
    limits: Limits = DEFAULT
    folder: str | None = None
    bases: tuple[str, ...] = ()
    """Specs on the way here by ``base:``."""
    loader: Any = None
    """A PyYAML loader class instead of the fastest one."""


def assemble(source: Source, request: Request) -> Network:
    """The network of a spec; raises :class:`SpecError` with every error."""
    problems = Problems(source, request.limits)
    assembly = _Assembly(source, request, problems)
    network: Network | None = None
    try:
        network = assembly.network()
    except TooManyErrors:
        pass
    except Refused:
        pass
    if problems:
        partial = network if network is not None and len(network) else None
        raise SpecError(problems.found("error"), source.text, source.origin, partial)
    assert network is not None
    return network


def read_document(source: Source, problems: Problems, loader: Any = None) -> Document:
    """The document of a text; raises :class:`Refused` where it cannot be read at all."""
    check_characters(source, problems)
    if looks_like_chain(source.text):
        document = Document()
        document.is_pattern = True
        document.layers = parse_chain(source.text, 0, len(source.text), problems)
        return document
    tree = read_yaml(source, problems, loader)
    return SpecReader(source.text, problems, frozenset()).read(tree)


def looks_like_chain(text: str) -> bool:
    """Whether a text is a chain alone rather than YAML."""
    return _YAML.search(text) is None and bool(text.strip()) and not text.lstrip().startswith("- ")


class _Assembly:
    """One spec on its way to a network."""

    def __init__(self, source: Source, request: Request, problems: Problems) -> None:
        self.source = source
        self.request = request
        self.problems = problems

    def network(self) -> Network:
        document = read_document(self.source, self.problems, self.request.loader)
        builder = Builder(document.name or _plain_name(self.source.origin))
        binder = Binder(document, self.problems)
        expander = Expander(document, binder, builder, self.problems, optional=self.request.optional)
        if document.base is not None:
            from cnncalc.spec.basing import rebase

            return rebase(document, self.request, expander, self.problems)
        self._set_params(document, binder, expander)
        _round(document, binder)
        binder.check(document.layers)
        for block in document.blocks.values():
            binder.check(block.body)
        check_size(document, expander.root.values, self.problems)
        flow = self._run(document, expander)
        self._report_missing(binder, expander)
        return self._finish(document, expander, flow)

    # Parameters

    def _set_params(self, document: Document, binder: Binder, expander: Expander) -> None:
        given = dict(self.request.params)
        root = Scope(expander.root)
        for name, (_, expression) in document.params.items():
            if name in given:
                expander.root.values[name] = self._given(name, given.pop(name))
            else:
                expander.root.values[name] = expander.argument(expression, None, root)
        names = _names_in(self.source.text) if given else set()
        for name, value in given.items():
            if "." in name:
                self._set_default(name, value, binder)
            elif name in names:
                expander.root.values[name] = self._given(name, value)
            else:
                advice = did_you_mean(name, document.params) or _listed(document.params)
                message = f"the spec has no parameter `{name[:60]}`"
                self.problems.add("E204", message, NOWHERE, help=advice)

    def _given(self, name: str, value: Any) -> Any:
        """A value from outside, where text is read as an expression without names."""
        if not isinstance(value, str):
            return value
        try:
            return constant(value, self.request.limits)
        except ValueError as error:
            advice = "write a number or a size, such as 3x224x224" if name == "input" else ""
            self.problems.add("E204", f"cannot read {name}={value[:40]}: {error}", NOWHERE, help=advice)
            return UNKNOWN

    def _set_default(self, name: str, value: Any, binder: Binder) -> None:
        kind, _, argument = name.partition(".")
        found = find(kind)
        known = argument_names(found[0]) if found else {}
        if found is None or argument not in known:
            advice = did_you_mean(argument, known) if found else did_you_mean(kind, KINDS)
            advice = advice or "arguments are set for all layers of a kind, such as conv.padding=2"
            self.problems.add("E204", f"no layer has an argument `{name[:60]}`", NOWHERE, help=advice)
            return
        given = self._given(name, value)
        if given is not UNKNOWN:
            binder.add_default(found[0].kind, known[argument].name, _literal(given))

    # The walk

    def _run(self, document: Document, expander: Expander) -> Flow:
        root = Scope(expander.root)
        flow = self._inputs(document, expander, root)
        if isinstance(document.layers, Chain):
            for step in document.layers.steps:
                flow = expander.run(step, flow, root)
            return flow
        return expander.run(document.layers, flow, root)

    def _inputs(self, document: Document, expander: Expander, root: Scope) -> Flow:
        given = self._inputs_given(document)
        flows: dict[str, Flow] = {}
        for name, (word, shape) in document.inputs.items():
            if name in given:
                flows[name] = self._enter(name, given.pop(name), expander)
            else:
                flows[name] = expander.add_input(name, shape, root)
            root.declare(name, word.place, flows[name])
        for name, value in given.items():
            if document.inputs:
                advice = did_you_mean(name, document.inputs)
                self.problems.add("E204", f"the spec has no input `{name}`", NOWHERE, help=advice)
            else:
                flows[name] = self._enter(name, value, expander)
        if not flows and not _starts_with_input(document):
            self._report_no_input(document, expander)
            return UNKNOWN
        return next(iter(flows.values())) if len(flows) == 1 else None

    def _inputs_given(self, document: Document) -> dict[str, Any]:
        """Shapes from outside by the inputs' names; one alone is that of the first input."""
        given = self.request.input
        if given is None or isinstance(given, dict):
            return dict(given or {})
        return {next(iter(document.inputs), "input"): given}

    def _report_no_input(self, document: Document, expander: Expander) -> None:
        if "input" not in document.guessed:
            first = document.layers
            expander.no_input((first.start, first.start + 1) if document.is_pattern else (0, 1))

    def _enter(self, name: str, value: Any, expander: Expander) -> Flow:
        given = self._given(name, value)
        return UNKNOWN if given is UNKNOWN else expander.enter(name, given, NOWHERE)

    def _report_missing(self, binder: Binder, expander: Expander) -> None:
        """All sizes that a pattern leaves open, in one go; but first its shape, if that is open."""
        by_key = {size.key: size for size in (*expander.missing, *binder.missing)}
        missing = sorted(by_key.values(), key=lambda size: size.place)
        unread = any(d.code.startswith("E1") for d in self.problems.found())
        if not missing or not expander.nodes or unread:
            return
        places: dict[Place, list[str]] = {}
        for size in missing:
            places.setdefault(size.place, []).append(size.key)
        (first, keys), *others = places.items()
        them = "it" if len(missing) == 1 else "them"
        options = " ".join(f"--set {size.key}={_example(size.key)}" for size in missing)
        self.problems.add(
            "E213",
            f"the pattern leaves {_counted(len(missing))} open",
            first,
            detail=", ".join(keys),
            labels=tuple((where, ", ".join(names)) for where, names in others),
            help=f"write {them} there, or give {them}, for example: {options}",
        )

    # The end

    def _finish(self, document: Document, expander: Expander, flow: Flow) -> Network:
        builder = expander.builder
        outputs = list(self._outputs(document, expander, flow))
        builder.nodes = frozen(builder.nodes, document.freeze, self.problems)
        by_name = {node.name: node for node in builder.nodes}
        builder.about = {
            "doc": document.doc,
            "source": document.source,
            "params": {k: v for k, v in expander.root.values.items() if v is not UNKNOWN},
            "warnings": self.problems.found("warning"),
            **expectations(document, expander, self.problems),
        }
        return builder.network([by_name[name] for name in outputs])

    def _outputs(self, document: Document, expander: Expander, flow: Flow) -> Iterator[str]:
        root = Scope(expander.root)
        for word in document.outputs:
            found = expander.named_flow(word.text, word.place, root)
            if isinstance(found, Node):
                yield found.name
        if not document.outputs and isinstance(flow, Node):
            yield flow.name


def constant(text: str, limits: Limits = DEFAULT) -> Any:
    """The value of an expression without names; raises ValueError."""
    problems = Problems(Source(text), limits)
    expression = parse_expression(text, 0, len(text), problems)
    if problems:
        raise ValueError(problems.found()[0].message)
    try:
        return Evaluator(limits).value(expression, lambda name: name.text)
    except SyntaxProblem as problem:
        raise ValueError(problem.message) from None


def _round(document: Document, binder: Binder) -> None:
    """Make the network's rounding rule the default of every kind that has it."""
    if document.rounding is None:
        return
    rule = document.rounding
    for cls in KINDS.values():
        argument = cls.arguments.get("rounding")
        if argument is not None and rule.text in argument.choices:
            own = binder.defaults.setdefault(cls.kind, {})
            own.setdefault("rounding", Literal(rule.text, *rule.place))


def _starts_with_input(document: Document) -> bool:
    step: Any = document.layers
    while isinstance(step, Chain) and step.steps:
        step = step.steps[0]
    while hasattr(step, "body"):
        step = step.body
    return isinstance(step, Call) and step.name.lower() == "input"


def _literal(value: Any) -> Expression:
    if isinstance(value, tuple | list):
        return Tuple(tuple(_literal(item) for item in value), 0, 1)
    return Literal(value, 0, 1)


def _names_in(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", text))


def _listed(names: Any) -> str:
    return (
        f"its parameters are {', '.join(names)}"
        if names
        else "it has no parameters; an argument is set for a kind, such as conv.bias=false"
    )


def _counted(sizes: int) -> str:
    return f"{sizes} sizes" if sizes > 1 else "a size"


_EXAMPLES = {"out_channels": 16, "out_features": 64, "kernel_size": 3, "N": 2, "M": 2, "K": 1}


def _example(key: str) -> int:
    kind, _, argument = key.rpartition(".")
    pooled = kind in ("maxpool", "avgpool")
    return 2 if pooled else _EXAMPLES.get(argument, 2)


def _plain_name(origin: str) -> str:
    from pathlib import Path

    return "chain" if origin.startswith("<") else Path(origin).stem
