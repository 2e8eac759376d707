"""Small things that every call into a CLAP needs: texts that may lack an end, structs that may lack functions."""

from __future__ import annotations

from ..._core import ffi, lib
from ...plugin import CData
from ..shared.warnings import Warn

MOST_TEXT_BYTES = 65536
"""How much of a text behind a pointer is read."""
_LOG_LINES = 3


def text(pointer: CData, most: int = MOST_TEXT_BYTES) -> str:
    """The text behind a ``char *`` (empty for NULL), or in a ``char[]`` that may lack its NUL.

    Bytes that are not UTF-8 become U+FFFD.
    """
    if ffi.typeof(pointer).kind == "array":
        most = len(pointer)
    elif pointer == ffi.NULL:
        return ""
    return str(ffi.string(pointer, most).decode("utf-8", "replace")).strip()


def missing_functions(struct: CData) -> list[str]:
    """Names of the function pointers of a struct that are NULL."""
    fields = ffi.typeof(struct[0]).fields
    return [
        name
        for name, field in fields
        if field.type.kind == "function" or (field.type.kind == "pointer" and field.type.item.kind == "function")
        if getattr(struct, name) == ffi.NULL
    ]


def extension(plugin: CData, names: str | tuple[str, ...], struct: str, warn: Warn) -> CData | None:
    """A plugin's extension as ``const struct <struct> *``, None if it has none or one with holes.

    Of several names (a stable one before that of a draft that is the same) the first that the plugin knows counts.

    Only after ``init()`` (plugin.h: get_extension).
    """
    for name in (names,) if isinstance(names, str) else names:
        pointer = plugin.get_extension(plugin, name.encode())
        if pointer != ffi.NULL:
            break
    else:
        return None
    found = ffi.cast(f"const struct {struct} *", pointer)
    holes = missing_functions(found)
    if holes:
        warn(f"its extension {name} lacks {', '.join(holes)} and is not used")
        return None
    return found


def last_words() -> str:
    """What the plugin logged last, for the error that says that it would not load."""
    line = ffi.new("char[]", lib.IB_LOG_TEXT_BYTES)
    lines: list[str] = []
    while lib.ib_log_pop(line) >= 0:
        lines.append(text(line))
    return "; ".join(lines[-_LOG_LINES:])
