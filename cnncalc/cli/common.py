"""What the commands share: the SPEC argument with its options, and how it becomes a network."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from cnncalc.cli import completing
from cnncalc.cli.numbers import Whole
from cnncalc.network import Network

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.errors import Diagnostic
    from cnncalc.spec import Limits

Command = TypeVar("Command", bound=Callable[..., Any])


class Source(NamedTuple):
    """A spec as given on the command line, with the options that change it."""

    spec: str
    settings: tuple[str, ...]
    input: str | None
    optional: bool
    max_layers: int | None = None
    max_repeat: int | None = None

    @property
    def is_as_written(self) -> bool:
        """Whether no option changes the spec: what it expects of itself holds only then."""
        return not self.settings and self.input is None and self.optional

    def unmet(self, analysis: Analysis) -> tuple[Diagnostic, ...]:
        """What the spec expects of itself and does not get; nothing of a spec that is changed."""
        from cnncalc.spec.expectations import check

        return check(analysis) if self.is_as_written else ()

    def load(self) -> Network:
        """The network, its warnings told; raises :class:`cnncalc.SpecError` with every diagnostic."""
        network = self.parse()
        if warnings := network.about.get("warnings"):
            from cnncalc.cli.failures import echo_diagnostics

            echo_diagnostics(warnings, network.about.get("text", ""), network.about.get("origin", self.spec))
        return network

    def parse(self) -> Network:
        """The network, which tells its warnings itself; raises :class:`cnncalc.SpecError` as well."""
        from cnncalc import spec

        text, origin, folder = self.read()
        return spec.parse(
            text,
            origin=origin,
            folder=folder,
            params=self.params,
            input=self.input,
            optional=self.optional,
            limits=self.limits,
        )

    def read(self) -> tuple[str, str, str | None]:
        """The text, what messages call it, and the folder it lies in."""
        from cnncalc import spec

        if self.spec != "-":
            return spec.read(self.spec)
        return read_standard_input(), "<stdin>", None

    @property
    def params(self) -> dict[str, str]:
        """Values for the spec's parameters, as text."""
        return dict(map(_setting, self.settings))

    @property
    def limits(self) -> Limits:
        """Bounds on the spec, raised where that is asked for."""
        from cnncalc.spec import Limits

        raised = {"layers": self.max_layers, "repeat": self.max_repeat}
        return Limits()._replace(**{name: value for name, value in raised.items() if value is not None})


def read_standard_input() -> str:
    """A spec from standard input; raises :class:`cnncalc.SpecError` where it is not UTF-8."""
    from cnncalc.spec.loading import read_stream

    return read_stream(sys.stdin.buffer, "<stdin>")


_OPTIONS = (
    click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="Set a parameter of the spec; repeatable.",
        shell_complete=completing.settings,
    ),
    click.option("--input", "input_", metavar="SHAPE", help="Another input shape, such as 3x256x256."),
    click.option("--without-optional", is_flag=True, help="Leave out the steps marked with ?."),
    click.option("--max-layers", type=Whole(1), metavar="N", help="Allow more than 20,000 layers."),
    click.option("--max-repeat", type=Whole(1), metavar="N", help="Allow repeats above 10,000."),
)


def spec_options(function: Command) -> Command:
    """Give a command the argument SPEC and the options that change a spec; it receives ``source``."""

    @functools.wraps(function)
    def wrapped(*args: Any, sources: tuple[Source, ...], **kwargs: Any) -> Any:
        return function(*args, source=sources[0], **kwargs)

    return _with_options(wrapped, nargs=1)  # type: ignore[return-value]


def many_spec_options(function: Command) -> Command:
    """As :func:`spec_options`, for commands that take several specs; it receives ``sources``."""
    return _with_options(function, nargs=-1)


def _with_options(function: Command, nargs: int) -> Command:
    @functools.wraps(function)
    def wrapped(
        *args: Any,
        specs: str | tuple[str, ...],
        settings: tuple[str, ...],
        input_: str | None,
        without_optional: bool,
        max_layers: int | None,
        max_repeat: int | None,
        **kwargs: Any,
    ) -> Any:
        named = (specs,) if isinstance(specs, str) else specs
        optional = not without_optional
        sources = tuple(Source(spec, settings, input_, optional, max_layers, max_repeat) for spec in named)
        return function(*args, sources=sources, **kwargs)

    decorated: Any = wrapped
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    metavar = "SPEC" if nargs == 1 else "SPEC..."
    argument = click.argument(
        "specs", metavar=metavar, nargs=nargs, required=True, shell_complete=completing.specs
    )
    return argument(decorated)  # type: ignore[no-any-return]


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
    return name.strip(), value.strip()
