"""Whether a candidate is worth a process: a look at its bytes, without loading it.

A folder may hold ten thousand files that merely end like plugins. Only what is certain is turned away here; where there
is doubt, the host looks and says why in the loader's words.
"""

from __future__ import annotations

import mmap
import os
import stat
import struct
from pathlib import Path

from .wclap_bundle import why_no_wclap

_ENTRIES: dict[str, tuple[bytes, ...]] = {
    "clap": (b"clap_entry\0",),
    "vst3": (b"GetPluginFactory\0",),
    "vst2": (b"VSTPluginMain\0", b"main\0"),
    "ladspa": (b"ladspa_descriptor\0",),
    "ladspa0": (b"\0UG_",),
}
"""What the file of a plugin holds somewhere: the end of an entry's name, since linkers let names share their ends."""

_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "a program or library for Windows"),
    (b"\xcf\xfa\xed\xfe", "a program or library for macOS"),
    (b"\xca\xfe\xba\xbe", "a program or library for macOS"),
    (b"!<arch>\n", "an archive of object files"),
    (b"#!", "a script"),
    (b"version https://git-lfs", "the stand-in of a file in Git LFS"),
)
_RUNTIME = (
    "libc.",
    "libm.",
    "libdl.",
    "libpthread.",
    "librt.",
    "libstdc++.",
    "libgcc_s.",
    "libc++",
    "ld-",
    "linux-vdso",
)
"""Libraries of C and C++ themselves: no entry of a plugin is in them."""
_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NEEDED, _DT_STRTAB = 1, 5
_MOST_DYNAMIC = 1 << 16  # bytes of a table that is looked at; real ones have a few hundred


def why_not(format: str, path: str | os.PathLike[str]) -> str | None:  # noqa: A002  (the word that users know)
    """Return why a candidate is no plugin of the format; empty where that is nothing to speak of; None: ask the host.

    LADSPA and its first proposal share folders and suffix, so that a file without symbols of the latter is silently
    none. A library that does not hold the name of an entry itself can still get it of another library that it needs,
    as dlsym() does: None then, unless all that it needs is the runtime of C and C++. None for what cannot be read, too.
    """
    if format == "vst3" and Path(path).is_dir():
        return _why_no_bundle(path)
    if format == "wclap":
        return why_no_wclap(os.fspath(path))
    entries = _ENTRIES.get(format)
    if entries is None:
        return None
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe would have us wait
        with os.fdopen(handle, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return None
            head = file.read(512)
            if head[:4] != b"\x7fELF":
                return "" if format == "ladspa0" else f"it is no library, but {_kind(head)}"
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                if any(content.find(entry) >= 0 for entry in entries):
                    return None
                if format == "ladspa0":
                    return ""
                return f"it is a library, but exports no {_name(entries[0])}" if _needs_runtime_only(content) else None
    except (OSError, ValueError):  # it went away, or shrank
        return None


def _why_no_bundle(path: str | os.PathLike[str]) -> str | None:
    try:
        with os.scandir(Path(path, "Contents")) as listing:
            return None if any(True for _ in listing) else "it is a VST3 bundle with nothing in it"
    except (FileNotFoundError, NotADirectoryError):
        return "it is a folder with the name of a VST3 bundle, but without Contents"
    except OSError:
        return None


def _name(entry: bytes) -> str:
    return entry.strip(b"\0").decode()


def _kind(head: bytes) -> str:
    if not head:
        return "an empty file"
    for start, kind in _KINDS:
        if head.startswith(start):
            return kind
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end < len(head) - 1:  # more than a letter cut by the end
            return "a file of another kind"
        text = head[: error.start].decode("utf-8")
    return "a text" if all(letter.isprintable() or letter.isspace() for letter in text) else "a file of another kind"


def _needs_runtime_only(content: mmap.mmap) -> bool:
    """Whether all libraries that a library names are those of C and C++. False for what cannot be told.

    Source: System V ABI, "Program Header" and "Dynamic Section".
    """
    try:
        return all(name.startswith(_RUNTIME) for name in _needed(content))
    except (struct.error, OverflowError, ValueError, IndexError, UnicodeDecodeError, StopIteration):
        return False


def _needed(content: mmap.mmap) -> list[str]:
    wide, order = content[4] == 2, "<" if content[5] == 1 else ">"
    offset, size, count = (
        struct.unpack_from(f"{order}Q", content, 32) + struct.unpack_from(f"{order}HH", content, 54)
        if wide
        else struct.unpack_from(f"{order}I", content, 28) + struct.unpack_from(f"{order}HH", content, 42)
    )
    segments = []  # kind, offset, address, size in the file
    for index in range(count):
        at = offset + index * size
        if wide:
            kind, _, start, address, _, length = struct.unpack_from(f"{order}IIQQQQ", content, at)
        else:
            kind, start, address, _, length = struct.unpack_from(f"{order}IIIII", content, at)
        segments.append((kind, start, address, length))
    _, start, _, length = next(one for one in segments if one[0] == _PT_DYNAMIC)
    word = f"{order}qQ" if wide else f"{order}iI"
    table = content[start : start + min(length, _MOST_DYNAMIC)]
    entries = list(struct.iter_unpack(word, table[: len(table) // struct.calcsize(word) * struct.calcsize(word)]))
    strings = next(value for tag, value in entries if tag == _DT_STRTAB)
    base = next(
        begin + strings - address
        for kind, begin, address, length in segments
        if kind == _PT_LOAD and address <= strings < address + length
    )
    names = []
    for tag, value in entries:
        if tag == _DT_NEEDED:
            end = content.find(b"\0", base + value)
            names.append(content[base + value : end].decode())
    return names
