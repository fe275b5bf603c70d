"""The reference of the command line, made from the commands themselves."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from cnncalc.cli import cnncalc
from cnncalc.cli.common import spec_options

HEAD = """\
# The commands

Every command, its options and examples, made from the commands by `python docs/generate.py`;
`cnncalc COMMAND --help` says the same. The tests run every example on this page.

- **SPEC** is a path, the name of a [bundled network](../networks.md), `-` for standard input, or a
  network in one line: `'INPUT(1x28x28) -> CONV(8,3) -> RELU -> FC(10)'`.
- **Exit status**: 0 well; 1 the spec or a check failed, or nothing was found; 2 wrong usage.
- **Streams**: data goes to standard output, everything else to standard error. `-o FILE` writes a file
  whole or not at all.
- **Colour** marks errors on a terminal, unless `NO_COLOR` is set.

| Command | |
|---|---|
"""

COMMON = """\
## Options of a spec

These change the network before anything is worked out. Every command that takes SPEC has them,
unless it says otherwise.

"""

_SECTION = re.compile(r"\x08\n(.*?)(?:\n\n|\Z)", re.DOTALL)


def page() -> str:
    """The page."""
    commands = list(every_command())
    index = "".join(f"| [{name}](#{_slug(name)}) | {_first(command)} |\n" for name, command in commands)
    sections = [COMMON + table(_common()), *(_section(name, command) for name, command in commands)]
    return HEAD + index + "\n" + "\n".join(sections)


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Every command and subcommand, by what is typed after ``cnncalc``."""
    context = click.Context(cnncalc)
    for name in cnncalc.list_commands(context):
        command = cnncalc.get_command(context, name)
        assert command is not None, name
        yield name, command
        if isinstance(command, click.Group):
            for below in sorted(command.commands):
                yield f"{name} {below}", command.commands[below]


def options_of(command: click.Command) -> list[click.Option]:
    """The options of a command, ``--help`` aside."""
    return [option for option in command.params if isinstance(option, click.Option)]


def examples(command: click.Command) -> list[str]:
    """The examples at the end of a command's help, lines that go on joined."""
    text = next((body for title, body in _sections(command) if title.startswith("Example")), "")
    return [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def _sections(command: click.Command) -> Iterator[tuple[str, str]]:
    """Titles and bodies of what stands below the options of a command's help."""
    for found in _SECTION.finditer(command.epilog or ""):
        title, _, body = found[1].partition("\n")
        yield title.rstrip(":"), inspect.cleandoc(body)


def _common() -> list[click.Option]:
    @click.command()
    @spec_options
    def any_command() -> None: ...

    return options_of(any_command)


def _section(name: str, command: click.Command) -> str:
    below = "#" * (2 + name.count(" "))
    parts = [f"{below} {name}", _help(command), f"```text\n{_usage(name, command)}\n```"]
    shared = {option.opts[0] for option in _common()}
    has_shared = shared <= {name for option in options_of(command) for name in option.opts}
    own = [option for option in options_of(command) if not (has_shared and option.opts[0] in shared)]
    if own:
        parts.append(table(own).rstrip("\n"))
    if has_shared:
        parts.append(f"{'And the' if own else 'The'} [options of a spec](#options-of-a-spec).")
    for title, body in _sections(command):
        language = "sh" if title.startswith("Example") else "text"
        parts.append(f"{title}:\n\n```{language}\n{body}\n```")
    return "\n\n".join(parts) + "\n"


def table(options: list[click.Option]) -> str:
    """Options, what they take, and what they mean."""
    return "| Option | |\n|---|---|\n" + "".join(_row(option) for option in options)


def _row(option: click.Option) -> str:
    context = click.Context(click.Command("any"))
    record = option.get_help_record(context)
    assert record is not None, option.name
    written, meaning = (text.replace("|", r"\|") for text in record)
    return f"| `{written}` | {' '.join(meaning.split())} |\n"


def _usage(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=f"cnncalc {name}")
    return " ".join([context.command_path, *command.collect_usage_pieces(context)])


def _help(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "")


def _first(command: click.Command) -> str:
    return _help(command).partition("\n")[0]


def _slug(name: str) -> str:
    return name.replace(" ", "-")
