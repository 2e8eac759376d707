"""Programs of MIDI channels: listed as presets, selected by MIDI; names of keys of each channel."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.client import NoteOn
from isobooth.host._core import lib
from isobooth.protocol.errors import PluginError

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst2_booth import WitnessBooth


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.getbasetemp()


def listed(booth):
    return [(one.id, one.name, one.bank) for one in booth.plugin.descriptor.presets if one.id.startswith("midi:")]


def ones(frames=64):
    return np.ones((2, frames), np.float32)


def test_programs_of_channels_are_presets(folder):
    with WitnessBooth(folder, "-DMIDI_PROGRAMS") as booth:
        assert listed(booth) == [
            ("midi:0:0", "Sound 0", "Channel 1/Keys"),
            ("midi:0:1", "Sound 1", "Channel 1/Keys/Organs"),
            ("midi:9:0", "Kit 0", "Channel 10"),
        ]
        assert [one.id for one in booth.plugin.descriptor.presets[:3]] == ["program:0", "program:1", "program:2"]


def test_omni_is_one_list_for_all_channels(folder):
    with WitnessBooth(folder, "-DMIDI_PROGRAMS", "-DOMNI", "-DSYNTH") as booth:
        assert listed(booth) == [("midi:0:0", "Sound 0", "Keys"), ("midi:0:1", "Sound 1", "Keys/Organs")]
        assert [(one.channel, one.key) for one in booth.plugin.descriptor.note_names] == [(-1, 36)]


def test_an_answer_without_a_name_is_none(folder):
    with WitnessBooth(folder, "-DMIDI_PROGRAMS", "-DNAMELESS") as booth:
        assert listed(booth) == []


def test_midi_selects_them_before_anything_else_of_the_next_block(folder):
    with WitnessBooth(folder, "-DMIDI_PROGRAMS") as booth:
        booth.start()
        booth.plugin.load_preset("midi:9:0", "")
        booth.plugin.load_preset("midi:0:0", "")
        booth.plugin.load_preset("midi:0:1", "")  # instead of the one before
        booth.play(ones(), [NoteOn(key=60, velocity=1.0, time=0)])
        assert booth.noted() == [
            (0, 0, b"\xb0\x00\x02"),
            (0, 0, b"\xb0\x20\x03"),
            (0, 0, b"\xc0\x05\x00"),
            (0, 0, b"\xc9\x04\x00"),
            (0, 0, b"\x90\x3c\x7f"),
        ]
        booth.play(ones())
        assert booth.witness.lists == 1


@pytest.mark.parametrize("wrong", ["midi:9:1", "midi:3:0", "midi:0:2", "midi:x", "midi:0:0:0"])
def test_others_are_refused(folder, wrong):
    with WitnessBooth(folder, "-DMIDI_PROGRAMS") as booth, pytest.raises(PluginError, match="has 3 programs of MIDI"):
        booth.plugin.load_preset(wrong, "")


def test_keys_have_the_names_of_the_channels_present_program(folder):
    with WitnessBooth(folder, "-DMIDI_PROGRAMS", "-DSYNTH") as booth:
        names = booth.plugin.descriptor.note_names
        assert [(one.channel, one.key, one.name) for one in names] == [(0, 36, "Kick"), (9, 36, "Kick 1")]
        booth.witness.midi_programs_changed = 1
        booth.ask(lib.VST2_HOST_UPDATE_DISPLAY)
        booth.plugin.on_asked(lib.IB_ASK_CALLBACK)
        (notice,) = booth.plugin.take_notices()
        assert [one.name for one in notice.descriptor.note_names] == ["Boom 0", "Boom 1"]
