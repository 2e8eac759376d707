"""Real VST3s from Debian: through the real engine they sound as their CLAP twins do, in any blocks, after any state."""

from __future__ import annotations

import ctypes
import math
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.client import NoteOff, NoteOn, Transport
from isobooth.client import load as load_client
from isobooth.host._core import lib
from isobooth.host.formats.clap.plugin import load as load_clap
from isobooth.host.formats.vst3.plugin import load, scan
from isobooth.protocol.errors import PluginError, PluginNotFound
from isobooth.protocol.events import ParamValue
from tests.support import hosting, newer_plugin, real_plugin, until

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth
from vst3_files import report_on

NAMES = [
    "DragonflyEarlyReflections",
    "DragonflyHallReverb",
    "DragonflyPlateReverb",
    "DragonflyRoomReverb",
    "ZaMaximX2",
    "ZaMultiComp",
    "ZaMultiCompX2",
    "ZamAutoSat",
    "ZamComp",
    "ZamCompX2",
    "ZamDelay",
    "ZamDynamicEQ",
    "ZamEQ2",
    "ZamGEQ31",
    "ZamGate",
    "ZamGateX2",
    "ZamGrains",
    "ZamHeadX2",
    "ZamPhono",
    "ZamTube",
    "ZamVerb",
]
FRAMES = 12000
PROGRAM = "Current Program"
"""A parameter that DPF adds in its VST3s; it changes others."""


def music(channels, frames=FRAMES):
    """Tone and noise, the same every time."""
    generator = np.random.default_rng(11)
    tone = 0.3 * np.sin(np.arange(frames) * 0.03)
    return np.stack([tone + 0.1 * generator.standard_normal(frames) for _ in range(channels)]).astype(np.float32)


def settings(descriptor):
    """A value for every parameter of the plugin's own that can be set, by name."""
    generator = np.random.default_rng(2)
    found = {}
    for p in descriptor.parameters:
        value = p.minimum + generator.uniform(0.2, 0.8) * (p.maximum - p.minimum)
        if p.is_toggled:  # DPF leaves out a switch's change to its default, which ZamDynamicEQ does not begin with
            value = 1.0 - p.default
        if not p.is_output and p.name != PROGRAM:
            found[p.name] = float(round(value)) if p.is_integer else float(value)
    return found


def play(booth, audio, wanted, blocks=(256,)):
    """All of ``audio`` in blocks of these lengths; the settings come with the first."""
    ids = {p.name: p.id for p in booth.plugin.descriptor.parameters}
    parts, begin, index = [], 0, 0
    while begin < audio.shape[1]:
        end = min(begin + blocks[index % len(blocks)], audio.shape[1])
        events = [ParamValue(ids[name], value) for name, value in wanted.items()] if begin == 0 else []
        answer = booth.play(audio[:, begin:end], events, flags=lib.IB_BLOCK_CONTINUES)
        assert answer.status == lib.IB_STATUS_OK
        parts.append(answer.audio)
        begin, index = end, index + 1
    return np.concatenate(parts, axis=1)


def heard(path, loader, folder, *, wanted=None, rate=48000.0, blocks=(256,), state=None):
    """What a fresh instance gives for the music, its settings, and its state afterwards."""
    ctypes.CDLL(None).srand(1)  # Dragonfly Room takes random numbers from libc
    with Booth(path, folder, load=loader) as booth:
        if state is not None:
            booth.plugin.load_state(state)
        wanted = settings(booth.plugin.descriptor) if wanted is None else wanted
        booth.start(rate=rate, frames=max(blocks))
        audio = play(booth, music(booth.inputs), wanted, blocks)
        return audio, wanted, booth.plugin.save_state()


@pytest.mark.real_plugin
@pytest.mark.parametrize("name", NAMES)
def test_it_sounds_as_its_clap_twin(name, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    ours, wanted, _ = heard(real_plugin(f"{name}.vst3"), load, folder)
    theirs, _, _ = heard(real_plugin(f"{name}.clap"), load_clap, folder, wanted=wanted)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 1e-6
    assert ours.any() or name == "ZamGrains"  # frozen, with nothing in it


@pytest.mark.real_plugin
@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_instance_with_its_state_sounds_the_same(name, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    path = real_plugin(f"{name}.vst3")
    ours, wanted, state = heard(path, load, folder)
    again, _, after = heard(path, load, folder, wanted={}, state=state)
    assert after == state
    if name != "ZamHeadX2":  # begins with another filter and fades over, in CLAP too
        assert np.abs(ours - again).max() <= 1e-5
    assert wanted or name == "ZamAutoSat"


@pytest.mark.parametrize("name", ["ZamEQ2.vst3", "ZamComp.vst3"])
def test_a_state_holds_what_was_set_and_not_played_yet(name):
    path = real_plugin(name)
    with load_client(path) as one, load_client(path) as two:
        chosen = [
            parameter
            for parameter in one.parameters.values()
            if not (parameter.info.is_output or parameter.info.is_bypass or parameter.name == "Current Program")
        ]
        for parameter in chosen:
            parameter.value = parameter.info.minimum + 0.6 * (parameter.info.maximum - parameter.info.minimum)
        two.state = one.state
        for plugin in (one, two):
            plugin.refresh_values()  # a switch rounds what it is given
        for parameter in chosen:
            assert two.parameters[parameter.id].value == pytest.approx(parameter.value, rel=1e-6, abs=1e-6)
        noise = np.random.default_rng(3).uniform(-0.5, 0.5, (one.descriptor.channels("input"), 48000)).astype("f4")
        for plugin in (one, two):
            plugin.process(noise)  # whatever glides arrives
            plugin.reset()
        assert one.process(noise).tobytes() == two.process(noise).tobytes()


@pytest.mark.real_plugin
@pytest.mark.parametrize("name", ["ZamComp.vst3", "ZaMultiComp.vst3"])
def test_a_program_is_heard_and_survives_its_booth(name):
    """DPF's controllers know programs, their components do not: what a program sets has to reach these too."""
    path = real_plugin(name)
    with load_client(path) as one, load_client(path) as two:
        one.load_preset(one.presets[-1].name)
        chosen = {number: value for number, value in current(one).items() if one.parameters[number].name != PROGRAM}
        for number, value in chosen.items():
            two.parameters[number].value = value
        noise = np.random.default_rng(3).uniform(-0.5, 0.5, (one.descriptor.channels("input"), 24000)).astype("f4")
        for plugin in (one, two):
            plugin.process(noise)
            plugin.reset()
        assert one.process(noise).tobytes() == two.process(noise).tobytes()
        before, state = current(one), one.state
        assert before[one.parameters[PROGRAM].info.id] == len(one.presets) - 1
        one.restart()
        assert current(one) == before
        one.process(noise)
        assert current(one) == before
        two.state = state
        assert current(two) == before


def current(plugin):
    plugin.refresh_values()
    return {p.id: p.value for p in plugin.parameters.values() if not p.info.is_output}


@pytest.mark.real_plugin
@pytest.mark.parametrize("blocks", [(64,), (1,), (33, 255, 1, 128)])
@pytest.mark.parametrize("name", ["ZamEQ2", "ZamComp", "ZamTube"])
def test_the_length_of_blocks_does_not_matter(name, blocks, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    path = real_plugin(f"{name}.vst3")
    whole, wanted, _ = heard(path, load, folder)
    cut, _, _ = heard(path, load, folder, wanted=wanted, blocks=blocks)
    assert np.abs(whole - cut).max() <= 1e-6


@pytest.mark.real_plugin
@pytest.mark.parametrize("rate", [8000.0, 44100.0, 96000.0, 192000.0])
def test_it_plays_at_any_rate(rate, tmp_path_factory):
    audio, _, _ = heard(real_plugin("ZamComp.vst3"), load, tmp_path_factory.getbasetemp(), rate=rate)
    assert np.isfinite(audio).all()
    assert audio.any()


@pytest.mark.real_plugin
@pytest.mark.parametrize("name", NAMES)
def test_a_scan_describes_it_and_leaves_nothing_behind(name):
    path = real_plugin(f"{name}.vst3")
    report = report_on(path)
    scan(str(path), report)
    (found,) = report.plugins
    assert not report.errors
    assert found.channels("output") in (1, 2)
    for p in found.parameters:
        assert p.minimum <= p.default <= p.maximum
        assert math.isfinite(p.minimum + p.maximum)
        assert p.identifier


@pytest.mark.real_plugin
def test_parameters_are_in_their_own_units():
    report = report_on(path := real_plugin("ZamComp.vst3"))
    scan(str(path), report)
    found = {p.name: p for p in report.plugins[0].parameters}
    threshold, attack = found["Threshold"], found["Attack"]
    assert (threshold.minimum, threshold.maximum, threshold.unit) == (-80.0, 0.0, "dB")
    assert (attack.minimum, attack.maximum, attack.default, attack.unit) == (0.1, 100.0, 10.0, "ms")
    assert found["Gain Reduction"].is_output
    assert [bus.is_main for bus in report.plugins[0].buses] == [True, False, True]
    assert [one.name for one in report.plugins[0].presets] == [v.label for v in found[PROGRAM].values]


# -- through a booth of their own: Steinberg's examples ---------------------------------------------------------------


def opened(name, plugin_id=""):
    """An example in a process that can load it."""
    path = newer_plugin(name)
    with hosting(path):
        return load_client(f"vst3:{path}" + (f"#{plugin_id}" if plugin_id else ""), block_size=256)


@pytest.mark.real_plugin
def test_the_host_checker_finds_no_fault():
    """Its log ids below 88 are faults, and jumps in time; those of calls on the wrong thread it prints as well."""
    with opened("hostchecker.vst3") as checker:
        names = {p.id: name for name, p in checker.parameters.items()}
        seen: set[int] = set()

        def run(audio, **more):
            for _ in range(4):
                checker.process(audio, **more)
                for word in range(8):
                    mask = round(checker.parameters[names[1024 + word]].value * (1 << 24))
                    seen.update(24 * word + bit for bit in range(24) if mask >> bit & 1)

        audio = music(13, 256)
        run(audio)
        run(audio, events=[NoteOn(60, time=10), NoteOff(60, time=200)], transport=Transport(tempo=97))
        for number in (1003, 1011, 1012, 1013, 1014):  # bypass; changes that it then tells of
            checker.parameters[names[number]].value = 1.0
            run(audio)
        checker.parameters[names[1002]].value = 100.0
        assert until(lambda: run(audio) or checker.latency == 100)
        checker.state = checker.state
        run(0 * audio)
        assert not {number for number in seen if number < 88}
        assert {100, 104, 131, 132} & seen  # it has looked
        assert "wrong thread" not in str(checker.log)


@pytest.mark.real_plugin
def test_programs_are_presets_and_can_be_chosen():
    with opened("programchange.vst3") as plugin:
        assert [preset.name for preset in plugin.presets][:2] == ["Prog 1", "Prog 2"]
        assert plugin.presets[5].id == "program:1:5"
        plugin.load_preset("Prog 6")
        assert plugin.parameters["Bank"].text == "Prog 6"


@pytest.mark.real_plugin
def test_a_name_in_utf_16_and_several_plugins_in_one_file():
    with opened("utf16name.vst3") as plugin:
        assert "öüäéèê-やあ" in plugin.descriptor.name
    with pytest.raises(PluginNotFound, match="holds 2 plugins"):
        opened("again.vst3")
    with opened("again.vst3", "AGain VST3") as plugin:
        assert plugin.descriptor.id == "84E8DE5F92554F5396FAE4133C935A18"


@pytest.mark.real_plugin
def test_note_expressions_and_key_names_are_described():
    with opened("noteexpressionsynth.vst3", "6EE65CD1B83A4AF480AA7929AEA6B8A0") as synth:
        names = [one.name for one in synth.descriptor.expressions]
        assert names[:3] == ["Volume", "Pan", "Tuning"]
        assert synth.process(frames=2048, events=[NoteOn(60, time=0)]).any()
    with opened("pitchnames.vst3") as plugin:
        assert plugin.descriptor.note_names


@pytest.mark.real_plugin
def test_a_program_that_only_its_parameter_names_can_be_chosen(tmp_path_factory):
    with Booth(real_plugin("ZamComp.vst3"), tmp_path_factory.getbasetemp(), load=load) as booth:
        plugin = booth.plugin
        names = {p.name: p.id for p in plugin.descriptor.parameters}
        assert [(one.id, one.name) for one in plugin.descriptor.presets][1] == ("parameter:2:1", "PoppySnare")
        before = plugin.values()
        plugin.load_preset("parameter:2:1", "")
        booth.start()
        booth.play(music(booth.inputs)[:, :256])
        booth.asked()
        assert plugin.values()[names["Threshold"]] != before[names["Threshold"]]
        assert plugin.values()[names[PROGRAM]] == 1.0
        with pytest.raises(PluginError, match="no program 9"):
            plugin.load_preset("parameter:2:9", "")


@pytest.mark.real_plugin
@pytest.mark.parametrize("chosen", ["AGain Sample Accurate", "Advanced Tutorial"])
def test_a_state_that_was_not_played_yet_is_not_lost(chosen):
    """The first takes a state in with the next block, the second refuses what it wrote itself."""
    with opened("again-sampleaccurate.vst3", chosen) as one, opened("again-sampleaccurate.vst3", chosen) as two:
        one.parameters["Gain"].value = 0.37
        one.process(np.zeros((2, 256), np.float32))
        two.state = one.state
        third = two.state
        two.parameters["Gain"].value = 1.0
        two.process(np.zeros((2, 256), np.float32))
        for state, gain in ((two.state, 1.0), (third, 0.37)):
            one.state = state
            one.refresh_values()
            assert one.parameters["Gain"].value == pytest.approx(gain)
            assert one.process(np.ones((2, 256), np.float32))[:, -1] == pytest.approx(gain)
