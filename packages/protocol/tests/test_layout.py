"""The layout as Python reads it against what the C header asserts, and as numpy sees it."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from isobooth.protocol import get_include, layout
from isobooth.protocol.phases import PHASES, phase_name

HEADER = Path(get_include(), "isobooth", "layout.h").read_text(encoding="utf-8")
ASSERTED = {(struct, field): int(at) for struct, field, at in re.findall(r"IB_AT\((\w+), (\w+), (\d+)\)", HEADER)}
SIZES = {struct: int(size) for struct, size in re.findall(r"IB_SIZE\((\w+), (\d+)\)", HEADER)}
STRUCTS = sorted(set(re.findall(r"^struct (\w+) \{", layout.HEADER.read_text(encoding="utf-8"), re.MULTILINE)))


def test_every_struct_has_its_size_asserted():
    assert len(STRUCTS) >= 15
    assert sorted(SIZES) == STRUCTS


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_field_is_asserted_and_where_it_is_said_to_be(struct):
    found = layout.offsets(struct)
    assert {field for name, field in ASSERTED if name == struct} == set(found)
    for field, at in found.items():
        assert ASSERTED[struct, field] == at
    assert layout.size(struct) == SIZES[struct]


@pytest.mark.parametrize("struct", STRUCTS)
def test_dtype(struct):
    kind = layout.dtype(struct)
    assert kind.itemsize == layout.size(struct)
    assert {name: kind.fields[name][1] for name in kind.names} == layout.offsets(struct)
    ends = sorted((at, at + kind.fields[name][0].itemsize) for name, at in layout.offsets(struct).items())
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))
    assert ends[-1][1] == kind.itemsize, "no hidden padding at the end"
    assert all(end == start for (_, end), (start, _) in pairwise(ends)), "no hidden padding between"


def test_dtype_and_cffi_read_the_same_bytes():
    memory = bytearray(np.random.default_rng(0).bytes(layout.size("ib_slot")))
    ours = np.frombuffer(memory, layout.dtype("ib_slot"))[0]
    theirs = layout.ffi().from_buffer("struct ib_slot *", memory)
    for name in ("sequence", "frames", "steady_time", "in_constant_mask", "done", "status", "tail", "process_ns"):
        assert int(ours[name]) == getattr(theirs, name)
    assert int(ours["transport"]["position_samples"]) == theirs.transport.position_samples


def test_constants():
    constants = layout.constants()
    assert constants["IB_HEADER_BYTES"] == layout.size("ib_header")
    assert constants["IB_SLOT_BYTES"] == layout.size("ib_slot")
    assert constants["IB_TAIL_INFINITE"] == 0xFFFFFFFF
    assert (constants["IB_MAGIC_LOW"] | constants["IB_MAGIC_HIGH"] << 32).to_bytes(8, "little") == b"isobooth"


def test_cache_lines_have_one_writer():
    lines = {}
    for field, at in layout.offsets("ib_header").items():
        if field in {"client", "client_bell", "host", "host_bell", "statistics", "crash"}:
            assert at % 64 == 0
            lines[at // 64] = field
    assert len(lines) == 6
    assert layout.offsets("ib_slot")["done"] == 64


def test_phases_are_those_of_the_header():
    numbers = {value: name for name, value in layout.constants().items() if name.startswith("IB_PHASE_")}
    assert sorted(numbers) == list(range(len(PHASES)))
    for value, name in numbers.items():
        assert phase_name(value) == name.removeprefix("IB_PHASE_").lower().replace("_", " ")
    for wrong in (-1, len(PHASES), 2**32 - 1):
        assert phase_name(wrong) == "unknown"


def test_statuses_are_those_of_the_client():
    client = pytest.importorskip("isobooth.client.status")
    for name, value in layout.constants().items():
        word = name.removeprefix("IB_STATUS_")
        if name.startswith("IB_STATUS_") and not word.startswith("FLAG") and word != "AGAIN":
            assert client.BlockStatus(value).name == {"PLUGIN_ERROR": "ERROR"}.get(word, word)


def test_the_headers_are_installed():
    for name in (
        "layout.cdef.h",
        "layout.h",
        "client.h",
        "booth.h",
        "events.h",
        "geometry.h",
        "bell.h",
        "clock.h",
        "spin.h",
    ):
        assert Path(get_include(), "isobooth", name).is_file()
