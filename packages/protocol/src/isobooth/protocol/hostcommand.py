"""Which program to start as the booth: the command of isobooth-host."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import sysconfig
from pathlib import Path

from .errors import HostNotFound

PROGRAM = "isobooth-host"
"""Name of the command that the distribution isobooth-host installs."""

VARIABLE = "ISOBOOTH_HOST"
"""Environment variable that names another command."""

_INSTALL = "pip install isobooth-host (or isobooth-client[host])"


def find_host_command() -> list[str]:
    """Return the words that start the host, without any argument of its own.

    Looked at in this order: the environment variable ISOBOOTH_HOST (a path, which may hold spaces, or a command line
    as a shell would split it); ``isobooth-host`` in the scripts folder of this Python environment and beside its
    interpreter; PATH. A variable that is empty counts as unset. The first word of the result is a path or, from the
    variable, whatever PATH gave for it.

    Raises HostNotFound, which names every place that was tried. A variable that names nothing executable is an error
    too: there is no silent way round it.
    """
    wish = os.environ.get(VARIABLE, "")
    if wish.strip():
        return _from_variable(wish)
    tried = []
    for folder in _script_folders():
        program = folder / PROGRAM
        if _is_program(program):
            return [str(program)]
        tried.append(str(program))
    found = shutil.which(PROGRAM)
    if found:
        return [os.path.abspath(found)]  # noqa: PTH100  (pathlib would not drop a '..')
    tried.append(f"PATH ({os.environ.get('PATH') or 'empty'})")
    raise HostNotFound(
        f"there is no {PROGRAM} command - tried: {'; '.join(tried)} - {_INSTALL}, or name it in {VARIABLE}"
    )


def _script_folders() -> list[Path]:
    folders = [Path(sysconfig.get_path("scripts"))]
    if sys.executable:  # empty in an embedded interpreter
        folders.append(Path(sys.executable).parent)
    return list(dict.fromkeys(folders))


def _from_variable(wish: str) -> list[str]:
    whole = Path(wish).expanduser() if wish.startswith("~") else Path(wish)
    if "\0" not in wish and os.path.lexists(whole):
        return [_checked(whole, wish)]
    try:
        words = shlex.split(wish)
    except ValueError as error:
        raise HostNotFound(
            f"{VARIABLE}={wish!r} cannot be split into words - cause: {error} - quote it as for a shell"
        ) from error
    if not words:  # quotes or a comment around nothing
        raise HostNotFound(f"{VARIABLE}={wish!r} names no program - unset it, or name one")
    program = os.path.expanduser(words[0])  # noqa: PTH111  (pathlib raises where there is no home)
    if "/" in program:
        return [_checked(Path(program), wish), *words[1:]]
    found = shutil.which(program)
    if found is None:
        raise HostNotFound(
            f"{VARIABLE}={wish!r}: there is no program {program!r} - tried: PATH ({os.environ.get('PATH') or 'empty'})"
            f" - correct it, or unset it to use the installed {PROGRAM}"
        )
    return [found, *words[1:]]


def _checked(program: Path, wish: str) -> str:
    """Return the path, made absolute, of a program that ISOBOOTH_HOST names."""
    if not program.exists():
        cause = "is a link to nothing" if program.is_symlink() else "does not exist"
    elif program.is_dir():
        cause = "is a folder"
    elif not os.access(program, os.X_OK):
        cause = f"is not executable (chmod +x {shlex.quote(str(program))})"
    else:
        return str(program.absolute())
    raise HostNotFound(
        f"{VARIABLE}={wish!r}: {program} {cause} - correct it, or unset it to use the installed {PROGRAM}"
    )


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
