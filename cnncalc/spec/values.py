"""The values of arguments, looked up in the scope where they stand."""

from __future__ import annotations

from typing import Any

from cnncalc.arithmetic import Number
from cnncalc.layers.arguments import Argument
from cnncalc.layers.base import Layer
from cnncalc.network import Node
from cnncalc.spec.binding import LayerUse, Missing
from cnncalc.spec.document import Document
from cnncalc.spec.evaluate import Evaluator, NoNumber, Unknown, Word, unknown_name
from cnncalc.spec.expressions import SyntaxProblem
from cnncalc.spec.guesses import VALUES
from cnncalc.spec.scope import UNKNOWN, Flow, Frame, NodeRef, Poison, Scope
from cnncalc.spec.source import Place, Problems
from cnncalc.spec.suggest import did_you_mean
from cnncalc.spec.syntax import Broken, Call, Expression, Literal, Name, named_steps, place

_FORMS = {"count": "a whole number", "sizes": "a whole number or one per axis", "flag": "true or false"}
_TRUTHS = ("yes", "no", "on", "off")


class Values:
    """Looks up names and evaluates expressions."""

    nodes: dict[str, Node]
    parts: dict[str, Flow]

    def __init__(self, document: Document, problems: Problems) -> None:
        self.document = document
        self.problems = problems
        self.limits = problems.limits
        self.evaluator = Evaluator(problems.limits)
        self.root = Frame((), {})
        self.missing: list[Missing] = []
        self._later: dict[str, Place] | None = None

    def value(self, expression: Expression, flow: Flow, scope: Scope) -> Any:
        """The value of an expression; an unknown bare word is a :class:`Word`."""
        if type(expression) is Literal:
            return expression.value
        try:
            value = self.evaluator.value(expression, lambda name: self._lookup(name, flow, scope))
        except NoNumber as error:
            raise self.unknown_name(error.name, error.place, scope) from None
        if isinstance(value, Poison):
            raise Unknown
        return value

    def truth(self, expression: Expression, flow: Flow, scope: Scope) -> bool:
        """Whether a condition holds."""
        value = self.value(expression, flow, scope)
        if isinstance(value, Word):
            raise self.unknown_name(value, place(expression), scope)
        return bool(value)

    def reported(self, expression: Expression, flow: Flow, scope: Scope) -> Any:
        """The value of an expression, or unknown where it has none and that was reported."""
        try:
            return self.value(expression, flow, scope)
        except Unknown:
            return UNKNOWN
        except SyntaxProblem as problem:
            problem.report(self.problems)
            return UNKNOWN

    def argument(self, expression: Expression, flow: Flow, scope: Scope) -> Any:
        """The value of a block's argument: also the name of a layer, and unknown values."""
        value = self.reported(expression, flow, scope)
        if isinstance(value, Word):
            found = self._flow(value, scope)
            return value if found is None else NodeRef(value, found)
        return value

    def _lookup(self, name: Name, flow: Flow, scope: Scope) -> Any:
        text = name.text
        values = scope.frame.values
        if text in values:
            return self._known(values[text])
        if text in self.root.values:
            return self._known(self.root.values[text])
        if text == "cin":
            return self._channels(name, flow)
        return Word(text)

    def _known(self, value: Any) -> Any:
        if isinstance(value, Poison):
            raise Unknown
        return value

    def _channels(self, name: Name, flow: Flow) -> Number:
        if isinstance(flow, Node):
            return flow.output_shape[0]
        if flow is None:
            message = "nothing enters here, so there is no `cin`"
            raise SyntaxProblem("E223", message, place(name))
        raise Unknown

    def arguments(self, call: Call, use: LayerUse, flow: Flow, scope: Scope) -> dict[str, Any]:
        """The values of a layer's arguments; raises :class:`Unknown` where one is not known."""
        found: dict[str, Any] = {}
        good = True
        for name, expression in use.values.items():
            if type(expression) is Literal:
                found[name] = expression.value
                continue
            inner = Scope(self.root) if name in use.defaults else scope
            try:
                found[name] = self._layer_argument(use.cls, name, expression, flow, inner)
            except Unknown:
                good = False
            except SyntaxProblem as problem:
                problem.report(self.problems)
                good = False
        if not good:
            raise Unknown
        return found

    def _layer_argument(
        self, cls: type[Layer], name: str, expression: Expression, flow: Flow, scope: Scope
    ) -> Any:
        argument = cls.arguments[name]
        if isinstance(expression, Name):
            if expression.text.lower() in argument.choices:
                return expression.text.lower()
            if argument.form == "table":
                return self._table(expression, scope)
        value = self.value(expression, flow, scope)
        if isinstance(value, Word):
            if argument.choices:
                raise _no_choice(name, value, argument.choices, place(expression))
            self._misplaced(cls, argument, value, place(expression))
            return self._no_value(argument, value, expression, scope)
        if isinstance(value, NodeRef):
            message = f"`{name}` must be {_FORMS.get(argument.form, 'a number')}, got {value!r}"
            advice = "a layer is read by from(NAME), where something enters; here stands a number"
            raise SyntaxProblem("E215", message, place(expression), help=advice)
        return value

    def _misplaced(self, cls: type[Layer], argument: Argument, word: str, where: Place) -> None:
        """Refuse a word that another argument would take, as in ``conv(8, 3, same)``."""
        takers = [other.name for other in cls.arguments.values() if word.lower() in other.choices]
        if takers:
            wanted = _FORMS.get(argument.form, "a number")
            message = f"`{argument.name}` must be {wanted}, got the word `{word}`"
            raise SyntaxProblem("E215", message, where, help=f"write {takers[0]}={word.lower()}")

    def _no_value(self, argument: Argument, word: str, expression: Expression, scope: Scope) -> Any:
        """Say why a bare word will not do as an argument."""
        where = place(expression)
        if isinstance(expression, Name) and expression.text == word and argument.form != "flag":
            if word.lower() in _TRUTHS:
                message = f"`{argument.name}` must be {_FORMS.get(argument.form, 'a number')}, got {word}"
                raise SyntaxProblem("E215", message, where)
            if self.is_open(expression, scope):
                self.missing_size(word, where)
                raise Unknown
            raise self.unknown_name(word, where, scope)
        wanted = _FORMS.get(argument.form, "a number")
        advice = "write true or false" if argument.form == "flag" else ""
        message = f"`{argument.name}` must be {wanted}, got the word `{word[:40]}`"
        raise SyntaxProblem("E215", message, where, help=advice)

    def _table(self, name: Name, scope: Scope) -> Any:
        tables = self.document.tables
        if name.text in tables:
            return tables[name.text]
        advice = did_you_mean(name.text, tables) or f"write it under `tables:`, e.g. {name.text}: [X., .X]"
        raise SyntaxProblem("E201", f"no table called `{name.text}`", place(name), help=advice)

    def is_open(self, name: Name, scope: Scope) -> bool:
        """Whether a pattern leaves a size open under this name."""
        known = name.text in scope.frame.values or name.text in self.root.values or name.text == "cin"
        return self.document.is_pattern and not known

    def missing_size(self, name: str, where: Place) -> None:
        """Note a size that a pattern leaves open."""
        self.missing.append(Missing(name, where))

    def unknown_name(self, name: str, where: Place, scope: Scope) -> SyntaxProblem:
        """The error for a word where a number is wanted."""
        return unknown_name(name, where, (*scope.frame.values, *self.root.values, "cin"))

    # Names of layers

    def target(self, expression: Expression, flow: Flow, scope: Scope) -> Flow:
        """What ``from(...)`` goes back to."""
        if isinstance(expression, Broken):
            return UNKNOWN
        value = self._lookup(expression, flow, scope) if isinstance(expression, Name) else None
        if isinstance(value, NodeRef):
            return value.flow
        text = value if isinstance(value, Word) else expression.text if isinstance(expression, Name) else None
        if text is None:
            raise SyntaxProblem("E208", "`from` takes the name of a layer", place(expression))
        found = self._flow(text, scope)
        if found is None:
            raise self._no_layer(text, place(expression), scope)
        return found

    def named_flow(self, name: str, where: Place, scope: Scope) -> Flow:
        """What a name from outside of the layers stands for; reports one that stands for nothing."""
        found = self._flow(name, scope)
        if found is None and not self.problems:
            self._no_layer(name, where, scope).report(self.problems)
        return found

    def _flow(self, name: str, scope: Scope) -> Flow:
        """What a layer's name stands for here; None where nothing has it, raises where several do."""
        locals_ = scope.find(name)
        if len(locals_) == 1:
            return scope.frame.flows[locals_[0]]
        if len(locals_) > 1:
            return None
        prefix = ".".join((*scope.path, name))
        for full in (prefix, ".".join((*scope.frame.path, name)), name):
            if full in self.nodes and (full != name or "." in name or scope.frame is self.root):
                return self.nodes[full]
            if full in self.parts and (full != name or "." in name or scope.frame is self.root):
                return self.parts[full]
        node = self.nodes.get(name)
        return node if node is not None and node.kind == "input" else None

    def _inputs(self) -> tuple[str, ...]:
        """Names of the inputs, which are known everywhere."""
        return tuple(name for name, node in self.nodes.items() if node.kind == "input")

    def _no_layer(self, name: str, where: Place, scope: Scope) -> SyntaxProblem:
        several = scope.find(name)
        if len(several) > 1:
            message = f"several layers are called `{name}`"
            return SyntaxProblem("E208", message, where, help=f"say which: {' or '.join(several[:4])}")
        known = [*scope.frame.flows, *self._inputs()]
        later = self._named_later().get(name)
        advice = did_you_mean(name, known) or "name a layer with `as`"
        labels: tuple[tuple[Place, str], ...] = ()
        if later is not None:
            labels, advice = ((later, "named here"),), "only earlier layers can be used (no cycles)"
        message = f"no layer named `{name[:60]}`" + (" before this point" if later is not None else "")
        return SyntaxProblem("E208", message, where, help=advice, labels=labels)

    def _named_later(self) -> dict[str, Place]:
        if self._later is None:
            self._later = {step.name: step.name_place for step in named_steps(self.document.layers)}
        return self._later


def _no_choice(name: str, value: str, choices: tuple[str, ...], where: Place) -> SyntaxProblem:
    message = f"`{name}` must be one of {', '.join(choices)}, got {value[:40]}"
    advice = did_you_mean(value, choices) or VALUES.get(value.lower(), "choose one of these")
    return SyntaxProblem("E215", message, where, help=advice)
