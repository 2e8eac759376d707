"""States, programs and preset files of VST2 plugins."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isobooth.host.formats.vst2.preset_file import PresetFile, Program, read_preset_file, write_preset_file
from isobooth.host.formats.vst2.programs import current_program
from isobooth.protocol.errors import PluginError, StateError

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst2_booth import WitnessBooth

ID = 0x57695431


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.getbasetemp()


@pytest.fixture(params=[(), ("-DCHUNKS",)], ids=["parameters", "chunks"])
def booth(folder, request):
    with WitnessBooth(folder, *request.param) as made:
        yield made


def values(booth):
    return [booth.plugin.values()[number] for number in range(4)]


def set_values(booth, *wanted):
    for number, value in enumerate(wanted):
        booth.witness.effect.set_parameter(booth.witness.effect, number, value)


# -- states -----------------------------------------------------------------------------------------------------------


def test_save_and_restore(booth):
    set_values(booth, 0.125, 0.25, 0.5, 1.0)
    state = booth.plugin.save_state()
    assert booth.plugin.save_state() == state
    set_values(booth, 0.0, 0.0, 0.0, 0.0)
    booth.plugin.load_state(state)
    assert values(booth) == [0.125, 0.25, 0.5, 1.0]


def test_the_program_and_the_bypass_belong_to_a_state(folder):
    with WitnessBooth(folder) as booth:
        bypass = booth.plugin.descriptor.parameters[-1].id
        booth.plugin.load_preset("program:2", "")
        booth.plugin._description.parameters.set_value(bypass, 1.0)
        state = booth.plugin.save_state()
        booth.plugin.load_preset("program:0", "")
        booth.plugin._description.parameters.set_value(bypass, 0.0)
        booth.plugin.load_state(state)
        assert booth.plugin.values()[bypass] == 1.0
        assert values(booth)[0] == pytest.approx(1 / 3)
        assert booth.witness.began == booth.witness.ended == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda state: b"", "no state of 'Witness'"),
        (lambda state: b"garbage" * 20, "no state of 'Witness'"),
        (lambda state: state[:20], "its header alone takes"),
        (lambda state: state[:-1], "are left"),
        (lambda state: state + b"x", "bytes follow its last part"),
        (lambda state: state[:8] + b"\x09" + state[9:], "version 9, this host knows"),
        (lambda state: state[:12] + b"\x00" + state[13:], "belongs to another plugin"),
        (lambda state: state[:28] + b"\xff" + state[29:], "255 parts"),
    ],
)
def test_states_that_are_none_change_nothing(booth, change, reason):
    before = values(booth)
    with pytest.raises(StateError, match=reason):
        booth.plugin.load_state(change(booth.plugin.save_state()))
    assert values(booth) == before


def test_a_chunk_that_cannot_be(folder):
    with WitnessBooth(folder, "-DCHUNKS") as booth:
        booth.witness.chunk_bytes = -1
        with pytest.raises(StateError, match="has -1 bytes: that cannot be"):
            booth.plugin.save_state()
        booth.witness.chunk_bytes = 0
        state = booth.plugin.save_state()
        booth.witness.refuse_bank = -1
        with pytest.raises(StateError, match="refused the state"):
            booth.plugin.load_state(state)


def test_a_chunk_for_a_build_without_chunks(folder):
    with WitnessBooth(folder, "-DCHUNKS") as booth:
        state, preset = booth.plugin.save_state(), booth.plugin.save_preset("a.fxp")
    with WitnessBooth(folder) as booth:
        for data in (state, preset):
            with pytest.raises(StateError, match="holds a chunk, and 'Witness' takes none"):
                booth.plugin.load_state(data)


def test_a_state_of_another_version_is_taken_with_a_word(booth):
    state = bytearray(booth.plugin.save_state())
    state[16:20] = struct.pack("<I", 6)
    booth.plugin.load_state(bytes(state))
    assert "was made by version 6 of it; this is 7" in booth.plugin.warnings[0]


# -- programs ---------------------------------------------------------------------------------------------------------


def test_programs(booth):
    booth.plugin.load_preset("program:1", "")
    assert values(booth)[0] == 0.5
    assert (booth.witness.began, booth.witness.ended) == (1, 1)
    for wrong in ("program:3", "program:-1", "program:x", "other", ""):
        with pytest.raises(PluginError, match="3 programs, program:0 to program:2"):
            booth.plugin.load_preset(wrong, "")


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Warm.fxp", "All of it.fxb"])
def test_preset_files(booth, name, tmp_path):
    set_values(booth, 0.125, 0.25, 0.5, 1.0)
    path = tmp_path / name
    path.write_bytes(booth.plugin.save_preset(name))
    set_values(booth, 0.0, 0.0, 0.0, 0.0)
    booth.plugin.load_preset("", str(path))
    assert values(booth) == [0.125, 0.25, 0.5, 1.0]
    kind = path.read_bytes()[8:12]
    assert kind == (b"F" + (b"P" if name.endswith("p") else b"B") + b"Ch" if booth.plugin.save_state().count(b"Bank")
                    else b"Fx" + (b"C" if name.endswith("p") else b"B") + b"k")  # fmt: skip


def test_a_bank_holds_all_programs_and_their_names(folder):
    with WitnessBooth(folder) as booth:
        bank = read_preset_file(booth.plugin.save_preset("x.fxb"), "it")
        assert [program.name for program in bank.programs] == ["Prog 0", "Prog 1", "Prog 2"]
        assert (bank.unique_id, bank.plugin_version, bank.current) == (ID, 7, 0)
        bank.programs[1].name, bank.programs[1].values[0], bank.current = "Renamed", 0.75, 1
        booth.plugin.load_state(write_preset_file(bank))
        assert values(booth)[0] == 0.75
        booth.plugin._look_at_programs()
        assert booth.plugin.descriptor.presets[1].name == "Renamed"
        assert len(booth.plugin.take_notices()) == 1
        booth.start()
        assert read_preset_file(booth.plugin.save_preset("x.fxb"), "it") == bank
        assert values(booth)[0] == 0.75  # the present program is again what it was


@pytest.mark.parametrize("flags", [(), ("-DCHUNKS",)], ids=["parameters", "chunks"])
def test_a_program_of_a_bank_and_a_program_for_a_file(folder, flags, tmp_path):
    with WitnessBooth(folder, *flags) as booth:
        bank, single = tmp_path / "x.fxb", tmp_path / "x.fxp"
        bank.write_bytes(booth.plugin.save_preset("x.fxb"))
        booth.plugin.load_preset("program:2", str(bank))
        assert values(booth)[0] == pytest.approx(1 / 3)
        assert current_program(booth.plugin._effect) == 2
        set_values(booth, 0.75, 0.75, 0.75, 0.75)
        single.write_bytes(booth.plugin.save_preset("x.fxp"))
        booth.plugin.load_preset("program:1", str(single))
        assert values(booth) == [0.75] * 4
        assert current_program(booth.plugin._effect) == 1
        with pytest.raises(PluginError, match="has no preset 'program:3'"):
            booth.plugin.load_preset("program:3", str(bank))


def test_the_bytes_of_a_program_file():
    """By hand: the form is known to every host."""
    program = PresetFile(ID, 7, is_bank=False, programs=[Program("Name", [0.5, 1.0])])
    assert write_preset_file(program) == (
        b"CcnK" + struct.pack(">I", 56) + b"FxCk" + struct.pack(">4I", 1, ID, 7, 2) + b"Name".ljust(28, b"\0")
        + struct.pack(">2f", 0.5, 1.0)
    )  # fmt: skip
    chunk = PresetFile(ID, 7, is_bank=False, programs=[Program("é" * 20, chunk=b"abc")], count=4)
    assert write_preset_file(chunk) == (
        b"CcnK" + struct.pack(">I", 59 - 4) + b"FPCh" + struct.pack(">4I", 1, ID, 7, 4)
        + ("é" * 13).encode().ljust(28, b"\0") + struct.pack(">I", 3) + b"abc"
    )  # fmt: skip


def test_a_bank_of_version_1_tells_no_present_program():
    data = (
        b"CcnK" + struct.pack(">I", 0) + b"FBCh" + struct.pack(">4I", 1, ID, 7, 3) + bytes(128) + struct.pack(">I", 2)
        + b"xy"
    )  # fmt: skip
    bank = read_preset_file(data, "it")
    assert (bank.current, bank.chunk, bank.count, bank.is_bank) == (None, b"xy", 3, True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data[:20], "its head would be 28 bytes long, 20 are left"),
        (lambda data: data[:8] + b"Nope" + data[12:], "b'Nope' is no kind of program"),
        (lambda data: data[:15] + b"\x07" + data[16:], "its form is version 7"),
        (lambda data: data[:24] + b"\xff\xff\xff\xff" + data[28:], "a list of 4294967295 values"),
        (lambda data: data[:-1], "a list of 4 values would be 16 bytes long, 15 are left"),
        (lambda data: data[:16] + b"Else" + data[20:], "belongs to another plugin: its id is Else"),
    ],
)
def test_files_that_are_wrong(folder, change, reason, tmp_path):
    with WitnessBooth(folder) as booth:
        path = tmp_path / "wrong.fxp"
        path.write_bytes(change(booth.plugin.save_preset("x.fxp")))
        with pytest.raises(StateError, match=reason):
            booth.plugin.load_preset("", str(path))
        with pytest.raises(PluginError, match="is no file"):
            booth.plugin.load_preset("", str(tmp_path))


@given(st.binary(max_size=300), st.sampled_from([b"FxCk", b"FPCh", b"FxBk", b"FBCh", b"Else"]))
@settings(max_examples=300, deadline=None)
def test_no_bytes_break_the_reader(data, kind):
    for blob in (data, b"CcnK\0\0\0\0" + kind + b"\0\0\0\1" + data):
        try:
            read_preset_file(blob, "it")
        except StateError as error:
            assert str(error).startswith("it is no usable preset file")


@given(
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.lists(
        st.tuples(st.text(alphabet="abc é", max_size=12), st.lists(st.floats(0, 1, width=32), max_size=5)),
        min_size=1,
        max_size=4,
    ),
)
@settings(deadline=None)
def test_what_is_written_is_read(number, is_bank, programs):
    made = PresetFile(number, 1, is_bank, [Program(name.strip(), list(numbers)) for name, numbers in programs])
    made.programs = made.programs if is_bank else made.programs[:1]
    found = read_preset_file(write_preset_file(made), "it")
    assert (found.unique_id, found.is_bank, found.programs) == (number, is_bank, made.programs)
