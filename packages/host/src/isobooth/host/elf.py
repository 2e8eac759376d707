"""Looks into a shared library without loading it: whether it is whole, for which machine, and what it exports.

The dynamic loader maps a file and trusts its numbers: a truncated library ends the process with SIGBUS. So a library is
read here first, and every number in it is held against the size of the file. Only what the loader itself uses counts
(program headers and the dynamic section); section headers are looked at for truncation alone. Source: System V ABI,
gABI chapters 4 and 5, and the GNU hash table as the linker writes it.
"""

from __future__ import annotations

import mmap
import os
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache

MACHINES: dict[int, str] = {
    2: "SPARC",
    3: "x86 (32 bit)",
    8: "MIPS",
    20: "PowerPC",
    21: "PowerPC64",
    22: "S/390",
    40: "ARM (32 bit)",
    43: "SPARC64",
    62: "x86-64",
    183: "ARM64 (aarch64)",
    243: "RISC-V",
    258: "LoongArch",
}
"""Names of the machine numbers (e_machine) that Linux audio machines have."""

_MOST_HEADERS = 65535
_MOST_SYMBOLS = 4_000_000
_MOST_NAME = 4096
_PT_LOAD, _PT_DYNAMIC = 1, 2
_SHT_NOBITS = 8
_DT_NEEDED, _DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ, _DT_GNU_HASH = 1, 4, 5, 6, 10, 0x6FFFFEF5
_LOCAL = 0
_HIDDEN = (1, 2)
_ET_DYN = 3


class ElfError(Exception):
    """A file is no ELF file, or not a whole one. The text is a clause: ``is a text file``."""


@dataclass(frozen=True)
class _Segment:
    kind: int
    offset: int
    address: int
    file_bytes: int


@dataclass(frozen=True)
class Architecture:
    """What two libraries must have in common to be loaded into one process."""

    machine: int
    bits: int
    order: str
    """``<`` or ``>``, as struct spells byte orders."""

    def __str__(self) -> str:
        """For people, such as ``ARM (32 bit)``."""
        name = MACHINES.get(self.machine, f"machine number {self.machine}")
        known = "bit" in name or (self.bits == 64) == ("64" in name)
        return name + ("" if known else f", {self.bits} bit") + ("" if self.order == "<" else ", big endian")


class ElfImage:
    """The bytes of an ELF file, checked. Raises ElfError if they are not a whole one."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self._data = data
        if data[:4] != b"\x7fELF":
            raise ElfError(_what_else(data[:512]))
        if len(data) < 20:
            raise ElfError(f"is a truncated library: {len(data)} bytes are not even its header")
        if data[4] not in {1, 2} or data[5] not in {1, 2}:
            raise ElfError("is a damaged library: its header names no word size or byte order")
        self.bits = 32 * data[4]
        self._order = "<" if data[5] == 1 else ">"
        self.kind, self.machine = self._unpack("HH", 16)
        self._wide = self.bits == 64
        self._segments = self._read_segments()
        self._check_sections()

    @property
    def architecture(self) -> Architecture:
        """For which machine it was built."""
        return Architecture(self.machine, self.bits, self._order)

    @property
    def is_library(self) -> bool:
        """Is it a shared object? Programs are too, if position independent."""
        return self.kind == _ET_DYN

    @cached_property
    def needed(self) -> list[str]:
        """Names of the libraries that it asks the loader for."""
        return [self._name(value) for tag, value in self._dynamic if tag == _DT_NEEDED]

    @cached_property
    def exports(self) -> list[str]:
        """Names of the functions and objects that it defines for others, in the order of its table."""
        names: list[str] = []
        for index in range(1, self._symbol_count()):
            name, info, other, section = self._symbol(index)
            if section == 0 or info >> 4 == _LOCAL or other & 3 in _HIDDEN:
                continue
            names.append(self._name(name))
        return names

    # -- reading ----------------------------------------------------------------------------------------------------

    def _unpack(self, layout: str, offset: int) -> tuple[int, ...]:
        try:
            return struct.unpack_from(self._order + layout, self._data, offset)
        except (struct.error, OverflowError):
            raise ElfError(self._cut(f"a table at byte {offset} is missing")) from None

    def _cut(self, what: str) -> str:
        return f"is a truncated library: it is {len(self._data)} bytes long and {what}"

    def _read_segments(self) -> list[_Segment]:
        start, step, count = (
            (*self._unpack("Q", 32), *self._unpack("HH", 54))
            if self._wide
            else (*self._unpack("I", 28), *self._unpack("HH", 42))
        )
        least = 56 if self._wide else 32
        if count and (step < least or start + step * count > len(self._data)):
            raise ElfError(self._cut("its program headers lie behind that"))
        segments = []
        for at in range(start, start + step * count, step or 1):
            if self._wide:
                kind, _, offset, address, _, size = self._unpack("IIQQQQ", at)
            else:
                kind, offset, address, _, size = self._unpack("IIIII", at)
            if offset + size > len(self._data):
                raise ElfError(self._cut(f"a segment of it reaches to byte {offset + size}"))
            segments.append(_Segment(kind, offset, address, size))
        if not any(segment.kind == _PT_LOAD for segment in segments):
            raise ElfError("is an ELF file with nothing to load (an object file or separate debug data)")
        return segments

    def _check_sections(self) -> None:
        start, step, count = (
            (*self._unpack("Q", 40), *self._unpack("HH", 58))
            if self._wide
            else (*self._unpack("I", 32), *self._unpack("HH", 46))
        )
        if start == 0 or count == 0:
            return
        if step < (64 if self._wide else 40) or start + step * min(count, _MOST_HEADERS) > len(self._data):
            raise ElfError(self._cut("its section headers lie behind that"))
        for at in range(start, start + step * count, step):
            kind = self._unpack("I", at + 4)[0]
            offset, size = self._unpack("QQ", at + 24) if self._wide else self._unpack("II", at + 16)
            if kind not in {0, _SHT_NOBITS} and offset + size > len(self._data):
                raise ElfError(self._cut(f"a section of it reaches to byte {offset + size}"))

    def _at(self, address: int) -> int:
        """Where in the file the byte lies that is mapped at ``address``."""
        for segment in self._segments:
            if segment.kind == _PT_LOAD and segment.address <= address < segment.address + segment.file_bytes:
                return address - segment.address + segment.offset
        raise ElfError(f"is a damaged library: its dynamic section points to {address:#x}, which is no part of it")

    @cached_property
    def _dynamic(self) -> list[tuple[int, int]]:
        layout, step = ("qQ", 16) if self._wide else ("iI", 8)
        entries: list[tuple[int, int]] = []
        for segment in self._segments:
            if segment.kind != _PT_DYNAMIC:
                continue
            for at in range(segment.offset, segment.offset + segment.file_bytes - step + 1, step):
                tag, value = self._unpack(layout, at)
                if tag == 0:
                    return entries
                entries.append((tag, value))
        return entries

    def _entry(self, tag: int) -> int | None:
        return self._first.get(tag)

    @cached_property
    def _first(self) -> dict[int, int]:
        return dict(reversed(self._dynamic))

    def _name(self, offset: int) -> str:
        table, size = self._entry(_DT_STRTAB), self._entry(_DT_STRSZ)
        if table is None or size is None or offset >= size:
            raise ElfError("is a damaged library: a name lies outside its table of names")
        start = self._at(table) + offset
        end = self._data.find(b"\0", start, start + _MOST_NAME)
        if end < 0:
            raise ElfError("is a damaged library: a name has no end")
        return self._data[start:end].decode("utf-8", "replace")

    def _symbol(self, index: int) -> tuple[int, int, int, int]:
        """(name, binding and type, visibility, section) of one entry of the dynamic symbol table."""
        table = self._entry(_DT_SYMTAB)
        if table is None:
            raise ElfError("is a damaged library: it has no table of symbols")
        start = self._at(table)
        if self._wide:
            name, info, other, section = self._unpack("IBBH", start + 24 * index)
        else:
            name, _, _, info, other, section = self._unpack("IIIBBH", start + 16 * index)
        return name, info, other, section

    def _symbol_count(self) -> int:
        """Entries of the dynamic symbol table, as its hash table tells."""
        table = self._entry(_DT_HASH)
        if table is not None:
            return self._bounded(self._unpack("II", self._at(table))[1])
        table = self._entry(_DT_GNU_HASH)
        return 0 if table is None else self._bounded(self._gnu_count(self._at(table)))

    def _gnu_count(self, start: int) -> int:
        buckets, first, words, _ = self._unpack("IIII", start)
        self._bounded(buckets)
        at = start + 16 + words * (8 if self._wide else 4)
        highest = max(self._unpack(f"{buckets}I", at), default=0)
        if highest < first:
            return first
        chains = at + 4 * buckets
        while not self._unpack("I", chains + 4 * (highest - first))[0] & 1:
            highest += 1
        return highest + 1

    @staticmethod
    def _bounded(count: int) -> int:
        if count > _MOST_SYMBOLS:
            raise ElfError(f"is a damaged library: it says that it has {count} symbols")
        return count


def _what_else(data: bytes) -> str:
    """Say what a file is that is no ELF file."""
    if not data:
        return "is an empty file"
    kinds = (
        (b"MZ", "is a Windows library or program, which this host cannot load"),
        (b"\xcf\xfa\xed\xfe", "is a macOS library or program, which this host cannot load"),
        (b"\xca\xfe\xba\xbe", "is a macOS library or program, which this host cannot load"),
        (b"\0asm", "is a WebAssembly module"),
        (b"#!", "is a script"),
        (b"!<arch>", "is a static library (an ar archive)"),
        (b"/* GNU ld script", "is a linker script, not the library itself"),
        (b"PK", "is a zip archive"),
        (b"\x1f\x8b", "is a gzip archive"),
    )
    for start, what in kinds:
        if data.startswith(start):
            return what
    if b"\0" not in data:
        return "is a text file"
    return "is not an ELF file"


@contextmanager
def open_elf(path: str) -> Iterator[ElfImage]:
    """Map a file and check it, for the length of a with-block. Raises ElfError, or OSError if it cannot be read."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe would have us wait
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise ElfError("is a device, pipe, socket or folder")
        if status.st_size == 0:
            raise ElfError(_what_else(b""))
        with mmap.mmap(fd, 0, access=mmap.ACCESS_READ) as data:
            yield ElfImage(data)
    finally:
        os.close(fd)


@lru_cache(maxsize=1)
def our_architecture() -> Architecture | None:
    """That of this process, read from the program that runs it; None where that cannot be read."""
    for path in ("/proc/self/exe", sys.executable):
        try:
            with open_elf(path) as image:
                return image.architecture
        except (OSError, ElfError):
            continue
    return None
