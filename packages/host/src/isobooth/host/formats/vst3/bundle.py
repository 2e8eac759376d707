"""From the path that a user gives to the binary of a VST3 (VST 3 Developer Portal, "Plug-in Format Structure").

On Linux a plugin is a folder ``X.vst3`` with ``Contents/<machine>-linux/X.so``; older ones are a single library.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

from isobooth.protocol.errors import PluginNotFound
from isobooth.protocol.locator import bundle_around

from ...elf import our_architecture
from ...library import file_error, regular_file

SUFFIX = ".vst3"
CONTENTS = "Contents"
_INFO_PLACES = (("Resources", "moduleinfo.json"), ("moduleinfo.json",))
_MACHINES = {3: "i386", 62: "x86_64", 183: "aarch64"}
"""Of an ELF machine number, where the bundle's word for it does not hang on the kernel's."""
_MOST_NAMED = 8


@dataclass(frozen=True)
class Bundle:
    """Where the parts of one VST3 are. All paths are absolute, links in them not followed."""

    path: str
    """The bundle's folder; the file itself where there is no bundle. What descriptors say."""
    binary: str
    """What is to be loaded."""
    info: str
    """The bundle's moduleinfo.json, empty where there is none."""
    warnings: tuple[str, ...] = ()


def machine_folder() -> str:
    """The name of this machine's folder in a bundle: ``x86_64-linux``, ``aarch64-linux``."""
    ours = our_architecture()
    name = _MACHINES.get(ours.machine) if ours is not None else None
    return f"{name or platform.machine()}-linux"


def bundle_root(path: str) -> str:
    """The bundle that an absolute path is, or is inside of; empty if it is in none."""
    if os.path.isdir(os.path.join(path, CONTENTS)):
        return path
    return bundle_around(path)


def find_info(root: str) -> str:
    """The moduleinfo.json of a bundle, empty if it has none: in Resources since VST 3.7.8, in Contents before."""
    for place in _INFO_PLACES:
        path = os.path.join(root, CONTENTS, *place)
        if os.path.isfile(path):
            return path
    return ""


def find_bundle(path: str) -> Bundle:
    """The bundle or single file that ``path`` means: a bundle, anything inside one, or a library.

    Raises PluginNotFound where there is nothing, PluginLoadError where it is something else, or a bundle without a
    build for this machine.
    """
    absolute = os.path.abspath(path) if path and "\0" not in path else ""
    is_folder = bool(absolute) and os.path.isdir(absolute)
    if not is_folder:
        absolute = regular_file(path)
    root = bundle_root(absolute)
    if not root:
        if is_folder:
            raise _no_bundle(path, absolute)
        return Bundle(absolute, absolute, "")
    info = find_info(root)
    if not is_folder and absolute.endswith(".so"):  # somebody names the library itself
        return Bundle(root, absolute, info)
    binary, warnings = _binary(root)
    return Bundle(root, binary, info, warnings)


def _no_bundle(path: str, absolute: str) -> Exception:
    if absolute.endswith(SUFFIX):
        return file_error(path, f"is no VST3 bundle: it has no folder {CONTENTS}", hint="install the plugin again")
    inside = sorted(name for name in _names(absolute) if name.endswith(SUFFIX))
    hint = f"it holds {_some(inside)}: name one of these" if inside else "name the .vst3 bundle"
    return file_error(path, f"is a folder, but no VST3 bundle: it has no folder {CONTENTS}", hint=hint)


def _binary(root: str) -> tuple[str, tuple[str, ...]]:
    """The library for this machine, and what is odd about it."""
    machine = machine_folder()
    folder = os.path.join(root, CONTENTS, machine)
    if not os.path.isdir(folder):
        raise _other_machine(root, machine)
    stem = os.path.basename(root).removesuffix(SUFFIX)
    expected = os.path.join(folder, f"{stem}.so")
    if os.path.isfile(expected):
        return expected, ()
    others = sorted(name for name in _names(folder) if name.endswith(".so"))
    if len(others) == 1:
        odd = f"{CONTENTS}/{machine} holds {others[0]}, not {stem}.so as the bundle's name has it"
        return os.path.join(folder, others[0]), (odd,)
    if others:
        reason = f"holds {len(others)} libraries for {machine} and none is called {stem}.so: {_some(others)}"
        raise file_error(root, reason, hint="give the bundle its own name back, or name the library")
    raise PluginNotFound(
        f"{root} is a VST3 bundle without a library: there is no {CONTENTS}/{machine}/{stem}.so",
        path=root,
        phase="load",
        hint="install the plugin again",
    )


def _other_machine(root: str, machine: str) -> Exception:
    contents = os.path.join(root, CONTENTS)
    builds = [
        name
        for name in sorted(_names(contents))
        if name != "Resources" and os.path.isdir(os.path.join(contents, name)) and _names(os.path.join(contents, name))
    ]
    has = f"it was built for {_some(builds)}" if builds else "it holds no library at all"
    return file_error(
        root,
        f"is a VST3 bundle without a build for this machine ({machine}): {has}",
        hint=f"install the plugin's build for {machine}",
    )


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _some(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
