"""What the repository's tools need of Debian's package manager, and no more.

Works without root: `may_install` then answers False, and the callers say what to paste instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}


def output(command: Sequence[str]) -> str:
    """Run `command` and return its standard output, "" where it failed or is not installed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | ENVIRONMENT)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def available() -> bool:
    """Tell whether this is a machine of the Debian family."""
    return all(map(shutil.which, ("apt-get", "dpkg-query")))


@cache
def _prefix() -> tuple[str, ...] | None:
    """Return what to write before apt-get: nothing as root, sudo where it asks for no password."""
    if os.geteuid() == 0:
        return ()
    if shutil.which("sudo"):
        done = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if done.returncode == 0:
            return ("sudo", "-n", "env", *(f"{k}={v}" for k, v in ENVIRONMENT.items()))
    return None


def may_install() -> bool:
    """Tell whether this process may install packages, as root or through sudo without a password."""
    return available() and _prefix() is not None


def installed(package: str) -> bool:
    """Tell whether a package is fully installed."""
    return bool(version(package))


def version(package: str) -> str:
    """Return the installed version of a package, "" where it is not (fully) installed."""
    status = output(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", package])
    state, _, number = status.partition(" ")
    return number if state == "installed" else ""


def at_least(number: str, least: str) -> bool:
    """Compare two package versions as dpkg does; an empty `number` is older than everything."""
    command = ["dpkg", "--compare-versions", number, "ge", least]
    return bool(number) and subprocess.run(command, check=False).returncode == 0


@cache
def update() -> None:
    """Bring the package lists up to date, once per run.

    A failure is not an error here: one broken source does not matter if the rest has the package.
    """
    _run("update", "-qq")


def known(packages: Iterable[str]) -> list[str]:
    """Return those of `packages` that the machine's archives offer."""
    return [name for name in packages if output(["apt-cache", "show", "--no-all-versions", name])]


def install(packages: Sequence[str]) -> bool:
    """Install `packages` without their recommendations; tell whether that worked."""
    return _run("install", "-y", "-qq", "--no-install-recommends", *packages)


def _run(*arguments: str) -> bool:
    prefix = _prefix()
    if prefix is None:
        return False
    command = [*prefix, "apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=os.environ | ENVIRONMENT,
    )
    if done.returncode != 0:
        print(f"apt-get {' '.join(arguments)} failed:\n{done.stderr.strip()}", flush=True)
    return done.returncode == 0
