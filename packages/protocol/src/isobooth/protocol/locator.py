"""How users name a plugin: ``[format:]path[#id]``, ``[format:]id`` or a name."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from .descriptors import FORMATS
from .errors import ArgumentTypeError, LocatorError

BUNDLES: dict[str, tuple[str, ...]] = {
    ".clap": ("clap",),
    ".vst3": ("vst3",),
    ".lv2": ("lv2",),
    ".wclap": ("wclap",),
    ".wasm": ("wclap",),
    ".so": ("ladspa", "ladspa0", "vst2"),
}
"""Which formats a file or bundle with a suffix may be of, the likeliest first."""

ARCHIVES = (".wclap.tar.gz", ".wclap.tgz")
"""How archives of bundles end that can be used as they are."""

_SEPARATOR = re.compile("#|::")
_LONGEST_PATH = 4096  # PATH_MAX of Linux
_HINT = "write [format:]path[#id], [format:]id, or a plugin's name"


@dataclass(frozen=True)
class Locator:
    """A parsed locator. Exactly one of ``path``, ``id`` alone and ``name`` says where to look.

    With a ``path``, ``id`` says which plugin of the file and is empty for the only one. Without, ``id`` is set where a
    format prefix was given and ``name`` where none was: a text without prefix may still turn out to be an id. All
    three are empty for ``null:``, the format that needs no file.
    """

    format: str
    """One of FORMATS, or empty."""
    path: str
    """Absolute, ``~`` expanded, links not followed; empty if the text holds no path."""
    id: str
    name: str
    text: str
    """What was parsed, for messages."""

    def __str__(self) -> str:
        """Return the text as it was given."""
        return self.text


def parse_locator(text: str | os.PathLike[str]) -> Locator:
    """Take a locator apart.

    - A format is one of FORMATS and a colon in front: ``lv2:http://…`` is the LV2 plugin with that URI.
    - A path starts with ``/``, ``./``, ``../`` or ``~``, or is there on the disk. A single word that is there, but as a
      plain folder, is a name: a folder ``amsynth`` beside you does not hide the plugin of that name.
    - ``#id`` or ``::id`` is split off a path only. Paths may hold ``#`` themselves: the longest prefix that exists is
      the path; where none exists, the first that ends like a plugin's file (``.so``, ``.clap`` …), else the first.
    - Anything else is an id behind a format, and a name without.
    - A path object is taken as a path, whole.

    Raises LocatorError for a text that cannot name anything (empty, with a NUL byte, a format alone, nothing behind
    ``#``) and ArgumentTypeError for anything but a text or a path object.
    """
    if isinstance(text, os.PathLike):
        return _from_path_object(text)
    if not isinstance(text, str):
        raise ArgumentTypeError(f"a plugin is named by a text, not by {_kind(text)} - {_HINT}")
    _check(text)
    prefix, colon, rest = text.partition(":")
    fmt = prefix if colon and prefix in FORMATS else ""
    body = rest if fmt else text
    if not body.strip():
        if fmt == "null":
            return Locator(fmt, "", "", "", text)
        raise LocatorError(f"{text!r} names a format but no plugin - {_HINT}")
    split = _split_path(body)
    if split is not None:
        path, plugin_id = split
        return Locator(fmt, _absolute(path, text), plugin_id, "", text)
    if fmt:
        return Locator(fmt, "", body, "", text)
    return Locator("", "", "", body, text)


def formats_of_path(path: str) -> tuple[str, ...]:
    """Return the formats that a file or bundle may be of, the likeliest first; all if its name says nothing."""
    if bundle_around(path):
        return ("vst3",)
    known = ("wclap",) if path.lower().endswith(ARCHIVES) else BUNDLES.get(Path(path).suffix.lower())
    return known or tuple(name for name in FORMATS if name != "null")


def bundle_around(path: str) -> str:
    """Return the VST3 bundle that a path is inside of, empty if it is in none. Only the text is looked at.

    ``/lib/vst3/X.vst3/Contents/x86_64-linux/X.so`` is inside ``/lib/vst3/X.vst3``.
    """
    inner = Path(path)
    for below, folder in zip((inner, *inner.parents), inner.parents, strict=False):
        if below.name == "Contents" and folder.suffix.lower() == ".vst3":
            return str(folder)
    return ""


def _kind(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"


def _from_path_object(path: os.PathLike[str]) -> Locator:
    text = os.fspath(path)
    if not isinstance(text, str):
        raise ArgumentTypeError(f"a plugin's path is a text, not {_kind(text)} - use os.fsdecode")
    _check(text)
    return Locator("", _absolute(text, text), "", "", text)


def _check(text: str) -> None:
    if not text.strip():
        raise LocatorError(f"an empty text names no plugin - {_HINT}")
    if "\0" in text:
        raise LocatorError(f"{text!r} holds a NUL byte, which no path, id or name can - {_HINT}")
    try:
        os.fsencode(text)
    except UnicodeEncodeError as error:
        raise LocatorError(f"{text!r} holds a lone surrogate, which no path, id or name can - {_HINT}") from error


def _absolute(path: str, text: str) -> str:
    try:
        return str(Path(os.path.expanduser(path)).absolute())  # noqa: PTH111  (pathlib raises without a home)
    except OSError as error:  # the working folder is gone
        raise LocatorError(f"{text!r} is relative to a folder that is gone - give a full path") from error


def _split_path(body: str) -> tuple[str, str] | None:
    """Return path and id if the text holds a path, else None."""
    if _is_there(body):
        return body, ""
    separators = list(_SEPARATOR.finditer(body))
    for found in reversed(separators):
        if found.start() <= _LONGEST_PATH and _is_there(body[: found.start()]):
            return _halves(body, found)
    if not (body.startswith(("/", "./", "../", "~")) or body in {".", ".."}):
        return None
    for found in separators:
        if _ends_like_a_plugin(body[: found.start()]):
            return _halves(body, found)
    return _halves(body, separators[0]) if separators else (body, "")


def _halves(body: str, found: re.Match[str]) -> tuple[str, str]:
    path, plugin_id = body[: found.start()], body[found.end() :]
    if not plugin_id.strip():
        raise LocatorError(f"{body!r} has nothing behind {found.group()!r} - name the plugin's id, or leave both out")
    return path, plugin_id


def _is_there(text: str) -> bool:
    if not text:
        return False
    path = os.path.expanduser(text)  # noqa: PTH111  (pathlib raises without a home)
    if os.path.isfile(path):  # noqa: PTH113  (pathlib raises for names that are too long)
        return True
    plain_word = "/" not in text and not text.startswith("~") and not _ends_like_a_plugin(text)
    return os.path.lexists(path) and not plain_word


def _ends_like_a_plugin(path: str) -> bool:
    return Path(path).suffix.lower() in BUNDLES or path.lower().endswith(ARCHIVES)
