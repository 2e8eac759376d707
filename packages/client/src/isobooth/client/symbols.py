"""In which function of a library an address lies, as far as the library itself tells.

ELF (System V ABI, chapters 4 and 5): the tables .symtab and .dynsym hold address, size and kind of every symbol.
"""

from __future__ import annotations

import mmap
import os
import stat
import struct
import sys

import numpy as np

_SYMTAB, _DYNSYM = 2, 11
_FUNCTION, _INDIRECT = 2, 10
_MOST_BYTES = 1 << 32
_MOST_SECTIONS = 100_000
_MOST_NAME = 512
_UNSIZED = np.uint64(4096)
"""Bytes that a function which does not say how long it is may have."""
_HEADER = {
    4: np.dtype([("name", "u4"), ("value", "u4"), ("size", "u4"), ("info", "u1"), ("other", "u1"), ("section", "u2")]),
    8: np.dtype([("name", "u4"), ("info", "u1"), ("other", "u1"), ("section", "u2"), ("value", "u8"), ("size", "u8")]),
}


def function_at(path: str, offset: int) -> str:
    """``name+0x12`` for the nearest function that begins at or before ``offset``; empty where none is known.

    ``path`` comes from a booth and is not trusted: what is no regular file or no ELF file of this machine's byte order
    has no functions. Of the same address, the name of the larger table (.symtab) counts.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError):
        return ""
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or not 64 <= status.st_size <= _MOST_BYTES:
            return ""
        with mmap.mmap(fd, 0, access=mmap.ACCESS_READ) as data:
            return _search(data, offset)
    except (OSError, ValueError, struct.error, OverflowError):  # cut, damaged or out to harm: it tells nothing
        return ""
    finally:
        os.close(fd)


def _search(data: mmap.mmap, offset: int) -> str:
    if data[:4] != b"\x7fELF" or data[5] != (1 if sys.byteorder == "little" else 2):
        return ""
    word = 8 if data[4] == 2 else 4
    best: tuple[int, str] | None = None
    for kind, table, names in _tables(data, word):
        found = _nearest(data, table, names, word, offset)
        if found is not None and (best is None or found[0] > best[0] or (found[0] == best[0] and kind == _SYMTAB)):
            best = found
    return "" if best is None else f"{best[1]}+0x{offset - best[0]:x}"


def _tables(data: mmap.mmap, word: int) -> list[tuple[int, tuple[int, int], tuple[int, int]]]:
    """Kind, place and size of each table of symbols, and of its names."""
    start = struct.unpack_from("=Q" if word == 8 else "=I", data, 40 if word == 8 else 32)[0]
    step, count = struct.unpack_from("=HH", data, 58 if word == 8 else 46)
    sections = []
    for index in range(min(count, _MOST_SECTIONS)):
        at = start + index * step
        kind = struct.unpack_from("=I", data, at + 4)[0]
        if word == 8:
            place, size, link = struct.unpack_from("=QQI", data, at + 24)
        else:
            place, size, link = struct.unpack_from("=III", data, at + 16)
        sections.append((kind, (place, size), link))
    return [
        (kind, place, sections[link][1])
        for kind, place, link in sections
        if kind in {_SYMTAB, _DYNSYM} and link < len(sections)
    ]


def _nearest(
    data: mmap.mmap, table: tuple[int, int], names: tuple[int, int], word: int, offset: int
) -> tuple[int, str] | None:
    shape = _HEADER[word]
    place, size = table
    if place + size > len(data):
        return None
    symbols = np.frombuffer(data[place : place + size - size % shape.itemsize], shape)
    kinds = symbols["info"] & 15
    value, length = symbols["value"].astype(np.uint64), symbols["size"].astype(np.uint64)
    there = np.isin(kinds, (_FUNCTION, _INDIRECT)) & (symbols["section"] != 0) & (value <= offset)
    there &= offset - value < np.where(length == 0, _UNSIZED, length)
    if not there.any():
        return None
    index = int(np.flatnonzero(there)[np.argmax(value[there])])
    start = names[0] + int(symbols["name"][index])
    end = data.find(b"\0", start, start + _MOST_NAME)
    name = data[start:end].decode("utf-8", "replace") if end > start else ""
    return (int(value[index]), name) if name else None
