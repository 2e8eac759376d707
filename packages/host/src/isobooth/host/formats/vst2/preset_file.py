"""Preset files of VST 2.4: .fxp holds one program, .fxb a bank of them.

All numbers are big endian. A file begins ``CcnK``, the number of bytes that follow (uint32), its kind, the version of
the form, the plugin's unique id, the plugin's version (uint32 each). Kinds:

``FxCk``  a program: number of parameters (uint32), name (28 bytes), a float32 for each parameter
``FPCh``  a program: number of parameters, name, number of bytes (uint32), a chunk of the plugin's own
``FxBk``  a bank: number of programs, 128 bytes, then each program as a whole ``FxCk`` file
``FBCh``  a bank: number of programs, 128 bytes, number of bytes, a chunk

From version 2 on, the first four of a bank's 128 bytes are the number of the present program.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field

from isobooth.protocol.errors import StateError

MAGIC = b"CcnK"
VERSION = 1
BANK_VERSION = 2
_HEAD = struct.Struct(">4sI4s4I")
_COUNTED = 8
"""Bytes at the beginning that the size in a file does not count."""
_NAME_BYTES = 28
_BANK_BYTES = 128
_SIZE = struct.Struct(">I")
_MOST_PROGRAMS = 10_000
_NEWEST = 2


@dataclass
class Program:
    """One program: values or a chunk."""

    name: str = ""
    values: list[float] = field(default_factory=list)
    """0 … 1, by the parameter's number."""
    chunk: bytes | None = None


@dataclass
class PresetFile:
    """What a file holds. A bank holds programs, or a chunk for all of them."""

    unique_id: int
    plugin_version: int
    is_bank: bool
    programs: list[Program] = field(default_factory=list)
    """One, if it is no bank."""
    chunk: bytes | None = None
    count: int = 0
    """Programs, or parameters of a single one, that the file says the plugin has."""
    current: int | None = None
    """The present program of a bank, where the file tells."""


def is_preset_file(data: bytes) -> bool:
    """Does it begin as one?"""
    return data[:4] == MAGIC


# -- write ------------------------------------------------------------------------------------------------------------


def write_preset_file(preset: PresetFile) -> bytes:
    """The bytes of a file."""
    if not preset.is_bank:
        return _write_program(preset, preset.programs[0])
    future = struct.pack(">i", preset.current or 0).ljust(_BANK_BYTES, b"\0")
    if preset.chunk is not None:
        return _write(b"FBCh", preset, BANK_VERSION, preset.count, future + _with_size(preset.chunk))
    programs = b"".join(_write_program(preset, program) for program in preset.programs)
    return _write(b"FxBk", preset, BANK_VERSION, len(preset.programs), future + programs)


def _write_program(preset: PresetFile, program: Program) -> bytes:
    name = program.name.encode()[: _NAME_BYTES - 1]
    name = name.decode("utf-8", "ignore").encode().ljust(_NAME_BYTES, b"\0")  # no letter is cut in two
    if program.chunk is not None:
        return _write(b"FPCh", preset, VERSION, preset.count, name + _with_size(program.chunk))
    values = struct.pack(f">{len(program.values)}f", *program.values)
    return _write(b"FxCk", preset, VERSION, len(program.values), name + values)


def _with_size(chunk: bytes) -> bytes:
    return _SIZE.pack(len(chunk)) + chunk


def _write(kind: bytes, preset: PresetFile, version: int, count: int, rest: bytes) -> bytes:
    size = _HEAD.size - _COUNTED + len(rest)
    plugin = preset.unique_id & 0xFFFFFFFF, preset.plugin_version & 0xFFFFFFFF
    return _HEAD.pack(MAGIC, size, kind, version, *plugin, count) + rest


# -- read -------------------------------------------------------------------------------------------------------------


class _Reader:
    """Takes bytes from the front, and says what is missing."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data, self._at, self._what = data, 0, what

    def wrong(self, reason: str) -> StateError:
        return StateError(f"{self._what} is no usable preset file of a VST2 plugin: {reason}")

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, size: int, what: str) -> bytes:
        if size > self.left:
            raise self.wrong(f"{what} would be {size} bytes long, {self.left} are left")
        self._at += size
        return self._data[self._at - size : self._at]

    def head(self) -> tuple[bytes, int, int, int, int]:
        """Kind, version, unique id, plugin's version, count. The size in the head is not believed: many lie."""
        magic, _, *rest = _HEAD.unpack(self.take(_HEAD.size, "its head"))
        kind, version, unique_id, plugin_version, count = rest
        if magic != MAGIC:
            raise self.wrong(f"it begins with {magic!r}, not with {MAGIC!r}")
        if not 1 <= version <= _NEWEST:
            raise self.wrong(f"its form is version {version}; 1 and {_NEWEST} are known")
        return kind, version, unique_id, plugin_version, count

    def program(self, kind: bytes, count: int) -> Program:
        """What follows the head of a program."""
        name = self.take(_NAME_BYTES, "its name").split(b"\0")[0].decode("utf-8", "replace").strip()
        if kind == b"FPCh":
            return Program(name, chunk=self.chunk())
        if kind != b"FxCk":
            raise self.wrong(f"{kind!r} is no kind of program")
        values = struct.unpack(f">{count}f", self.take(4 * count, f"a list of {count} values"))
        return Program(name, [value if math.isfinite(value) else 0.0 for value in values])

    def chunk(self) -> bytes:
        (size,) = _SIZE.unpack(self.take(_SIZE.size, "the size of its chunk"))
        return self.take(size, "its chunk")


def read_preset_file(data: bytes, what: str) -> PresetFile:
    """Take a file apart. Raises StateError, which calls it ``what``, for one that is damaged or of another kind."""
    reader = _Reader(data, what)
    kind, version, unique_id, plugin_version, count = reader.head()
    preset = PresetFile(unique_id, plugin_version, is_bank=kind in {b"FxBk", b"FBCh"}, count=count)
    if not preset.is_bank:
        preset.programs = [reader.program(kind, count)]
        return preset
    (current,) = struct.unpack_from(">i", reader.take(_BANK_BYTES, "the head of its bank"))
    if version >= BANK_VERSION:
        preset.current = current
    if kind == b"FBCh":
        preset.chunk = reader.chunk()
        return preset
    if count > _MOST_PROGRAMS:
        raise reader.wrong(f"it says that it has {count} programs")
    for _ in range(count):
        inner, _, _, _, parameters = reader.head()
        preset.programs.append(reader.program(inner, parameters))
    return preset
