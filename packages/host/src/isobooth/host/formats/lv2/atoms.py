"""Numbers of URIs inside of atoms: they hold for one process, so a state keeps the URIs instead (lv2 atom.h).

Only the containers that the atom extension defines are looked into. Bodies that do not add up are left as they are.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from .uris import ATOM

Exchange = Callable[[int], int]
"""From a number of one numbering to that of the other; 0 stays 0."""
NameOf = Callable[[int], str]
"""The URI behind a number of the numbering that a body is in; empty for none."""

_HEAD = struct.Struct("=II")
_SEQUENCE_EVENT = 8
_MOST_DEPTH = 32
_OBJECTS = frozenset({f"{ATOM}Object", f"{ATOM}Resource", f"{ATOM}Blank"})


class _OddBody(ValueError):
    """A body is shorter than what it says."""


def translate(type_uri: str, body: bytes, name_of: NameOf, exchange: Exchange) -> bytes:
    """A body of that type with every number of a URI exchanged."""
    area = bytearray(body)
    try:
        _Walk(area, name_of, exchange).body(type_uri, 0, len(area), 0)
    except _OddBody:
        return body
    return bytes(area)


class _Walk:
    def __init__(self, area: bytearray, name_of: NameOf, exchange: Exchange) -> None:
        self._area, self._name_of, self._exchange = area, name_of, exchange

    def _number(self, at: int, end: int) -> int:
        """Exchange the number there; returns what it was."""
        if at + 4 > end:
            raise _OddBody
        (number,) = struct.unpack_from("=I", self._area, at)
        struct.pack_into("=I", self._area, at, self._exchange(number))
        return int(number)

    def body(self, type_uri: str, at: int, end: int, depth: int) -> None:
        """Exchange everything in the body of an atom of a type."""
        if depth > _MOST_DEPTH:
            raise _OddBody
        if type_uri == f"{ATOM}URID":
            self._number(at, end)
        elif type_uri == f"{ATOM}Literal":
            self._number(at, end)
            self._number(at + 4, end)
        elif type_uri == f"{ATOM}Property":
            self._property(at, end, depth)
        elif type_uri == f"{ATOM}Tuple":
            while at < end:
                at = self._atom(at, end, depth)
        elif type_uri in _OBJECTS:
            self._number(at, end)
            self._number(at + 4, end)
            at += 8
            while at < end:
                at = self._property(at, end, depth)
        elif type_uri == f"{ATOM}Vector":
            self._vector(at, end, depth)
        elif type_uri == f"{ATOM}Sequence":
            self._number(at, end)
            at += 8
            while at < end:
                at = self._atom(at + _SEQUENCE_EVENT, end, depth)

    def _atom(self, at: int, end: int, depth: int) -> int:
        """One whole atom; where the next one begins."""
        if at + _HEAD.size > end:
            raise _OddBody
        size = int(struct.unpack_from("=I", self._area, at)[0])
        kind = self._name_of(self._number(at + 4, end))
        start = at + _HEAD.size
        if start + size > end:
            raise _OddBody
        self.body(kind, start, start + size, depth + 1)
        return start + (size + 7) // 8 * 8

    def _property(self, at: int, end: int, depth: int) -> int:
        self._number(at, end)
        self._number(at + 4, end)
        return self._atom(at + 8, end, depth)

    def _vector(self, at: int, end: int, depth: int) -> None:
        if at + _HEAD.size > end:
            raise _OddBody
        (size,) = struct.unpack_from("=I", self._area, at)
        kind = self._name_of(self._number(at + 4, end))
        at += _HEAD.size
        while size and at + size <= end:
            self.body(kind, at, at + size, depth + 1)
            at += size
