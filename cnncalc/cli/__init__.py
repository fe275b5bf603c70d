"""The command line: thin commands over the library, each imported only when it is used."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from cnncalc._version import __version__
from cnncalc.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMMANDS = {
    "advise": "What to train on new data, with the numbers of parameters.",
    "check": "Report every error of a spec, and with --lint advice.",
    "compare": "Compare layers that do the same task, or whole networks, side by side.",
    "completion": "Print the script that lets a shell complete with Tab.",
    "diff": "Compare two networks layer by layer.",
    "exercise": "Exercises with keys, from a seed, for paper and for course systems.",
    "export": "Write a network as PyTorch source or in another system's format.",
    "import": "Write the spec of a PyTorch module or another system's file.",
    "run": "Run a network in PyTorch: time, memory, and how far from the hardware's bounds.",
    "explain": "Show how a number comes about, or what an error means.",
    "field": "Receptive fields: sizes, borders, holes, single units, tiles, input sizes.",
    "fmt": "Write specs in the one usual way; comments stay.",
    "grade": "Grade answer sheets, with usual slips named.",
    "list": "List the bundled networks.",
    "memory": "Bytes of parameters, activations and training, and the peak of inference.",
    "render": "Draw a network: graph, volumes, receptive fields, weights, cost.",
    "schema": "Print a JSON Schema of specs, for editors.",
    "report": "Write a page with diagram, table, workings, cost and receptive fields.",
    "show": "Print the spec of a bundled network.",
    "solve": "Find configurations, sizes and widths from wanted sizes, parameters or fields.",
    "summarize": "Shapes, parameters, connections, MACs and receptive fields, layer by layer.",
    "sweep": "Evaluate a whole grid of configurations and keep those that fit.",
    "verify": "Build the network in PyTorch, measure it, and compare every number.",
}
"""Every command and its one line of help; the command itself is ``cnncalc.cli.NAME:command``."""

MODULES = {"list": "listing", "import": "importing"}
"""Commands whose module is not called like them."""


class _Lazy(click.Group):
    """A group that imports a command when it is run or asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        try:
            module = import_module(f"cnncalc.cli.{MODULES.get(cmd_name, cmd_name)}")
        except MissingExtra as missing:
            return _lacking(cmd_name, missing)
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(_no_such_command(args[0]), ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as gone:
            raise _ReaderGone from gone

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


def _lacking(name: str, missing: MissingExtra) -> click.Command:
    """A command that cannot be imported here: its help says what it needs, and running it the same."""

    def refuse(**_: Any) -> None:
        raise missing

    return click.Command(
        name,
        callback=refuse,
        params=[click.Argument(["rest"], nargs=-1, metavar="...", type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
        help=f"{COMMANDS[name]}\n\nHere {missing}",
    )


def _no_such_command(name: str) -> str:
    from difflib import get_close_matches

    from cnncalc.spec.loading import bundled, is_chain, is_file

    close = get_close_matches(name, COMMANDS, n=1)
    advice = f"did you mean {close[0]!r}?" if close else "see 'cnncalc --help'"
    if name in bundled() or is_chain(name) or is_file(name):
        quoted = f'"{name}"' if " " in name else name
        advice = f"a network's numbers are shown by: cnncalc summarize {quoted}"
    elif name.lower() in _IN_OTHER_WORDS:
        advice = f"see 'cnncalc {_IN_OTHER_WORDS[name.lower()]}'"
    return f"no command is called {name!r}; {advice}"


_IN_OTHER_WORDS = {
    "draw": "render",
    "flops": "summarize",
    "help": "--help",
    "info": "summarize",
    "macs": "summarize",
    "output": "solve fit",
    "params": "explain",
    "plot": "render",
    "receptive": "field",
    "rf": "field",
    "shape": "solve fit",
    "size": "solve fit",
}
"""What people try as a command, and what there is for it."""


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="SPEC is a path, the name of a bundled network, - for standard input, or a network in "
    "one line, such as 'INPUT(1x28x28) -> CONV(8,3) -> RELU -> FC(10)'.",
)
@click.version_option(__version__, prog_name="cnncalc")
def cnncalc() -> None:
    """The calculator for convolutional networks: every number, with its working."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 well, 1 the spec or a check failed, 2 wrong usage.

    Stopped by Ctrl-C it is 130, as shells have it, and by SIGTERM 143; files are as they were.
    """
    _stand_in_for_closed()
    _write_utf8()
    try:
        with _ending_tidily():
            status = _run(arguments)
    except KeyboardInterrupt:  # while an error was being told
        status = 130
    sys.exit(status)


def _run(arguments: Sequence[str] | None) -> int:
    status = _attempt(arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        status = status or _told(error)
    for stream in (sys.stdout, sys.stderr):
        _settle(stream)
    return status


def _attempt(arguments: Sequence[str] | None) -> int:
    """Run a command, tell what went wrong if standard error takes it, and return the exit status."""
    try:
        return int(cnncalc.main(args=arguments, standalone_mode=False) or 0)
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        with contextlib.suppress(OSError):
            click.echo("stopped", err=True)
        return 130
    except SystemExit as leaving:
        return int(leaving.code or 0)
    except _ReaderGone:
        return 0
    except Exception as error:  # noqa: BLE001 - told apart there, defects are raised again
        return _told(error)


def _told(error: Exception) -> int:
    from cnncalc.cli.failures import report

    return report(error)


class _ReaderGone(Exception):
    """A broken pipe under a name that click does not make an exit status 1 of."""


class _Sink(io.TextIOBase):
    """Standard error that was closed before we began: nobody wants to hear."""

    def write(self, text: str) -> int:
        return len(text)


class _Closed(io.TextIOBase):
    """Standard output that was closed before we began: what is written does not get lost unseen."""

    def write(self, text: Any) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    @property
    def buffer(self) -> _Closed:
        """The same for bytes."""
        return self


def _stand_in_for_closed() -> None:
    """Python has None for streams that are closed (``>&-``): read nothing, refuse to write."""
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BytesIO())
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = _Sink()


def _write_utf8() -> None:
    """Names and working may hold any character; terminals that cannot show it get a question mark."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


@contextlib.contextmanager
def _ending_tidily() -> Iterator[None]:
    """While active, SIGTERM unwinds as Ctrl-C does, so that no half-written file is left."""
    import signal

    def leave(number: int, _: Any) -> None:
        raise SystemExit(128 + number)

    try:
        before = signal.signal(signal.SIGTERM, leave)
    except ValueError:  # not in the main thread, where signals do not arrive
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _settle(stream: Any) -> None:
    """Forget what cannot be written any more, or Python would complain of it at exit."""
    try:
        stream.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
