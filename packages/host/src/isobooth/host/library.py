"""Shared libraries of plugins: load one, find its entry, and say exactly why where that does not work.

A library is looked at (elf.py) before the loader may map it, so that what can be told without running foreign code is
told in our words; everything else comes in the loader's own.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from isobooth.protocol.errors import PluginLoadError, PluginNotFound
from isobooth.protocol.phases import phase_name

from ._core import ffi, lib
from .display import do_without_display
from .elf import ElfError, ElfImage, open_elf, our_architecture
from .plugin import CData, phase

if TYPE_CHECKING:
    from typing_extensions import Self

ENTRIES: tuple[tuple[str, str], ...] = (
    ("ladspa_descriptor", "LADSPA"),
    ("lv2_descriptor", "LV2"),
    ("lv2_lib_descriptor", "LV2"),
    ("clap_entry", "CLAP"),
    ("GetPluginFactory", "VST3"),
    ("VSTPluginMain", "VST2"),
    ("main", "VST2"),
    ("dssi_descriptor", "DSSI"),
    ("vampGetPluginDescriptor", "Vamp"),
)
"""Symbols by which formats are known."""

_HINTS: tuple[tuple[str, str], ...] = (
    (
        r"version `(?P<name>[^']+)' not found",
        "it was built for a newer system: take a build for this one, or upgrade the system to one that has {name}",
    ),
    (
        r"undefined symbol: (?P<name>[^\s,]+)",
        (
            "nothing that it links to defines {name}: take a build that is linked completely, or one that matches the"
            " installed libraries"
        ),
    ),
    (
        r"cannot enable executable stack",
        "it was linked with an executable stack, which this system forbids: relink it with -z noexecstack",
    ),
    (
        r"failed to map segment",
        "the folder may be mounted 'noexec', or a security policy forbids code there: move the file",
    ),
    (r"static TLS", "too many libraries with static thread storage are loaded: run fewer of them in one process"),
)
UNREADABLE = "it is no plugin for this host, or has to be installed again"
"""Hint for what ElfError says of a file."""
_MISSING = re.compile(r"^(?P<name>[^:]+): cannot open shared object file")


def file_error(path: str, cause: str, *, hint: str = "", plugin_id: str = "") -> PluginLoadError:
    """A PluginLoadError of phase ``load``: ``cause`` is a clause about the file, such as ``is a text file``."""
    return PluginLoadError(
        f"{path} {cause}", path=path, plugin_id=plugin_id, phase=phase_name(lib.IB_PHASE_LOAD), hint=hint
    )


def regular_file(path: str) -> str:
    """The absolute path of a plugin's file. Raises PluginNotFound or PluginLoadError if there is no readable file."""
    load = phase_name(lib.IB_PHASE_LOAD)
    if not path:
        raise PluginNotFound(
            "no path was given", phase=load, hint="give the path of the plugin's file, or name the plugin by its id"
        )
    absolute = os.path.abspath(path)
    try:
        mode = os.stat(absolute).st_mode
    except ValueError as error:  # a NUL byte, which no path can hold
        raise PluginNotFound(f"{path!r} is not a path", path=path, phase=load, cause=str(error)) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PluginNotFound(
            f"there is no file {path}",
            path=path,
            phase=load,
            cause=error.strerror or "",
            hint="check the spelling; `isobooth list` shows the plugins that are installed",
        ) from error
    except OSError as error:
        raise PluginLoadError(
            f"{path} cannot be reached", path=path, phase=load, cause=error.strerror or str(error)
        ) from error
    if stat.S_ISDIR(mode):
        raise file_error(path, "is a folder, not the file of a plugin", hint="name the library in it")
    if not stat.S_ISREG(mode):
        raise file_error(path, "is a device, pipe or socket, not the file of a plugin")
    return absolute


def check_image(path: str, image: ElfImage) -> None:
    """Raise PluginLoadError if the loader cannot take ``image`` into this process."""
    ours = our_architecture()
    if ours is not None and image.architecture != ours:
        raise file_error(
            path,
            f"was built for {image.architecture}; this host runs on {ours}",
            hint=f"install the plugin's build for {ours}, or a host for {image.architecture}",
        )
    if not image.is_library:
        raise file_error(path, "is an ELF file, but not a shared library")


@contextmanager
def whole_image(path: str, file: str) -> Iterator[ElfImage]:
    """The ELF image of ``file``, whole and for this machine, in a with-block. Nothing of it is loaded.

    ``path`` is what the user called it. Raises PluginLoadError that says what the file is instead.
    """
    try:
        with open_elf(file) as image:
            check_image(path, image)
            yield image
    except ElfError as error:
        raise file_error(path, str(error), hint=UNREADABLE) from error
    except OSError as error:
        raise PluginLoadError(
            f"{path} cannot be read", path=path, phase=phase_name(lib.IB_PHASE_LOAD), cause=error.strerror or str(error)
        ) from error


def explain(path: str, text: str) -> str:
    """What to do about the loader's ``text``; empty where nothing is known."""
    missing = _MISSING.match(text)
    if missing and os.path.basename(missing["name"]) != os.path.basename(path):
        return f"install the package that provides {missing['name']}"
    for pattern, hint in _HINTS:
        found = re.search(pattern, text)
        if found:
            return hint.format(**found.groupdict())
    return ""


def looks_like(exports: Iterable[str]) -> list[str]:
    """Formats whose entry is among these symbols, such as ``["LV2"]``."""
    names = set(exports)
    found = [known for symbol, known in ENTRIES if symbol in names]
    if any(name.startswith("UG_") for name in names):
        found.append("the first LADSPA proposal (ladspa0)")
    return list(dict.fromkeys(found))


class Library:
    """A plugin's library in this process. Use it in a with-block, or call ``close``.

    Raises PluginNotFound if there is no such file, PluginLoadError if it cannot be loaded; both name the path, the
    cause in the loader's own words, and what to do.

    All symbols must be there. With ``lazily``, one that lacks some is loaded all the same, as hosts of some formats do:
    it ends its process when it calls them. ``lacks`` then says, in the loader's words, what is missing.
    """

    def __init__(self, path: str, *, lazily: bool = False) -> None:
        self.path = regular_file(path)
        self.lacks = ""
        self._handle: CData = ffi.NULL
        with whole_image(path, self.path):
            pass
        do_without_display()
        with phase(lib.IB_PHASE_LOAD):
            self._handle = lib.dlopen(os.fsencode(self.path), lib.RTLD_NOW | lib.RTLD_LOCAL)
            text = "" if self._handle != ffi.NULL else self._error()
            if lazily and "undefined symbol" in text:
                self._handle = lib.dlopen(os.fsencode(self.path), lib.RTLD_LAZY | lib.RTLD_LOCAL)
                self.lacks, text = (text, "") if self._handle != ffi.NULL else ("", self._error())
        if text:
            raise PluginLoadError(
                f"{path} could not be loaded",
                path=path,
                phase=phase_name(lib.IB_PHASE_LOAD),
                tried=["dlopen"],
                cause=text,
                hint=explain(path, text),
            )

    @staticmethod
    def _error() -> str:
        text = lib.dlerror()
        return "the loader gave no reason" if text == ffi.NULL else ffi.string(text).decode("utf-8", "replace")

    @property
    def handle(self) -> CData:
        """What the loader returned, NULL after ``close``."""
        return self._handle

    def find(self, symbol: str) -> CData | None:
        """Address of a symbol as ``void *``, None if there is none."""
        address = lib.dlsym(self._handle, symbol.encode())
        return None if address == ffi.NULL else address

    def entry(self, symbol: str, known_as: str) -> CData:
        """Address of the symbol that makes this library a plugin of the format ``known_as``. Raises PluginLoadError."""
        address = self.find(symbol)
        if address is not None:
            return address
        exports = self.exports()
        others = [name for name in looks_like(exports) if name != known_as]
        raise PluginLoadError(
            f"{self.path} exports no {symbol}: it is not a {known_as} plugin",
            path=self.path,
            phase=phase_name(lib.IB_PHASE_LOAD),
            hint=f"it looks like {' and '.join(others)}: name that format"
            if others
            else "it is a library of another kind",
        )

    def exports(self) -> list[str]:
        """Symbols that it defines for others, read from the file; empty where its tables cannot be read."""
        try:
            with open_elf(self.path) as image:
                return list(image.exports)
        except (ElfError, OSError):
            return []

    def close(self) -> None:
        """Unload. A second call does nothing."""
        handle, self._handle = self._handle, ffi.NULL
        if handle != ffi.NULL:
            with phase(lib.IB_PHASE_UNLOAD):
                lib.dlclose(handle)

    def __enter__(self) -> Self:
        """The library itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Unload."""
        self.close()
