"""Calling VST3 interfaces: finding one on an object, naming what a call returned, texts in UTF-16."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from isobooth.protocol.errors import PluginError

from ..._core import ffi, lib
from ...plugin import CData

OK = 0
"""kResultOk and kResultTrue."""
_RESULTS = {
    -1: "kNoInterface",
    0: "kResultOk",
    1: "kResultFalse",
    2: "kInvalidArgument",
    3: "kNotImplemented",
    4: "kInternalError",
    5: "kNotInitialized",
    6: "kOutOfMemory",
}
NOT_IMPLEMENTED = 3
TEXT_UNITS = 128
"""UTF-16 units of a String128, its end included."""
Warn = Callable[[str], None]
"""What takes a sentence about something odd."""


def result_name(result: int) -> str:
    """``kResultFalse`` of 1; the number itself where VST3 has no name for it."""
    return _RESULTS.get(result, f"the unknown result {result}")


def check(result: int, step: str, name: str) -> None:
    """Raise PluginError, naming the step and the plugin, unless the result is kResultOk."""
    if result != OK:
        raise PluginError(f"{name!r}: {step} failed with {result_name(result)}")


class Interface:
    """One interface of a plugin's object, counted up until ``release``. Its methods are those of the interface.

    ``interface.getBusCount(0, 0)`` calls the plugin.
    """

    def __init__(self, pointer: CData) -> None:
        self.pointer = pointer

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or self.__dict__.get("pointer", ffi.NULL) == ffi.NULL:
            raise AttributeError(name)
        method = partial(getattr(self.pointer.vtbl, name), self.pointer)
        self.__dict__[name] = method
        return method

    def release(self) -> None:
        """Give it back. A second call does nothing."""
        pointer = self.__dict__["pointer"]
        self.__dict__.clear()
        self.__dict__["pointer"] = ffi.NULL
        if pointer != ffi.NULL:
            pointer.vtbl.release(pointer)


def wrap(pointer: CData, kind: str) -> Interface:
    """Take over a counted pointer to interface ``kind`` (``IComponent``). Raises PluginError where it has holes."""
    typed = ffi.cast(f"struct vst3_{kind} *", pointer)
    holes = ["its table of functions"] if typed.vtbl == ffi.NULL else _missing(typed.vtbl)
    if holes:
        raise PluginError(f"its {kind} lacks {', '.join(holes)}")
    return Interface(typed)


def _missing(vtbl: CData) -> list[str]:
    fields = ffi.typeof(vtbl[0]).fields
    return [name for name, _ in fields if getattr(vtbl, name) == ffi.NULL]


def query(unknown: Interface, kind: str, warn: Warn | None = None) -> Interface | None:
    """Interface ``kind`` of the same object, None if it has none or one that cannot be used."""
    out = ffi.new("void **")
    result = unknown.queryInterface(getattr(lib, f"vst3_{kind}_iid"), out)
    if result != OK or out[0] == ffi.NULL:
        return None
    try:
        return wrap(out[0], kind)
    except PluginError as error:
        if warn is not None:
            warn(f"{error} and is not used")
        return None


def text16(units: CData) -> str:
    """The text of a ``String128``, which may lack its end. Half surrogates become U+FFFD."""
    return bytes(ffi.buffer(units)).decode("utf-16-le", "replace").split("\0", 1)[0].strip()


def new_text16(text: str = "") -> CData:
    """A ``uint16_t[]`` with this text and its end, at least as long as a String128; longer texts stay whole."""
    raw = text.replace("\0", "").encode("utf-16-le", "replace") + b"\0\0"
    units = list(memoryview(raw).cast("H"))
    return ffi.new("uint16_t[]", units + [0] * (TEXT_UNITS - len(units)))
