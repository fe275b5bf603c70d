"""Builds the package and holds it against what it should be: ``python tools/check_package.py``.

The sdist is built from the checkout, the wheel from the sdist alone. Contents and metadata are
checked, and the wheel is used in a fresh environment, in a folder that is not the checkout, as
installed by ``pip install cnncalc``. With ``--extras`` each extra but those of developers gets an
environment of its own and does what it is for.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
NET = "INPUT(1x28x28) -> CONV(8,3) -> RELU -> POOL(2) -> FC(10)"
GRID = ["INPUT(1x28x28) -> CONV(c,3) -> RELU -> POOL(2) -> FC(10)", "--over", "c=1..9"]

USES = {
    "torch": [["verify", NET]],
    "numeric": [["exercise", "7"]],
    "onnx": [["export", NET, "--to", "onnx", "-o", "net.onnx"], ["import", "net.onnx"]],
    "sweep": [["sweep", *GRID, "--sort", "macs", "--top", "2"]],
    "parquet": [["sweep", *GRID, "-o", "rows.parquet"]],
    "dask": [["sweep", *GRID, "--engine", "dask"]],
    "pictures": [["render", "lenet5", "-o", "lenet5.pdf"], ["render", "lenet5", "-o", "lenet5.png"]],
}
"""What each extra is for."""


def main() -> None:
    """Build, check, install, use."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--extras", nargs="*", metavar="EXTRA", help="all, or those named")
    asked = parser.parse_args().extras
    with TemporaryDirectory() as folder:
        sdist, wheel = _built(Path(folder))
        _check_sdist(sdist)
        _check_wheel(wheel)
        _run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)
        _run(sys.executable, "-m", "check_wheel_contents", wheel)
        _use(wheel, Path(folder), "")
        for extra in asked or (USES if asked is not None else ()):
            _use(wheel, Path(folder), extra)
    print(f"package: {sdist.name} and {wheel.name} are well")


def _built(folder: Path) -> tuple[Path, Path]:
    """The sdist of the checkout, and the wheel of the sdist."""
    _run(sys.executable, "-m", "build", "--quiet", "--outdir", folder, ROOT, quiet=True)
    return next(folder.glob("*.tar.gz")), next(folder.glob("*.whl"))


def _check_sdist(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    missing = {"README.md", "LICENSE", "constraints.txt", "conftest.py", "tests/test_cli.py"} - names
    _hold(not missing, f"the sdist lacks {missing}")
    _hold(_specs() <= {Path(name).name for name in names if name.startswith("specs/")}, "specs are missing")


def _check_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "cnncalc").rglob("*") if _belongs(path)}
    _hold(modules <= names, f"the wheel lacks {sorted(modules - names)}")
    _hold({f"cnncalc/specs/{spec}" for spec in _specs()} <= names, "the wheel lacks specs")
    _hold(any(name.endswith("licenses/LICENSE") for name in names), "the wheel lacks its licence")
    strange = [name for name in names if not name.startswith(("cnncalc/", "cnncalc-"))]
    _hold(not strange, f"the wheel has what is not the package: {strange}")
    _hold(not any(part in name for name in names for part in ("test_", "__pycache__")), "tests in the wheel")
    _hold("License-Expression: MIT" in metadata, "the metadata names no licence")
    _hold("Description-Content-Type: text/markdown" in metadata, "the README is no Markdown")


def _belongs(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _specs() -> set[str]:
    return {path.name for path in (ROOT / "specs").glob("*.yaml")}


def _use(wheel: Path, folder: Path, extra: str) -> None:
    """Install the wheel in an environment of its own, and do with it what it is for."""
    place = folder / f"with-{extra or 'nothing'}"
    venv.create(place, with_pip=True)
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    _run(python, "-m", "pip", "install", "-q", f"{wheel}[{extra}]" if extra else wheel, quiet=True)
    for arguments in (["summarize", "lenet5"], ["check", "lenet5"], ["schema"], *USES.get(extra, [])):
        _run(python, "-m", "cnncalc", *arguments, folder=place, quiet=True)
    listed = _run(python, "-m", "cnncalc", "list", folder=place, quiet=True)
    _hold(len(listed.splitlines()) == len(_specs()) + 2, "not every network is listed")
    if not extra:
        loaded = (
            "import cnncalc, importlib.util as u; print(*map(bool, map(u.find_spec, ('torch', 'numpy'))))"
        )
        _hold(_run(python, "-c", loaded, quiet=True).split() == ["False"] * 2, "it brings torch or NumPy")
    print(f"installed with {extra or 'nothing'}: well")


def _run(*command: object, folder: Path | None = None, quiet: bool = False) -> str:
    """Run a command; what it prints is returned, and shown unless ``quiet``."""
    ran = subprocess.run([*map(str, command)], cwd=folder, check=False, capture_output=True, text=True)
    if ran.returncode or not quiet:
        print(ran.stdout + ran.stderr, end="")
    _hold(ran.returncode == 0, f"{' '.join(map(str, command))} exits with {ran.returncode}")
    return ran.stdout


def _hold(condition: bool, otherwise: str) -> None:
    if not condition:
        raise SystemExit(f"package: {otherwise}")


if __name__ == "__main__":
    main()
