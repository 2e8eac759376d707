"""What is told of a file without a process that loads it: whatever the file is, the look itself ends."""

import os
import struct

import pytest

from isobooth.scan.looks import why_not

HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")


def elf(offset, count=1, size=56):
    """A header of a 64-bit library whose program headers lie at ``offset``."""
    start = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    return HEADER.pack(start, 3, 62, 1, 0, offset, 0, 0, 64, size, count, 0, 0, 0)


@pytest.mark.parametrize("name", ["ladspa", "ladspa0", "clap", "vst2", "vst3", "wclap"])
def test_a_pipe_keeps_nobody_waiting(tmp_path, name):
    pipe = tmp_path / "pipe.so"
    os.mkfifo(pipe)
    assert why_not(name, pipe) == ("it is an empty file" if name == "wclap" else None)


@pytest.mark.parametrize(
    "content",
    [
        elf(1 << 63),
        elf((1 << 64) - 1, count=65535),
        elf(64, count=65535, size=0),
        elf(64) + PROGRAM_HEADER.pack(2, 4, (1 << 64) - 8, 0, 0, (1 << 64) - 1, 0, 8),
        elf(64) + PROGRAM_HEADER.pack(2, 4, 64, 0, 0, 56, 0, 8),
    ],
)
def test_numbers_that_lead_nowhere_are_left_to_the_host(tmp_path, content):
    library = tmp_path / "library.so"
    library.write_bytes(content)
    assert why_not("clap", library) is None
