"""Bring what isobooth's sessions need of the machine: venv, a C compiler, Python's headers, liblilv.

Installs through apt where it may (root, or sudo without a password). Elsewhere it raises `Missing`, whose text
holds one line to paste for Debian, Fedora and Arch. Used by noxfile.py; needs nothing but Python.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shlex
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools import apt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PROGRAM = "#include <stdio.h>\nint main(void) { return puts(__FILE__) < 0; }\n"
PASTE = {
    "Debian, Ubuntu": "sudo apt-get update && sudo apt-get install -y --no-install-recommends",
    "Fedora": "sudo dnf install -y",
    "Arch": "sudo pacman -S --needed",
}


class Missing(Exception):
    """Something is missing that this process may not install; the text says what to paste."""


@dataclass(frozen=True)
class Need:
    """Something that a machine has or has not, and the packages that bring it."""

    what: str
    is_there: Callable[[], bool]
    debian: str
    fedora: str
    arch: str


def _has_venv() -> bool:
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def _configured_compiler() -> list[str]:
    text = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    return shlex.split(str(text))


def _compiles(compiler: list[str]) -> bool:
    if shutil.which(compiler[0]) is None:
        return False
    done = subprocess.run(
        [*compiler, "-x", "c", "-", "-o", os.devnull],
        input=PROGRAM,
        text=True,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def compiler_settings() -> dict[str, str]:
    """Return the environment in which to build: empty, unless Python names an absent compiler."""
    if _compiles(_configured_compiler()) or not _compiles(["gcc"]):
        return {}
    return {"CC": "gcc"}


def _has_compiler() -> bool:
    return _compiles(_configured_compiler()) or _compiles(["gcc"])


def _has_cpp_compiler() -> bool:
    return shutil.which("g++") is not None


def _has_headers() -> bool:
    return Path(sysconfig.get_path("include"), "Python.h").is_file()


def _has_lilv() -> bool:
    try:
        ctypes.CDLL("liblilv-0.so.0")
    except OSError:
        return False
    return True


NEEDS = {
    "venv": Need("Python's venv module", _has_venv, "python3-venv", "python3-pip", "python"),
    "compiler": Need("a C compiler", _has_compiler, "gcc libc6-dev", "gcc glibc-devel", "gcc"),
    "c++": Need("a C++ compiler", _has_cpp_compiler, "g++", "gcc-c++", "gcc"),
    "headers": Need("Python's C headers", _has_headers, "python3-dev", "python3-devel", "python"),
    "lilv": Need("liblilv", _has_lilv, "liblilv-0-0", "lilv", "lilv"),
}


TO_COMPILE = ("compiler", "headers", "lilv")  # what the sessions need that build and play


def ensure(names: Iterable[str], *, soon: Iterable[str] = ()) -> None:
    """Install those of `NEEDS` that are missing.

    Raises `Missing` where that is not allowed, or did not help. Its line to paste holds what is missing of `soon` too,
    so that nobody has to paste twice.
    """
    missing = _missing(names)
    if not missing:
        return
    if not apt.may_install():
        missing += _missing(soon)
        headline = f"{_are_missing(missing)}, and may not be installed from here."
        raise Missing(_advice(headline, missing))
    packages = " ".join(need.debian for need in missing).split()
    print(f"{_are_missing(missing)}; installing {' '.join(packages)}", flush=True)
    apt.update()
    apt.install(packages)
    importlib.invalidate_caches()
    still = [need for need in missing if not need.is_there()]
    if still:
        raise Missing(_advice(f"{_are_missing(still)}, even after an installation.", still))


def _missing(names: Iterable[str]) -> list[Need]:
    return [NEEDS[name] for name in names if not NEEDS[name].is_there()]


def _advice(headline: str, missing: list[Need]) -> str:
    """Return the headline and one line to paste for each system."""
    packages = {
        "Debian, Ubuntu": [need.debian for need in missing],
        "Fedora": [need.fedora for need in missing],
        "Arch": [need.arch for need in missing],
    }
    lines = [headline, "Paste the line of your system, then run the same command again:"]
    lines += [
        f"  {system + ':':<16}{PASTE[system]} {' '.join(dict.fromkeys(' '.join(names).split()))}"
        for system, names in packages.items()
    ]
    return "\n".join(lines)


def _are_missing(needs: list[Need]) -> str:
    """Say it as a sentence: "A C compiler and liblilv are missing"."""
    *most, last = [need.what for need in needs]
    text = f"{', '.join(most)} and {last}" if most else last
    verb = "are" if most or last.endswith("s") else "is"
    return f"{text[0].upper()}{text[1:]} {verb} missing"
