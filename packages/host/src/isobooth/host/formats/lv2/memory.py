"""Small things of C that Python hands to plugins: texts of the C library's own, numbers of URIs."""

from __future__ import annotations

from ..._core import ffi, lib
from ...plugin import CData


def _of_libc(name: str, kind: str) -> CData:
    return ffi.cast(kind, lib.dlsym(ffi.NULL, name.encode()))


_strdup = _of_libc("strdup", "char *(*)(char const *)")
_free = _of_libc("free", "void (*)(void *)")


def c_text(text: bytes) -> CData:
    """A copy as ``char *`` that free() may free: there are plugins that do so themselves."""
    return _strdup(text)  # type: ignore[no-any-return]


def free(pointer: CData) -> None:
    """Give back what ``c_text`` made."""
    _free(pointer)


def urid(uri: str) -> int:
    """The number of a URI in this process."""
    return int(lib.ib_lv2_map(uri.encode("utf-8", "surrogateescape")))


def uri_of(number: int) -> str:
    """The URI behind a number, empty for one that nobody has given out."""
    text = lib.ib_lv2_unmap(number)
    return "" if text == ffi.NULL else ffi.string(text).decode("utf-8", "surrogateescape")
