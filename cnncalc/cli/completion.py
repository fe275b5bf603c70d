"""``cnncalc completion``: the script that teaches a shell to complete."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command(
    epilog="\b\nOnce, for all later sessions:\n"
    "  cnncalc completion bash >> ~/.bashrc\n"
    "  cnncalc completion zsh >> ~/.zshrc          # after compinit\n"
    "  cnncalc completion fish > ~/.config/fish/completions/cnncalc.fish\n\n"
    "\b\nExample, for this session alone:\n"
    '  eval "$(cnncalc completion bash)"'
)
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the script that lets SHELL complete commands, options, networks and layers with Tab."""
    from click.shell_completion import get_completion_class

    from cnncalc.cli import cnncalc

    kind = get_completion_class(shell)
    assert kind is not None, shell
    complete = kind(cnncalc, {}, "cnncalc", "_CNNCALC_COMPLETE")
    click.echo(complete.source_template % complete.source_vars())
