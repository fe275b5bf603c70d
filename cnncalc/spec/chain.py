"""The grammar of chains, read by recursive descent.

::

    chain := step (SEP step)*             SEP: ->  →  ,  -  or a new line
    step  := unit ('*' count | '?' | 'as' NAME | 'if' expr ['else' step])*
    unit  := NAME [size] ['(' args ')'] ['[' chain ('|' chain)* ']'] | '(' chain ')' | '[' chain ']'
           | NAME ('-' NUMBER)+
    arg   := [NAME '='] expr
"""

from __future__ import annotations

import re

from cnncalc.spec.expressions import (
    KEYWORDS,
    Reader,
    SyntaxProblem,
    jinja,
    shown,
)
from cnncalc.spec.source import Problems
from cnncalc.spec.syntax import (
    Branch,
    Broken,
    Call,
    Chain,
    Choice,
    Expression,
    Given,
    Named,
    Optional,
    Repeat,
    Step,
    by_position,
)
from cnncalc.spec.tokens import Token

_BRACKETS = {"(": ")", "[": "]"}
_TIMES = re.compile("[xX][0-9]+")
_ENDS = frozenset({"end", ")", "]", "|"})


def parse_chain(text: str, start: int, end: int, problems: Problems) -> Step:
    """The chain in ``text[start:end]``; what cannot be read is reported and left broken."""
    return _ChainReader(text, start, end, problems).whole()


def read_tokens(text: str, start: int, end: int, problems: Problems) -> tuple[list[Token], dict[int, str]]:
    """The tokens of a chain, and by their places what some of them are for."""
    reader = _ChainReader(text, start, end, problems)
    reader.whole()
    return reader.tokens, reader.roles


def parse_expression(text: str, start: int, end: int, problems: Problems) -> Expression:
    """The expression in ``text[start:end]``, or what stands for a broken one."""
    reader = _ChainReader(text, start, end, problems)
    try:
        return reader.lone_expression()
    except SyntaxProblem as problem:
        problem.report(problems)
        return Broken(start, end)


def parse_arguments(text: str, start: int, end: int, problems: Problems) -> tuple[Given, ...] | None:
    """Arguments without brackets, as in ``maxpool: 3, stride=2``; None if they are broken."""
    reader = _ChainReader(text, start, end, problems)
    try:
        return reader.arguments("end")
    except SyntaxProblem as problem:
        problem.report(problems)
        return None


class _ChainReader(Reader):
    """Reads steps; the expressions in them are its base class's."""

    def here(self) -> tuple[int, int]:
        """The place of the next token."""
        return self.token.start, max(self.token.end, self.token.start + 1)

    def whole(self) -> Step:
        """Everything there is; after an error, reading goes on behind the next arrow."""
        steps: list[Step] = []
        start = self.token.start
        more = True
        while more:
            first = self.at
            try:
                steps.append(self.step())
                more = self._separator() or self._stray()
            except SyntaxProblem as problem:
                problem.report(self.problems)
                steps.append(Broken(self.tokens[first].start, self.token.end))
                more = self._skip()
        return steps[0] if len(steps) == 1 else Chain(tuple(steps), start, self.tokens[self.at - 1].end)

    def _stray(self) -> bool:
        """False at the end of the text; a bracket or bar there is an error."""
        if self.token.kind == "end":
            return False
        raise self._no_separator()

    def _skip(self) -> bool:
        """Go behind the next arrow outside of brackets opened here; False at the end."""
        self._open.clear()
        depth = 0
        while self.token.kind != "end":
            kind = self.advance().kind
            if kind == "->" and depth <= 0:
                return self.token.kind != "end"
            depth += (kind in _BRACKETS) - (kind in (")", "]"))
        return False

    def chain(self) -> Chain:
        """Steps up to a closing bracket, a bar or the end."""
        start = self.token.start
        steps = [self.step()]
        while self._separator():
            steps.append(self.step())
        return Chain(tuple(steps), start, self.tokens[self.at - 1].end)

    def _separator(self) -> bool:
        token = self.token
        if token.kind in ("->", ",", "-"):
            self.advance()
            trailing = token.kind == "," and self.token.kind in _ENDS
            self.roles[token.start] = "trailing" if trailing else "separator"
            return not trailing
        if token.kind in _ENDS:
            return False
        if token.newline:
            return True
        raise self._no_separator()

    def step(self) -> Step:
        """A unit and what modifies it."""
        step = self._unit()
        for _ in range(self.limits.modifiers):
            token = self.token
            if token.kind == "*":
                self.roles[token.start] = "times"
                self.advance()
                count = self._count()
                step = Repeat(step, count, step.start, self.tokens[self.at - 1].end)
            elif token.kind == "?":
                self.advance()
                step = Optional(step, step.start, token.end)
            elif token.kind == "name" and token.text in ("as", "if"):
                step = self._as(step) if token.text == "as" else self._if(step)
            else:
                return step
        message = f"more than {self.limits.modifiers} modifiers behind one layer"
        raise SyntaxProblem("E102", message, self.here(), help="put brackets around it, or use a block")

    def _count(self) -> Expression:
        if self.token.kind in ("number", "name", "("):
            return self._atom()
        raise SyntaxProblem(
            "E101",
            f"expected a number of repetitions after `*`, found {shown(self.token)}",
            self.here(),
            help="e.g. (conv(8, 3) -> relu)*2, *n or *(n-1)",
        )

    def _as(self, step: Step) -> Step:
        self.advance()
        name = self.token
        if name.kind != "name" or name.text in KEYWORDS:
            message = f"expected a name after `as`, found {shown(name)}"
            raise SyntaxProblem("E101", message, self.here(), help="e.g. conv(6, 5) as C1")
        self.advance()
        return Named(step, name.text, (name.start, name.end), step.start, name.end)

    def _if(self, step: Step) -> Step:
        self.advance()
        condition = self.fresh_expression()
        otherwise = None
        if self.is_word("else"):
            self.open()
            otherwise = self.step()
            self.leave()
        return Choice(condition, step, otherwise, step.start, self.tokens[self.at - 1].end)

    def _unit(self) -> Step:
        token = self.token
        if token.kind in _BRACKETS:
            opened = self.open()
            chain = self.chain()
            closed = self.close(_BRACKETS[opened.kind])
            self.roles[opened.start], self.roles[closed.start] = "group", "end of group"
            return chain._replace(start=opened.start, end=closed.end)
        if token.kind == "name" and token.text not in KEYWORDS:
            return self._call()
        raise self._no_layer()

    def _call(self) -> Call:
        name = self.advance()
        size = self._atom() if self.token.kind in ("size", "number") else None
        dashed = self._dashed() if size is None else ()
        arguments: tuple[Given, ...] = ()
        branches = None
        if self.token.kind == "(" and not self.token.newline:
            self.roles[self.open().start] = "call"
            arguments = self.arguments(")")
            self.close(")")
        if self.token.kind == "[" and not self.token.newline:
            branches = self._branches()
        end = self.tokens[self.at - 1].end
        return Call(name.text, (name.start, name.end), arguments, branches, size, dashed, name.start, end)

    def _dashed(self) -> tuple[Expression, ...]:
        numbers: list[Expression] = []
        while self.token.kind == "-" and self.tokens[self.at + 1].kind in ("number", "size"):
            self.advance()
            numbers.append(self._atom())
        return tuple(numbers)

    def arguments(self, closing: str) -> tuple[Given, ...]:
        """Arguments up to the closing token, which is left."""
        given: list[Given] = []
        while self.token.kind != closing:
            given.append(self._argument())
            if not self.accept(","):
                break
        return tuple(given)

    def _argument(self) -> Given:
        token = self.token
        if token.kind == "name" and self.tokens[self.at + 1].kind == "=":
            self.at += 2
            value = self.fresh_expression()
            return Given(token.text, (token.start, token.end), value, token.start, value.end)
        value = self.fresh_expression()
        return by_position(value)

    def _branches(self) -> tuple[Branch, ...]:
        self.roles[self.open().start] = "call"
        branches = [self._branch()]
        while self.accept("|"):
            branches.append(self._branch())
        self.close("]")
        return tuple(branches)

    def _branch(self) -> Branch:
        chain = self.chain()
        return Branch("", chain, chain.start, chain.end)

    def lone_expression(self) -> Expression:
        """An expression with nothing behind it."""
        value = self.fresh_expression()
        if self.token.kind == "end":
            return value
        advice = "write a tuple as (1, 2)" if self.token.kind == "," else ""
        raise SyntaxProblem("E101", f"unexpected {shown(self.token)}", self.here(), help=advice)

    def _no_separator(self) -> SyntaxProblem:
        token = self.token
        if token.kind in (")", "]"):
            return SyntaxProblem("E101", f"`{token.text}` closes nothing", self.here())
        if token.kind == "|":
            message = "`|` stands only between branches"
            return SyntaxProblem("E101", message, self.here(), help="e.g. cat[conv(8, 1) | conv(8, 3)]")
        if token.text.startswith("{"):
            return jinja(self.here())
        message = f"expected `->` between layers, found {shown(token)}"
        advice = ""
        if token.kind in ("number", "size"):
            advice = "arguments stand in brackets: conv(16, 3)"
        elif _TIMES.fullmatch(token.text):
            advice = f"repeat by a star: (conv(16, 3) -> relu)*{token.text[1:]}"
        elif token.text.startswith(".") or token.kind in ("name", "="):
            advice = "join layers by an arrow: conv(16, 3) -> relu"
        return SyntaxProblem("E101", message, self.here(), help=advice)

    def _no_layer(self) -> SyntaxProblem:
        token = self.token
        before = self.tokens[self.at - 1].text if self.at else ""
        if token.text.startswith("{"):
            return jinja(self.here())
        if token.kind in ("->", ",", "-") or (token.kind in _ENDS and before in ("->", ",", "-")):
            after = f" between `{before}` and {shown(token)}" if before else f" before {shown(token)}"
            return SyntaxProblem("E105", f"a layer is missing{after}", self.here())
        if token.kind in _ENDS:
            return SyntaxProblem("E105", f"expected a layer, found {shown(token)}", self.here())
        advice = "a layer starts with its name: conv(6, 5)"
        if not token.text.isascii():
            advice = "use ascii letters"
        elif re.fullmatch("[0-9]+[xX]?", token.text):
            advice = "a number of repetitions stands behind: (conv(8, 3) -> relu)*2"
        elif token.text == ">":
            advice = "write the arrow without a space in it: ->"
        elif token.kind == "size":
            advice = f"what enters stands first, as INPUT({token.text}); layers start with their names"
        return SyntaxProblem("E101", f"expected a layer, found {shown(token)}", self.here(), help=advice)
