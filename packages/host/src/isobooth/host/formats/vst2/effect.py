"""Calls into one VST2 plugin: its dispatcher, and texts that it writes into room of the host's."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from ..._core import ffi, lib
from ...plugin import CData

TEXT_BYTES = 16384
"""Room for every text, whatever the 8, 24 or 64 bytes that VST 2.4 allows: plugins overrun."""
_ZEROS = bytes(TEXT_BYTES)


class Effect:
    """One ``struct vst2_effect`` and the few ways in which it is called. All methods run on the main thread."""

    def __init__(self, pointer: CData) -> None:
        self.pointer = pointer
        self._room = ffi.new("char[]", TEXT_BYTES)

    def call(self, opcode: int, *, index: int = 0, value: int = 0, ptr: CData = ffi.NULL, opt: float = 0.0) -> int:
        """What the dispatcher returns."""
        return int(self.pointer.dispatcher(self.pointer, opcode, index, value, ptr, opt))

    def ask_text(self, opcode: int, *, index: int = 0, value: int = 0) -> tuple[int, str]:
        """What the dispatcher returns, and what it has written: without white space around it, cut at a NUL."""
        ffi.memmove(self._room, _ZEROS, TEXT_BYTES)
        answered = self.call(opcode, index=index, value=value, ptr=self._room)
        return answered, decode(ffi.string(self._room, TEXT_BYTES))

    def text(self, opcode: int, *, index: int = 0, value: int = 0) -> str:
        """What the dispatcher has written."""
        return self.ask_text(opcode, index=index, value=value)[1]

    def tell(self, opcode: int, text: str, *, index: int = 0) -> int:
        """Give it a text, with as much room behind it as one that it writes itself has."""
        ffi.memmove(self._room, _ZEROS, TEXT_BYTES)
        data = text.replace("\0", "").encode()[: TEXT_BYTES - 1]
        ffi.memmove(self._room, data, len(data))
        return self.call(opcode, index=index, ptr=self._room)

    def can_do(self, ability: str) -> int:
        """1: yes; -1: no; anything else: it does not say."""
        return self.tell(lib.VST2_CAN_DO, ability)

    def struct(self, opcode: int, kind: str, *, index: int = 0, **fields: int) -> tuple[int, CData]:
        """Have it fill a struct, which has room behind it. Returns what the dispatcher returned, and the struct."""
        ffi.memmove(self._room, _ZEROS, TEXT_BYTES)
        filled = ffi.cast(f"struct {kind} *", self._room)
        for name, number in fields.items():
            setattr(filled, name, number)
        return self.call(opcode, index=index, ptr=self._room), filled

    def has(self, flag: int) -> bool:
        """Is this VST2_FLAG_* set now?"""
        return bool(self.pointer.flags & flag)

    @property
    def unique_id(self) -> int:
        """0 … 2 ** 32 - 1."""
        return int(self.pointer.unique_id) & 0xFFFFFFFF

    def get_parameter(self, index: int) -> float:
        """0 … 1; what is no finite number is 0."""
        value = float(self.pointer.get_parameter(self.pointer, index))
        return shortest(min(max(value, 0.0), 1.0)) if math.isfinite(value) else 0.0

    def set_parameter(self, index: int, value: float) -> None:
        """0 … 1, not looked at."""
        self.pointer.set_parameter(self.pointer, index, value)

    @contextmanager
    def changing_program(self) -> Iterator[None]:
        """Between the calls that announce a change of program and end it."""
        self.call(lib.VST2_BEGIN_SET_PROGRAM)
        try:
            yield
        finally:
            self.call(lib.VST2_END_SET_PROGRAM)


def decode(text: bytes) -> str:
    """A text of a plugin: UTF-8, or Latin-1 as old plugins write it. Control characters become spaces."""
    try:
        found = text.decode()
    except UnicodeDecodeError:
        found = text.decode("latin-1")
    return "".join(letter if letter.isprintable() else " " for letter in found).strip()


def field(array: CData) -> str:
    """The text in a ``char[]`` that may lack its NUL."""
    return decode(ffi.string(array, len(array)))


def shortest(value: float) -> float:
    """The number with the fewest digits that is the same float32: 0.1 of 0.10000000149."""
    packed = struct.pack("<f", value)
    for digits in range(1, 9):
        short = float(f"{value:.{digits}g}")
        if struct.pack("<f", short) == packed:
            return short
    return value


def id_text(unique_id: int) -> str:
    """How a plugin is called by its number: the four characters that it stands for, where they are letters and digits.

    A number whose characters are all digits would be taken for that number, and is written as a number.
    """
    letters = unique_id.to_bytes(4, "big").decode("latin-1")
    if letters.isascii() and letters.isalnum() and not letters.isdecimal():
        return letters
    return str(unique_id)


def means(plugin_id: str, unique_id: int) -> bool:
    """Does an id of a user mean this plugin: four characters, a decimal number with or without a sign, or 0x…?"""
    if plugin_id == id_text(unique_id):
        return True
    try:
        return int(plugin_id, 0) & 0xFFFFFFFF == unique_id and -(2**31) <= int(plugin_id, 0) < 2**32
    except ValueError:
        return plugin_id.encode("latin-1", "replace") == unique_id.to_bytes(4, "big")
