"""What is imported when: the heavy packages only where they are needed."""

import json
import subprocess
import sys

import pytest

HEAVY = ("torch", "numpy", "graphviz", "sympy", "pytest", "cnncalc.misuse")

COMMANDS = {
    "import": "import cnncalc",
    "summarize": "summarize resnet50",
    "summarize as json": "summarize lenet5 --format json",
    "explain": "explain lenet5 C3",
    "list": "list",
    "show": "show lenet5",
    "check": "check vgg16",
    "help": "--help",
}

TELL = "import json; print(json.dumps({}), file=sys.stderr)"

RUN = """
import json, sys
from cnncalc.cli import main
try:
    main({arguments!r})
finally:
    print(json.dumps([m for m in {heavy!r} if m in sys.modules]), file=sys.stderr)
"""


def loaded(code):
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "Traceback" not in ran.stderr, ran.stderr
    return json.loads(ran.stderr.splitlines()[-1])


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_nothing_heavy_is_loaded(command):
    if command == "import cnncalc":
        code = (
            f"import cnncalc, sys; heavy = [m for m in {HEAVY!r} if m in sys.modules]; {TELL.format('heavy')}"
        )
    else:
        code = RUN.format(arguments=command.split(), heavy=HEAVY)
    assert loaded(code) == []


def test_import_cnncalc_loads_no_module_of_its_own():
    code = "import cnncalc, sys; ours = [m for m in sys.modules if m.startswith('cnncalc.')]; "
    assert loaded(code + TELL.format("ours")) == ["cnncalc._version"]


def test_a_name_that_does_not_exist_is_an_attribute_error():
    import cnncalc

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        cnncalc.nothing  # noqa: B018
    assert "load" in dir(cnncalc)


@pytest.mark.parametrize(("loads", "frozen"), [("json", True), ("torch", False)])
def test_the_end_is_left_to_python_where_pytorch_is_loaded(loads, frozen):
    """Libraries beneath PyTorch print a page of complaints about objects that are never freed."""
    code = (
        "import gc, sys, types\n"
        "from cnncalc import __main__ as it\n"
        f"it.cli.main = lambda: sys.modules.setdefault({loads!r}, types.ModuleType({loads!r}))\n"
        "before = gc.get_freeze_count()\n"  # of Python's own: some hundred in 3.12
        "it.main()\n"
        "print(gc.get_freeze_count() > before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(frozen)
