"""The shared-memory layout as Python sees it, read from the same header as the C compiler reads.

The compiled parts of isobooth do not need this: they carry the layout already. It serves tests, tools and peers
written in Python alone, and parses the header at the first use (about 20 ms).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cffi

from . import get_include

if TYPE_CHECKING:
    import numpy as np

HEADER = Path(get_include(), "isobooth", "layout.cdef.h")
"""The one source of truth."""

_NUMPY_NAMES = {
    "int8_t": "i1",
    "uint8_t": "u1",
    "int16_t": "<i2",
    "uint16_t": "<u2",
    "int32_t": "<i4",
    "uint32_t": "<u4",
    "int64_t": "<i8",
    "uint64_t": "<u8",
    "double": "<f8",
}


@lru_cache(maxsize=1)
def ffi() -> cffi.FFI:
    """A cffi object that knows every struct of the layout."""
    parsed = cffi.FFI()
    parsed.cdef(HEADER.read_text(encoding="utf-8"))
    return parsed


@lru_cache(maxsize=1)
def constants() -> dict[str, int]:
    """Every macro of the layout by name, ``IB_LAYOUT_MAJOR`` and so on."""
    library: Any = ffi().dlopen(None)
    return {name: value for name in dir(library) if isinstance(value := getattr(library, name), int)}


def offsets(struct: str) -> dict[str, int]:
    """Byte offset of every field of ``struct``, e.g. ``ib_slot``."""
    return {name: field.offset for name, field in ffi().typeof(f"struct {struct}").fields}


def size(struct: str) -> int:
    """Size of a struct in bytes."""
    return int(ffi().sizeof(f"struct {struct}"))


def dtype(struct: str) -> np.dtype[Any]:
    """A struct as a numpy dtype, padding included.

    Only fixed-width fields exist in the layout; another raises KeyError.
    """
    import numpy as np

    ctype = ffi().typeof(f"struct {struct}")
    names, formats, places = [], [], []
    for name, field in ctype.fields:
        names.append(name)
        formats.append(_numpy_format(field.type))
        places.append(field.offset)
    return np.dtype({"names": names, "formats": formats, "offsets": places, "itemsize": size(struct)})


def _numpy_format(ctype: Any) -> Any:
    if ctype.kind == "array":
        return (_numpy_format(ctype.item), (ctype.length,))
    if ctype.kind == "struct":
        return dtype(ctype.cname.removeprefix("struct "))
    return _NUMPY_NAMES[ctype.cname]
