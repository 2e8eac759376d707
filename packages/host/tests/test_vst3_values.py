"""VST3 without a plugin: arrangements and layouts, shapes of parameters, preset files, the state's container."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isobooth.host.formats.vst3 import container, preset_file
from isobooth.host.formats.vst3.arrangements import candidates, channels_of, layout_of
from isobooth.host.formats.vst3.interface import new_text16, text16
from isobooth.host.formats.vst3.mapping import find_mapping, neat
from isobooth.host.formats.vst3.presets import find_preset_files, folder_name, program_of
from isobooth.protocol.descriptors import PluginDescriptor
from isobooth.protocol.errors import PluginError, StateError

CLASS_ID = "0123456789ABCDEF0123456789ABCDEF"

# -- arrangements -----------------------------------------------------------------------------------------------------


def test_layouts_have_the_speakers_of_the_vst3_headers():
    assert candidates(1, "mono") == [1 << 19]
    assert candidates(2)[0] == 0b11
    assert candidates(6, "5.1") == [0b111111]
    assert candidates(12, "7.1.4") == [0b111111 | 1 << 9 | 1 << 10 | 1 << 12 | 1 << 14 | 1 << 15 | 1 << 17]
    assert candidates(4, "ambisonic") == [0b1111 << 20]
    assert channels_of(candidates(9, "ambisonic")[0]) == 9
    assert candidates(36, "ambisonic") == [0xFFFFFFFFF]


@pytest.mark.parametrize("channels", range(1, 65))
def test_every_number_of_channels_has_an_arrangement_and_a_layout(channels):
    found = candidates(channels)
    assert len(set(found)) == len(found)
    assert {channels_of(one) for one in found} == {channels}
    for one in found:
        layout = layout_of(one, channels)
        assert layout == "surround" or one in candidates(channels, layout) or channels <= 2


def test_what_is_no_arrangement_says_so():
    with pytest.raises(PluginError, match="no layout of VST3"):
        candidates(2, "spiral")
    with pytest.raises(PluginError, match="has 6 channels, not 2"):
        candidates(2, "5.1")
    with pytest.raises(PluginError, match="ambisonic"):
        candidates(5, "ambisonic")
    with pytest.raises(PluginError, match="1 to 64"):
        candidates(65)
    assert layout_of(0, 3) == ""
    assert layout_of(0b11, 5) == ""


# -- shapes of parameters ---------------------------------------------------------------------------------------------


def always():
    return True


def test_a_line_is_told_from_a_curve():
    line = find_mapping(lambda x: -80 + 100 * x, 0, always)
    assert (line.kind, line.minimum, line.maximum) == ("linear", -80, 20)
    falling = find_mapping(lambda x: 10 - 5 * x, 0, always)
    assert (falling.kind, falling.minimum, falling.maximum, falling.at_zero) == ("linear", 5, 10, 10)
    curve = find_mapping(lambda x: 20 * 1000**x, 0, always)
    assert (curve.kind, curve.minimum, len(curve.points)) == ("curve", 20, 1025)
    assert curve.maximum == pytest.approx(20000)
    assert find_mapping(lambda x: 20 * 1000**x, 0, lambda: False).kind == "normal"


def test_float32_leaves_no_traces():
    line = find_mapping(lambda x: float(struct.unpack("f", struct.pack("f", 0.1 + 99.9 * x))[0]), 0, always)
    assert (line.minimum, line.maximum) == (0.1, 100.0)
    assert neat(0.123456789, 1.0) == 0.1234568
    assert neat(0.123456789, 1e-6) == 0.123456789


def test_steps():
    assert find_mapping(lambda x: min(4, math.floor(x * 5)) - 2, 4, always).kind == "stepped"
    even = find_mapping(lambda x: x, 4, always)
    assert (even.kind, even.maximum, even.steps) == ("linear", 1.0, 4)
    rounded = find_mapping(lambda x: round(x * 32768), 32767, always)
    assert (rounded.kind, rounded.maximum, rounded.steps) == ("linear", 32768, 32767)
    assert find_mapping(lambda x: x, 1 << 30, always).steps == 0


@pytest.mark.parametrize(
    "odd",
    [lambda _: math.nan, lambda _: 3.0, lambda x: math.inf * (x - 0.5), lambda x: math.sin(6 * x), lambda _: 1e308],
)
@pytest.mark.parametrize("steps", [0, 3])
def test_what_has_no_shape_keeps_its_normalised_values(odd, steps):
    mapping = find_mapping(odd, steps, always)
    assert (mapping.kind, mapping.minimum, mapping.maximum, mapping.steps) == ("normal", 0.0, 1.0, steps)


# -- texts ------------------------------------------------------------------------------------------------------------


@given(st.text())
def test_texts_survive_utf_16(text):
    there = text.replace("\0", "").encode("utf-16-le", "replace").decode("utf-16-le").strip()
    assert text16(new_text16(text)) == there


def test_half_a_surrogate_and_a_missing_end_are_no_harm():
    units = new_text16("x" * 127)
    units[5], units[127] = 0xD83D, ord("y")
    assert text16(units) == "xxxxx\N{REPLACEMENT CHARACTER}" + "x" * 121 + "y"


# -- preset files -----------------------------------------------------------------------------------------------------


def test_a_preset_file_comes_back_as_it_was_written():
    chunks = {preset_file.COMPONENT: b"component", preset_file.CONTROLLER: b"", preset_file.INFO: b"<x/>"}
    data = preset_file.write_preset(CLASS_ID.lower(), chunks)
    assert data[:8] == b"VST3\1\0\0\0"
    assert data[8:40] == CLASS_ID.encode()
    assert struct.unpack_from("<q", data, 40)[0] == data.index(b"List") == 48 + 9 + 0 + 4
    found = preset_file.read_preset(data, "it")
    assert (found.class_id, found.chunks) == (CLASS_ID, chunks)


@given(st.data())
def test_no_preset_file_is_too_damaged_to_say_so(data):
    whole = preset_file.write_preset(CLASS_ID, {b"Comp": b"abc" * 5, b"Cont": b"defg"})
    damaged = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 6))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = preset_file.read_preset(bytes(damaged), "it")
    except StateError as error:
        assert "it is no usable VST3 preset: " in str(error)
    else:
        assert all(len(chunk) <= len(damaged) for chunk in found.chunks.values())


def test_the_info_of_a_preset_is_xml_whatever_its_name():
    text = preset_file.info_xml({"Name": 'a"<&\0\x07', "Vendor": ""}).decode()
    assert "Vendor" not in text
    assert "&lt;&amp;" in text
    assert "\0" not in text


def test_preset_files_are_found_by_vendor_name_and_class(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".vst3" / "presets" / "A_B" / "Amp" / "Bank"
    folder.mkdir(parents=True)
    (folder / "Loud.vstpreset").write_bytes(preset_file.write_preset(CLASS_ID, {}))
    (folder / "Other.vstpreset").write_bytes(preset_file.write_preset("F" * 32, {}))
    (folder / "Broken.vstpreset").write_bytes(b"VST3")
    plugin = PluginDescriptor(format="vst3", path="/x", id=CLASS_ID, name="Amp", vendor="A/B")
    (found,) = find_preset_files(plugin)
    assert (found.name, found.bank, found.is_factory, found.id) == ("Loud", "Bank", False, found.path)
    assert folder_name("../..") == "_"


def test_ids_of_programs():
    assert program_of("program:-3:7") == (-3, 7)
    assert program_of("program:x:7") is None
    assert program_of("/a/program.vstpreset") is None


# -- the container ----------------------------------------------------------------------------------------------------


@given(
    st.none() | st.binary(max_size=40),
    st.none() | st.binary(max_size=40),
    st.none() | st.dictionaries(st.integers(0, 2**32 - 1), st.floats(0, 1), max_size=5),
)
def test_a_state_comes_back_as_it_was_saved(component, controller, values):
    saved = container.Saved(bytes(range(16)), component, controller, values)
    assert container.unpack(container.pack(saved), "x") == saved


def test_damaged_states_say_what_is_wrong():
    whole = container.pack(container.Saved(bytes(16), b"component", None, {1: 0.5}))
    for length in range(8, len(whole)):
        with pytest.raises(StateError, match="damaged"):
            container.unpack(whole[:length], "x")
    with pytest.raises(StateError, match="follow"):
        container.unpack(whole + b"x", "x")
    with pytest.raises(StateError, match="upgrade isobooth-host"):
        container.unpack(whole[:8] + struct.pack("<I", 2) + whole[12:], "x")
