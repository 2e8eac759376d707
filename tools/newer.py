"""A newer C library beside the machine's own, for plugins that were built against it.

Debian's newest plugins do not load on the release before: they ask for symbols that its C library lacks. A C library
is only a folder of files, though, and its loader can be told to use that folder: the packages of the newer release
are unpacked into the checkout (no root, nothing of the machine's changes), and a script `run` starts any program of
the machine with them. A program that was built for an older C library works with a newer one, so this machine's
Python, with the booth in it, can load the newer plugins:

    .cache/plugins/newer/run python3 -m isobooth.host ...
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tools.private_apt import PrivateApt

# A downloaded package that needs a newer one of these than the machine has cannot be loaded without `run`.
FLOOR = ("libc6", "libstdc++6")
# What libraries load at run time for pictures on a screen; nothing opens a window here.
SCREENS = ("libglx-mesa0", "libgl1-mesa-dri")

_RUN = """\
#!/bin/sh
# Start a program of this machine with the C library in this folder: run PROGRAM ARGUMENT...
# Made by tools/plugins.py.
here=$(dirname "$(readlink -f "$0")")
program=$(command -v "$1") || {{
    echo "$0: there is no program $1" >&2
    exit 127
}}
shift
libraries=$here/{libraries}
exec "$here/{loader}" --library-path "$libraries" --argv0 "$program" "$program" "$@"
"""


def runner(folder: Path) -> Path:
    """Return where the script lies that starts a program with the newer C library."""
    return folder / "run"


def provide(folder: Path, private: PrivateApt, packages: list[str]) -> str:
    """Unpack the libraries that `packages` need, and write the script; return "ok", or what went wrong."""
    libraries = private.closure([*packages, *FLOOR], _wanted)
    wanted = sorted({*libraries, *FLOOR})
    print(f"downloading {len(wanted)} libraries for {' '.join(packages)}", flush=True)
    archives = private.download(wanted)
    if isinstance(archives, str):
        return archives
    for archive in archives:
        subprocess.run(["dpkg", "-x", str(archive), str(folder)], check=True)
    loader = next(iter(sorted(folder.glob("usr/lib/*/ld-linux*.so.?"))), None)
    if loader is None:
        return "the C library's package holds no loader"
    inside = loader.relative_to(folder)
    script = runner(folder)
    script.write_text(_RUN.format(libraries=inside.parent, loader=inside), encoding="utf-8")
    script.chmod(0o755)
    return check(folder)


def check(folder: Path) -> str:
    """Start this Python with the newer C library; return "ok", or what came of it."""
    command = [str(runner(folder)), sys.executable, "-c", "import ctypes, json, ssl"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        return str(error)
    complaint = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
    return "ok" if done.returncode == 0 else f"Python does not start with it: {complaint}"


def _wanted(package: str) -> bool:
    """Tell whether a package is a library that a plugin needs to be loaded; data and programs are not."""
    return package.startswith("lib") and not package.endswith(("-data", "-config")) and package not in SCREENS
