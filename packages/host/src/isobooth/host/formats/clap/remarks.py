"""What plugins and preset providers have said, read from the list that C keeps (extras.cdef.h)."""

from __future__ import annotations

from dataclasses import dataclass

from ..._core import ffi, lib
from ...plugin import CData
from .call import text


@dataclass(frozen=True)
class Remark:
    """One call of a host function, with its arguments in order."""

    kind: int
    """IB_CLAP_*"""
    numbers: tuple[int, int]
    texts: tuple[str | None, ...]
    """None where the plugin gave NULL."""
    raw: tuple[bytes | None, ...]
    data: bytes

    def text(self, at: int) -> str:
        """A text; empty for NULL."""
        return self.texts[at] or ""

    def exact(self, at: int) -> str | None:
        """A path or key, which has to go back as it came. None for NULL; surrogates for what is not UTF-8."""
        raw = self.raw[at]
        return None if raw is None else raw.decode("utf-8", "surrogateescape")


def take(heard: CData) -> tuple[list[Remark], int]:
    """Everything since the last call, and how many remarks there was no room for."""
    found = [_read(heard.remarks[at]) for at in range(heard.count)]
    lost = int(heard.lost)
    lib.ib_clap_heard_clear(ffi.addressof(heard))
    return found, lost


def _read(remark: CData) -> Remark:
    return Remark(
        kind=remark.kind,
        numbers=(remark.numbers[0], remark.numbers[1]),
        texts=tuple(None if words == ffi.NULL else text(words) for words in remark.texts),
        raw=tuple(None if words == ffi.NULL else ffi.string(words) for words in remark.texts),
        data=bytes(ffi.buffer(remark.data, remark.size)) if remark.size else b"",
    )
