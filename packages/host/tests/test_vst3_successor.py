"""A VST3 that takes the place of another (IRemapParamID), and one with assignments of MIDI 2.0's (IMidiMapping2)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from isobooth.host.formats.vst3.bundle import machine_folder
from isobooth.host.formats.vst3.container import Saved, pack, unpack
from isobooth.host.formats.vst3.plugin import load
from isobooth.protocol.errors import StateError
from isobooth.protocol.events import Midi, Midi2, ParamValue
from tests.support import compile_plugin

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth
from vst3_files import HERE, INCLUDE

OLD, OWN = b"older-plugin-001", b"shapes-plugin-01"
STATE = b"SHP1" + bytes(8)
RPN, NRPN, RPN_BY, NRPN_BY = 2, 3, 4, 5


def made(folder, *flags):
    """A bundle that says what it replaces."""
    root = folder / "Shapes.vst3"
    binary = root / "Contents" / machine_folder() / "Shapes.so"
    binary.parent.mkdir(parents=True, exist_ok=True)
    (root / "Contents" / "Resources").mkdir(exist_ok=True)
    replaced = [{"New": OWN.hex(), "Old": [OLD.hex()]}]
    (root / "Contents" / "Resources" / "moduleinfo.json").write_text(json.dumps({"Compatibility": replaced}))
    source = (HERE / "plugins" / "vst3_shapes.c").read_text()
    compile_plugin(source, binary, INCLUDE, f"-I{HERE / 'plugins'}", "-DSUCCESSOR", *flags)
    return root


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return made(tmp_path_factory.mktemp("successor"))


@pytest.fixture
def booth(bundle, tmp_path_factory):
    with Booth(bundle, tmp_path_factory.getbasetemp(), load=load) as booth:
        booth.start()
        yield booth


def move(booth, number, value):
    """Automation of a parameter by that id. Was it taken?"""
    answer = booth.play(frames=64, events=[ParamValue(number, value)])
    booth.asked()
    return answer.flags == 0


def saved(class_id=OLD, ids=(100, 101, 102, 200, 1), values=None):
    return pack(Saved(class_id, STATE, values=values, automated=(class_id, list(ids))))


# -- another plugin's parameters ---------------------------------------------------------------------------------------


def test_automation_of_a_replaced_plugin_reaches_the_new_parameters(booth):
    assert not move(booth, 100, 1.5)
    booth.plugin.load_state(saved())
    assert move(booth, 100, 1.5)
    assert booth.plugin.values()[1] == pytest.approx(1.5)
    assert move(booth, 101, 2000.0)
    assert booth.plugin.values()[2] == pytest.approx(2000.0)
    assert not move(booth, 102, 0.5)
    assert not move(booth, 200, 0.5), "the plugin named a parameter that it does not have"
    assert any("100 is 1 now, 101 is 2 now" in text for text in booth.plugin.warnings)


def test_an_id_that_the_plugin_has_is_its_own(booth):
    booth.plugin.load_state(saved())
    assert move(booth, 1, 0.25)
    assert booth.plugin.values()[1] == pytest.approx(0.25)


def test_values_of_the_old_plugin_are_those_of_its_parameters(booth):
    booth.plugin.load_state(saved(values={100: 0.75, 1: 1.0}))
    booth.play(frames=64)
    booth.asked()
    values = booth.plugin.values()
    assert values[1] == pytest.approx(1.5)
    assert values[5] == 2.0


def test_the_plugin_may_change_its_mind(booth):
    booth.plugin.load_state(saved())
    assert move(booth, 0, 2048 / 4096)  # restartComponent(kParamIDMappingChanged)
    booth.asked()
    assert move(booth, 101, 1.0)
    assert booth.plugin.values()[5] == 1.0
    assert booth.plugin.values()[2] != 1.0


def test_a_state_of_its_own_keeps_whose_automation_there_is(booth, bundle, tmp_path_factory):
    booth.plugin.load_state(saved())
    again = booth.plugin.save_state()
    assert unpack(again, "").class_id == OWN
    with Booth(bundle, tmp_path_factory.getbasetemp(), load=load) as other:
        other.plugin.load_state(again)
        other.start()
        assert move(other, 100, 1.5)
        other.plugin.load_state(pack(Saved(OWN, STATE)))
        assert not move(other, 100, 1.5)


def test_without_a_list_low_ids_are_asked_for(booth):
    booth.plugin.load_state(pack(Saved(OLD, STATE)))
    assert move(booth, 101, 2000.0)


def test_a_state_says_which_parameters_there_are(booth):
    assert unpack(booth.plugin.save_state(), "").automated == (OWN, [0, 1, 2, 3, 5])


def test_a_list_of_parameters_that_is_cut_off_is_refused(booth):
    blob = saved()
    with pytest.raises(StateError, match="list of parameters is cut off"):
        unpack(blob.replace((16 + 20).to_bytes(8, "little"), (16 + 19).to_bytes(8, "little"))[:-1], "it")


# -- MIDI 2.0 ----------------------------------------------------------------------------------------------------------


def control(number, value, channel=0, time=0):
    return Midi(data=bytes([0xB0 | channel, number, value]), time=time)


def packet(kind, bank, index, data, channel=0):
    return Midi2(words=(0x40000000 | kind << 20 | channel << 16 | bank << 8 | index, data))


def heard(booth, *events):
    """(parameter, normalised value) of all that MIDI moved."""
    answer = booth.play(frames=64, events=events)
    assert answer.flags == 0
    scale = {1: lambda value: value / 2, 2: lambda value: value}
    return [(event.parameter, scale[event.parameter](event.value)) for event in answer.events]


def test_registered_and_assignable_controllers_drive_parameters(booth):
    assert heard(booth, packet(RPN, 0, 1, 0xFFFFFFFF)) == [(1, 1.0)]
    assert heard(booth, packet(RPN, 0, 1, 0x80000000)) == [(1, pytest.approx(0.5))]
    assert [number for number, _ in heard(booth, packet(NRPN, 3, 4, 0, channel=2))] == [2]
    assert heard(booth, packet(NRPN, 0, 1, 5), packet(RPN, 0, 1, 5, channel=1), packet(RPN, 1, 1, 5)) == []


def test_relative_ones_add(booth):
    heard(booth, packet(RPN, 0, 1, 0x40000000))
    assert heard(booth, packet(RPN_BY, 0, 1, 0x20000000)) == [(1, pytest.approx(0.375))]
    assert heard(booth, packet(RPN_BY, 0, 1, 0xC0000000)) == [(1, pytest.approx(0.125))]
    assert heard(booth, packet(RPN_BY, 0, 1, 0x80000000)) == [(1, 0.0)]
    assert heard(booth, packet(NRPN_BY, 0, 1, 5)) == []


def test_data_entry_is_the_same_in_midi_1(booth):
    assert heard(booth, control(101, 0), control(100, 1)) == []
    assert heard(booth, control(6, 127)) == [(1, 1.0)]
    assert heard(booth, control(6, 64), control(38, 3)) == [
        (1, pytest.approx(64 / 127)),
        (1, pytest.approx((64 << 7 | 3) / 16383)),
    ]
    assert heard(booth, control(101, 127), control(100, 127), control(6, 1)) == []
    heard(booth, control(99, 3, 2), control(98, 4, 2))
    assert heard(booth, control(38, 4, 2)) == []
    assert [number for number, _ in heard(booth, control(6, 4, 2))] == [2]
    assert heard(booth, control(6, 4, 1)) == []


def test_an_absurd_number_of_assignments_is_told(tmp_path, tmp_path_factory):
    with Booth(made(tmp_path, "-DMIDI2_COUNT=4000000000u"), tmp_path_factory.getbasetemp(), load=load) as booth:
        booth.start()
        assert any("it says it assigns 4000000000 MIDI controllers" in text for text in booth.plugin.warnings)
        assert heard(booth, packet(RPN, 0, 1, 0xFFFFFFFF)) == [(1, 1.0)]
