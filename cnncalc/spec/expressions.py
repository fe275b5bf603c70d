"""The grammar of expressions, read by precedence climbing."""

from __future__ import annotations

from cnncalc.spec.limits import Limits
from cnncalc.spec.source import Place, Problems
from cnncalc.spec.syntax import Binary, Expression, Function, Literal, Name, Tuple, Unary
from cnncalc.spec.tokens import Token, tokenize

FUNCTIONS = ("min", "max", "round", "ceil", "floor", "div8")
CONSTANTS = {"true": True, "false": False, "none": None, "null": None}
KEYWORDS = frozenset({"and", "as", "else", "if", "not", "or"})

_PRECEDENCE = {
    "or": 1, "and": 2,
    "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "**": 8,
}  # fmt: skip
_NOT, _SIGN = 3, 7


class SyntaxProblem(Exception):
    """The text cannot be read on from here."""

    def __init__(
        self,
        code: str,
        message: str,
        place: Place,
        *,
        detail: str = "",
        help: str = "",
        labels: tuple[tuple[Place, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.place = code, message, place
        self.detail, self.help, self.labels = detail, help, labels

    def report(self, problems: Problems) -> None:
        """Note it among the problems."""
        problems.add(
            self.code, self.message, self.place, detail=self.detail, help=self.help, labels=self.labels
        )


class Reader:
    """Tokens with a position; knows expressions, its subclass knows chains."""

    def __init__(self, text: str, start: int, end: int, problems: Problems) -> None:
        self.tokens = tokenize(text, start, end)
        self.at = 0
        self.problems = problems
        self.limits: Limits = problems.limits
        self._open: list[Token] = []
        self._operators = 0
        self.roles: dict[int, str] = {}
        """What a token is for, by its place, where its kind does not say it; for ``fmt``."""

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.at]

    def is_word(self, *words: str) -> bool:
        """Whether the next token is one of these keywords."""
        token = self.tokens[self.at]
        return token.kind == "name" and token.text in words

    def advance(self) -> Token:
        """Read one token."""
        token = self.tokens[self.at]
        self.at += 1
        return token

    def accept(self, kind: str) -> Token | None:
        """Read one token if it is of this kind."""
        return self.advance() if self.tokens[self.at].kind == kind else None

    def open(self) -> Token:
        """Read an opening bracket."""
        return self.enter(self.advance())

    def enter(self, token: Token) -> Token:
        """Go one level deeper at this token."""
        self._open.append(token)
        if len(self._open) > self.limits.nesting:
            message = f"brackets nested deeper than {self.limits.nesting} levels"
            raise SyntaxProblem("E102", message, _place(token), help="name the parts: use blocks")
        return token

    def leave(self) -> None:
        """Come back from the level entered last."""
        self._open.pop()

    def close(self, kind: str) -> Token:
        """Read the bracket that closes the one opened last."""
        opened = self._open[-1]
        token = self.token
        if token.kind != kind:
            raise SyntaxProblem(
                "E101",
                f"expected `{kind}`, found {shown(token)}",
                _place(token),
                detail=f"to close `{opened.text}`",
                help=self._by_name(),
                labels=((_place(opened), "opened here"),),
            )
        self.leave()
        return self.advance()

    def _by_name(self) -> str:
        """Advice where a name and its value stand side by side, as in ``stride 4`` and ``stride: 4``."""
        before = self.tokens[self.at - 1]
        if before.kind == "name" and self.token.kind in ("number", "size", "name", ":"):
            return f"arguments by name have a `=`: {before.text}=..."
        return ""

    def fresh_expression(self) -> Expression:
        """An expression that is not part of a larger one."""
        self._operators = 0
        return self.expression()

    def expression(self, least: int = 0) -> Expression:
        """An expression whose operators bind at least as tightly as ``least``."""
        left = self._operand()
        while True:
            token = self.token
            operator = token.text if token.kind == "name" else token.kind
            level = _PRECEDENCE.get(operator, -1)
            if level < max(least, 0):
                return left
            self.advance()
            self._count_operator(token)
            right = self.expression(level if operator == "**" else level + 1)
            left = Binary(operator, left, right, left.start, right.end)

    def _operand(self) -> Expression:
        token = self.token
        if token.kind in ("-", "+"):
            self.open()
            operand = self.expression(_SIGN)
        elif self.is_word("not"):
            self.open()
            operand = self.expression(_NOT)
        else:
            return self._atom()
        self.leave()
        return Unary(token.text, operand, token.start, operand.end)

    def _count_operator(self, token: Token) -> None:
        """Bound the height of the tree, whichever way it leans."""
        self._operators += 1
        if self._operators > self.limits.operators:
            message = f"more than {self.limits.operators} operators in one expression"
            raise SyntaxProblem("E102", message, _place(token), help="give parts of it names under `params:`")

    def _atom(self) -> Expression:
        token = self.token
        if token.kind == "number":
            return self._number(self.advance())
        if token.kind == "size":
            return self._size(self.advance())
        if token.kind == "text":
            self.advance()
            return Literal(token.text[1:-1], token.start, token.end)
        if token.kind == "(":
            return self._bracket()
        if token.kind == "name" and token.text not in KEYWORDS:
            return self._name(self.advance())
        raise self._no_value(token)

    def _bracket(self) -> Expression:
        opened = self.open()
        items, single = [self.expression()], True
        while self.accept(","):
            single = False
            if self.token.kind == ")":
                break
            items.append(self.expression())
        closed = self.close(")")
        return items[0] if single else Tuple(tuple(items), opened.start, closed.end)

    def _name(self, token: Token) -> Expression:
        lower = token.text.lower()
        if lower in CONSTANTS:
            return Literal(CONSTANTS[lower], token.start, token.end)
        if lower not in FUNCTIONS or self.token.kind != "(":
            return Name(token.text, token.start, token.end)
        arguments = self._bracket()
        items = arguments.items if isinstance(arguments, Tuple) else (arguments,)
        return Function(lower, items, token.start, self.tokens[self.at - 1].end)

    def _number(self, token: Token) -> Expression:
        text = token.text.replace("_", "")
        if text.isdigit():
            return Literal(self._whole(text, token), token.start, token.end)
        value = float(text) if len(text) <= 40 else float("inf")
        if not abs(value) <= self.limits.largest:
            raise self._too_large(token)
        whole = "." not in text and value.is_integer()
        return Literal(int(value) if whole else value, token.start, token.end)

    def _size(self, token: Token) -> Expression:
        if token.text[0] == "0":
            raise SyntaxProblem(
                "E103",
                f"`{clipped(token.text)}` is neither a size nor a number",
                _place(token),
                help="sizes are at least 1, and numbers are decimal: write 16 for hexadecimal 0x10",
            )
        items, at = [], token.start
        for text in token.text.lower().replace("\u00d7", "x").split("x"):
            items.append(Literal(self._whole(text, token), at, at + len(text)))
            at += len(text) + 1
        return Tuple(tuple(items), token.start, token.end)

    def _whole(self, text: str, token: Token) -> int:
        if len(text) > self.limits.digits:
            raise self._too_large(token)
        return int(text)

    def _too_large(self, token: Token) -> SyntaxProblem:
        message = f"number too large: more than {self.limits.digits} digits"
        return SyntaxProblem("E103", message, (token.start, min(token.end, token.start + 24)))

    def _no_value(self, token: Token) -> SyntaxProblem:
        place = _place(token)
        if token.text.startswith("{"):
            return jinja(place)
        if token.kind == "bad" and token.text[:1].isdigit():
            message = f"`{clipped(token.text)}` is neither a number nor a name"
            return SyntaxProblem("E103", message, place, help="write numbers in decimal: 16, 0.5, 1e3")
        is_share = self.at > 0 and self.tokens[self.at - 1].kind == "%"
        advice = "write a share as a number: 0.5, not 50%" if is_share else ""
        return SyntaxProblem("E101", f"expected a value, found {shown(token)}", place, help=advice)


def jinja(place: Place) -> SyntaxProblem:
    """The error for template brackets."""
    advice = "expressions need no marker: write c*4, not {{ c*4 }}"
    return SyntaxProblem("E008", "`{{ }}` means something else in YAML", place, help=advice)


def shown(token: Token) -> str:
    """A token as messages quote it."""
    return f"`{clipped(token.text)}`" if token.text else "the end"


def clipped(text: str, longest: int = 40) -> str:
    """A text cut to a length that a message can bear.

    >>> clipped("a" * 50, 5)
    'aaaaa...'
    """
    return text if len(text) <= longest else f"{text[:longest]}..."


def _place(token: Token) -> Place:
    return token.start, max(token.end, token.start + 1)
