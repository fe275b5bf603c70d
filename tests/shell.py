"""Commands run as a shell runs them, a few milliseconds each.

One process imports everything and then forks for each command, in which standard streams, limits,
user and environment are what the test asks for and the streams of Python are made anew over them.
"""

import contextlib
import ctypes
import fcntl
import importlib
import io
import itertools
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import traceback
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple


class Ran(NamedTuple):
    """How a command ended, what it printed, and the seconds that it worked."""

    status: int
    out: str
    err: str
    seconds: float


class Shell:
    """Runs commands in copies of one process; see :func:`_become` for what can be asked for."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        Path(self._folder.name).chmod(0o755)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.shell"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, *arguments, **conditions):
        out = Path(self._folder.name, "out")
        request = {"out": str(out), **conditions, "arguments": list(map(str, arguments))}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        status, err, seconds = json.loads(self._process.stdout.readline())
        return Ran(status, out.read_bytes().decode(errors="replace"), err, seconds)

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=60)
        self._folder.cleanup()


def _serve():
    """Fork for each line of standard input, and answer with the exit status."""
    from cnncalc.cli import COMMANDS, MODULES

    for command in COMMANDS:
        with contextlib.suppress(ImportError):
            importlib.import_module(f"cnncalc.cli.{MODULES.get(command, command)}")
    if find_spec("torch"):
        _warm_up()
    for line in sys.stdin:
        print(json.dumps(_status(json.loads(line))), flush=True)  # noqa: T201 - the answer


def _warm_up():
    """Let PyTorch import what it imports at the first forward pass."""
    from cnncalc.cli import cnncalc

    chain = "INPUT(3x8x8) -> conv(4, 3) -> relu -> fc(10)"
    with contextlib.redirect_stdout(io.StringIO()):
        cnncalc.main(["run", chain, "--repeats", "1", "--profile", "t4"], standalone_mode=False)
        cnncalc.main(["verify", chain], standalone_mode=False)


def _status(request):
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 1 << 20)
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        try:
            _become(**request, err=writer)
        except BaseException:  # noqa: BLE001 - whatever happens, the copy ends here
            os.write(2, traceback.format_exc().encode())
        os._exit(99)
    _, status, used = os.wait4(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.close(writer)
    with open(reader, encoding="utf-8", errors="replace") as said:  # noqa: PTH123 - a number
        return os.waitstatus_to_exitcode(status), said.read(), used.ru_utime + used.ru_stime


def _become(arguments, out, err, *, stdin="", full=False, closed=(), gone=False, encoding="utf-8",
            folder=None, env=(), unset=(), bytes=None, memory=None, seconds=None, powerless=False,
            stop=()):  # fmt: skip
    """Run a command and exit.

    ``stdin`` is text, or bytes as a list of numbers; ``closed`` are numbers of streams, ``full``
    puts standard output on a full disk, ``gone`` into a pipe that no one reads; ``bytes`` is the
    longest file that can be written, ``memory`` the most bytes to have beside what is there, and
    ``seconds`` how long to work before being killed; ``powerless`` makes permissions hold for root;
    ``stop`` is a signal to get, and after how many calls of functions, or ``writing``.
    """
    _redirect(stdin, out, err, full=full, gone=gone)
    for number in closed:
        os.close(number)
    os.environ.update(env)
    for name in unset:
        os.environ.pop(name, None)
    os.chdir(folder or "/")
    if bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes, bytes))
    if memory is not None:
        most = _address_space() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    if seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    if powerless:
        _give_up_power()
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        setattr(sys, name, None if number in closed else _stream(number, encoding))
    sys.argv, sys.modules["__main__"].__package__ = ["cnncalc", *arguments], None
    if stop:
        _stop(getattr(signal, stop[0]), stop[1])
    _run(arguments)


def _address_space():
    """Bytes of address space that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _give_up_power():
    """Obey permissions, even as root, whose capabilities let it past them."""
    words = ctypes.c_uint32 * 6
    version_of_two_words = 0x20080522
    ctypes.CDLL(None).capset(words(version_of_two_words), words())


def _stop(number, calls):
    """Send ourselves a signal at the so-manieth call of a function, or when a file is all but there."""
    if number == signal.SIGINT:  # which a shell has its background jobs ignore
        signal.signal(number, signal.default_int_handler)
    if calls == "writing":
        os.fsync = lambda _: os.kill(os.getpid(), number)
        return
    left = itertools.count(calls, -1)

    def watch(_, event, __):
        if event == "call" and next(left) == 0:
            sys.setprofile(None)
            os.kill(os.getpid(), number)

    sys.setprofile(watch)


def _redirect(stdin, out, err, *, full, gone):
    with tempfile.TemporaryFile() as given:
        given.write(stdin.encode() if isinstance(stdin, str) else bytearray(stdin))
        given.seek(0)
        os.dup2(given.fileno(), 0)
    os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    os.dup2(err, 2)
    if full:
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    if gone:
        reader, writer = os.pipe()
        os.close(reader)
        os.dup2(writer, 1)


def _stream(number, encoding):
    raw = open(number, "rb" if number == 0 else "wb", closefd=False)  # noqa: SIM115 - a number
    return io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace" if number == 2 else "strict")


def _run(arguments):
    from cnncalc.cli import main

    try:
        main(arguments)
    except SystemExit as leaving:
        status = leaving.code
    except BaseException:  # noqa: BLE001 - as the interpreter does it
        os.write(2, traceback.format_exc().encode())
        status = 1
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    _serve()
