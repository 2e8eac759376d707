"""Every task of the repository: `python3 noxfile.py` lists them, `python3 noxfile.py tests` runs one.

Works with nothing but Python 3.10 or newer: run as a file, it sets up nox in a private environment first.
With an installed nox, `nox -s tests` does the same.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))  # nox does not do it

from tools import bootstrap, plugins, provision  # noqa: E402  (after the line above)

if __name__ == "__main__":
    bootstrap.main(sys.argv[1:])

try:
    import nox
except ModuleNotFoundError:  # the file can still be imported and looked at
    nox = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable

    Body = Callable[[nox.Session], None]

PACKAGES = ("protocol", "scan", "host", "client")  # in the order in which they need each other
BUILD = ("hatchling>=1.27", "cffi>=2.0", "setuptools>=77")

if nox is not None:
    nox.options.sessions = ["lint", "types", "tests"]
    nox.options.default_venv_backend = "virtualenv"
    nox.options.error_on_external_run = True


def session(body: Body) -> Body:
    """Register a session with nox; its docstring is its line in `nox -l`."""
    if nox is not None:
        nox.session(body)
    return body


@session
def demo(session: nox.Session) -> None:
    """Set everything up, play real plugins, write WAV files, a picture and a table."""
    ensure(session, *provision.TO_COMPILE)
    bring_plugins(session, "demo")
    wheels = build_wheels(session)
    session.install(*map(str, wheels), "matplotlib>=3.8")
    session.run("python", "demo/run.py", *session.posargs)


@session
def tests(session: nox.Session) -> None:
    """Set everything up and run every test: `tests -- -k name` passes the rest to pytest."""
    ensure(session, *provision.TO_COMPILE)
    bring_plugins(session, "tests")
    install_packages(session)
    session.install(*group("tests"))
    # three at a time: most of a test is waiting for a process; a file stays together, with what it compiles
    session.run("pytest", "-n", "3", "--dist", "loadfile", *session.posargs)


@session
def sanitize(session: nox.Session) -> None:
    """Run the client's tests with its compiled core under the address and undefined-behaviour sanitizers."""
    ensure(session, *provision.TO_COMPILE)
    install_packages(session)
    session.install(*group("tests"), *BUILD)
    session.run("python", "tools/sanitize.py", *session.posargs)


@session
def types(session: nox.Session) -> None:
    """Check the types of everything but the tests, with mypy --strict."""
    session.install(*group("types"))
    folders = [f"packages/{name}/src" for name in PACKAGES]
    recipes = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("packages/*/*.py"))
    others = [name for name in ("tools", "demo", "benchmarks", "examples") if any(ROOT.glob(f"{name}/*.py"))]
    session.run("mypy", *folders, *recipes, "noxfile.py", *others, *session.posargs)


@session
def lint(session: nox.Session) -> None:
    """Check style, formatting, and the size of files and functions."""
    session.install(*group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    sources = sorted(str(path.relative_to(ROOT)) for path in c_files())
    if sources:
        session.run("clang-format", "--dry-run", "-Werror", *sources)
    session.run("python", "tools/lint_rooms.py")


@session
def tidy(session: nox.Session) -> None:
    """Look for mistakes in the C code, with clang-tidy: `tidy -- engine` looks at the files so named."""
    ensure(session, "compiler")
    session.install(*group("tidy"))
    session.run("python", "tools/tidy.py", *session.posargs)


@session
def build(session: nox.Session) -> None:
    """Build the four sdists, and from each its wheel, into dist/."""
    ensure(session, "compiler", "headers")
    target = ROOT / "dist"
    for old in [*target.glob("isobooth_*.tar.gz"), *target.glob("isobooth_*.whl")]:
        old.unlink()
    install_build_tools(session)
    for name in PACKAGES:
        with session.chdir(ROOT / "packages" / name):
            session.run("python", "-m", "hatchling", "build", "-t", "sdist", "-d", str(target))
    sdists = sorted(str(path) for path in target.glob("isobooth_*.tar.gz"))
    make_wheels(session, sdists, target)
    for path in sorted(target.glob("isobooth_*")):
        session.log(f"dist/{path.name}")


@session
def bench(session: nox.Session) -> None:
    """Run every benchmark, or those named: `bench -- round_trip start_up`."""
    ensure(session, *provision.TO_COMPILE)
    bring_plugins(session, "tests")
    install_packages(session)
    # one benchmark compares with it; that it has no wheel for this Python is no reason to stop
    session.install("pedalboard", success_codes=[0, 1])
    names = [Path(word).stem for word in session.posargs] or sorted(
        path.stem for path in ROOT.glob("benchmarks/*.py") if not path.stem.startswith("_")
    )
    for name in names:
        session.run("python", f"benchmarks/{name}.py")


@session
def core_c(session: nox.Session) -> None:
    """Compile the C headers as C11 and C++17, and run the C tests under sanitizers."""
    ensure(session, "compiler", "c++")
    session.run("python", "tools/core_c.py", *session.posargs)


def ensure(session: nox.Session, *names: str) -> None:
    """Bring what the machine lacks, or end the session with the line to paste."""
    try:
        provision.ensure(names)
    except provision.Missing as problem:
        session.error(str(problem))


def bring_plugins(session: nox.Session, name: str) -> None:
    """Bring real plugins where this machine allows it; what needs an absent one is skipped."""
    for line in plugins.provide(name).lines:
        session.log(line)


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group in pyproject.toml."""
    project = nox.project.load_toml(ROOT / "pyproject.toml")
    return list(nox.project.dependency_groups(project, name))


def c_files() -> list[Path]:
    """Return every C source and header of the repository."""
    found: list[Path] = []
    for folder in ("packages", "demo", "benchmarks", "examples"):
        for pattern in ("*.c", "*.h", "*.cpp"):
            found += (ROOT / folder).rglob(pattern)
    return found


def install_build_tools(session: nox.Session) -> None:
    """Install what builds the packages without isolation: the tools, and the protocol's headers."""
    session.install(*BUILD)
    session.install("--no-build-isolation", "./packages/protocol")


def make_wheels(session: nox.Session, sources: list[str], target: Path) -> None:
    """Build a wheel of each source without isolation: the protocol comes from the checkout."""
    flags = ("--no-build-isolation", "--no-deps", "--wheel-dir", str(target))
    session.run("python", "-m", "pip", "wheel", "-q", *flags, *sources, env=provision.compiler_settings())


def build_wheels(session: nox.Session) -> list[Path]:
    """Build the wheels of the four packages into the session's scratch folder."""
    install_build_tools(session)
    target = Path(session.create_tmp()) / "wheels"
    for old in target.glob("*.whl"):
        old.unlink()
    make_wheels(session, [f"./packages/{name}" for name in PACKAGES], target)
    return sorted(target.glob("isobooth_*.whl"))


def install_packages(session: nox.Session) -> None:
    """Install the four packages as a user gets them: from wheels, with every extra."""
    wheels = {path.name.partition("-")[0]: str(path) for path in build_wheels(session)}
    session.install("--force-reinstall", "--no-deps", *wheels.values())  # also in a reused one
    wheels["isobooth_protocol"] += "[numpy]"
    wheels["isobooth_client"] += "[midi]"
    session.install(*wheels.values())
