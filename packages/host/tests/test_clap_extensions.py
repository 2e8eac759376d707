"""What a CLAP shows and is shown: names, voices, pages, tracks, indications, undo, transport, directories."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import lib
from isobooth.protocol.abilities import (
    DescriptionChanged,
    Indicate,
    PageSuggested,
    SetUndoContext,
    TrackInfo,
    TransportRequested,
    UndoNotice,
)
from isobooth.protocol.descriptors import ControlPage, NoteName, VoiceInfo
from isobooth.protocol.errors import ParameterError, PluginError, StateError
from isobooth.protocol.messages import Log

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth, compiled, real_plugin
from clap_rich import COMPAT, NAME, notices, seen, tell, without


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.getbasetemp()


@pytest.fixture(params=[(), (COMPAT,)], ids=["stable", "draft"])
def booth(request, folder):
    with Booth(compiled(NAME, folder, *request.param), folder) as made:
        yield made
        assert made.faults() == []


@pytest.fixture
def plain(folder):
    with Booth(compiled(NAME, folder), folder) as made:
        yield made


# -- note names, voices, pages -------------------------------------------------------------------------------------


def test_names_pages_and_configurations_are_described(booth):
    d = booth.plugin.descriptor
    assert d.note_names == [
        NoteName(name="Drum 0", port=-1, channel=9, key=36),
        NoteName(name="Drum 2", port=0, channel=9, key=38),
    ]
    knobs = [None, None, 1, None, None, None, None, None]
    assert d.pages == [
        ControlPage(id=70, name="Page 1", section="Main", params=knobs),
        ControlPage(id=71, name="Page 2", section="Main", params=knobs, is_for_preset=True),
    ]
    assert d.layouts == ["All mono", "All stereo", "Never"]
    assert d.voices is None
    assert booth.plugin.warnings == ["its note name 1 cannot be read and was left out"]


def test_voices_are_known_once_the_plugin_is_active(booth):
    booth.start()
    assert booth.plugin.descriptor.voices == VoiceInfo(count=8, capacity=16, can_overlap=True)
    (told,) = notices(booth)
    assert told.descriptor.voices.count == 8
    assert [type(m) for m in tell(booth, "voices 4")] == [DescriptionChanged]
    assert booth.plugin.descriptor.voices.count == 4
    booth.stop()
    assert tell(booth, "voices 5") == []
    assert booth.plugin.descriptor.voices.count == 4
    booth.begin()
    assert booth.plugin.descriptor.voices.count == 5
    assert len(notices(booth)) == 1
    booth.stop()
    booth.begin()
    assert notices(booth) == []
    assert "voices while inactive" not in seen(booth)


def test_voices_that_cannot_be_are_told_as_they_are_with_a_warning(plain):
    tell(plain, "voices 40")
    plain.start()
    assert plain.plugin.descriptor.voices.count == 40
    assert "it says it can play 40 of 16 voices" in plain.plugin.warnings


@pytest.mark.parametrize("is_active", [False, True])
def test_changes_of_names_and_pages_are_told(booth, is_active):
    if is_active:
        booth.start()
        notices(booth)
    (told,) = tell(booth, "names 1")
    assert [name.key for name in told.descriptor.note_names] == [36]
    (told,) = tell(booth, "pages 1")
    assert [page.id for page in told.descriptor.pages] == [70]
    assert tell(booth, "suggest 71") == [PageSuggested(id=71)]
    assert notices(booth) == []


def test_configurations_are_read_again_once_the_plugin_is_inactive(plain):
    plain.start()
    notices(plain)
    assert tell(plain, "configs 1") == []
    assert len(plain.plugin.descriptor.layouts) == 3
    plain.stop()
    (told,) = notices(plain)
    assert told.descriptor.layouts == ["All mono"]
    (told,) = tell(plain, "configs 2")
    assert told.descriptor.layouts == ["All mono", "All stereo"]


def test_calls_off_the_main_thread_are_ignored_and_logged_once(plain):
    assert tell(plain, "elsewhere") == []
    assert seen(plain) == ["track 0"]
    assert [text for _, text in plain.drain()] == [
        "it called a host extension of the main thread off the main thread (ignored)"
    ]


def test_too_many_remarks_are_counted(plain):
    told = tell(plain, "many")
    assert len(told) == 1000001
    assert told[-1] == Log(level="warning", text="10 things that it said were lost: it says too much at once")


@pytest.mark.parametrize("is_active", [False, True])
def test_a_new_name_of_a_note_port_is_told(booth, is_active):
    assert [port.name for port in booth.plugin.descriptor.note_ports] == ["Notes 0"]
    if is_active:
        booth.start()
        notices(booth)
    (told,) = tell(booth, "notes 3")
    assert [port.name for port in told.descriptor.note_ports] == ["Notes 3"]
    assert tell(booth, "notes 3") == []


# -- track, indications --------------------------------------------------------------------------------------------


def test_a_track_reaches_the_plugin(booth):
    tell(booth, "track")
    assert seen(booth) == ["no track"]
    track = TrackInfo(name="Strings é", color=(1, 2, 3, 255), channels=6, layout="5.1", index=4, kind="return")
    booth.plugin.set_track(track)
    assert seen(booth) == [
        "track 15 'Strings é' 1/2/3/255 6 surround",
        "place 0 kind 1 track 0 index 0 ''",
        "place 1 kind 3 track 4 index 4 'Strings é'",
        "place 2 kind 4 track 0 index 0 ''",
    ]
    booth.plugin.set_track(TrackInfo(name="ü" * 200, channels=2))
    first = seen(booth)[0]
    assert first.startswith(f"track 5 '{'ü' * 127}' 0/0/0/0 2 stereo")
    booth.plugin.set_track(TrackInfo(kind="master", color=(300, -1, 0, 7), layout="odd", channels=5))
    assert seen(booth)[0] == "track 38 '' 255/0/0/7 5 NULL"


def test_an_indication_reaches_the_plugin(booth):
    booth.plugin.indicate(
        Indicate(param_id=1, mapped=True, label="K1", description="Knob 1", automation="playing", color=(9, 8, 7, 6))
    )
    assert seen(booth) == ["mapping 1 1 9/8/7/6 K1 Knob 1", "automation 1 2 9/8/7/6"]
    booth.plugin.indicate(Indicate(param_id=1, automation="overriding"))
    assert seen(booth) == ["mapping 1 0 NULL NULL NULL", "automation 1 4 NULL"]
    with pytest.raises(ParameterError, match="no parameter with the id 2"):
        booth.plugin.indicate(Indicate(param_id=2))


# -- states for a purpose ------------------------------------------------------------------------------------------


def test_states_are_for_the_purpose_that_was_set(booth):
    for purpose, number in (("project", 3), ("duplicate", 2), ("preset", 1)):
        booth.plugin.set_purpose(purpose)
        booth.plugin.load_state(b"tuning" if number != 1 else b"anything")
        lines = booth.plugin.save_state().decode().split("\n")
        assert (lines[0], lines[-1]) == (f"load {number}", f"save {number}")
    booth.plugin.set_purpose("project")
    with pytest.raises(StateError, match="refused a state"):
        booth.plugin.load_state(b"nonsense")


def test_a_plugin_without_contexts_is_saved_as_ever(folder):
    with Booth(compiled(NAME, folder, without("clap.state-context")), folder) as booth:
        booth.plugin.set_purpose("preset")
        assert booth.plugin.save_state() == b"save 0"


# -- undo ----------------------------------------------------------------------------------------------------------


def test_undo_goes_both_ways(booth):
    told = tell(booth, "undo")
    delta = struct.pack("2d", 0.5, 0.75)
    assert told == [
        UndoNotice(kind="begin"),
        UndoNotice(kind="cancel"),
        UndoNotice(kind="change", name="Move", delta=delta, can_undo=True, version=7),
        UndoNotice(kind="change", name="Everything", version=7),
        UndoNotice(kind="undo"),
        UndoNotice(kind="redo"),
    ]
    nothing = ["can undo 0", "can redo 0", "undo name ''", "redo name ''"]
    assert seen(booth) == nothing
    booth.plugin.apply_undo(delta, 7, redo=True)
    assert booth.plugin.values() == {1: 0.75}
    booth.plugin.apply_undo(delta, 7, redo=False)
    assert booth.plugin.values() == {1: 0.5}
    with pytest.raises(PluginError, match="does not know deltas of form 8"):
        booth.plugin.apply_undo(delta, 8, redo=False)
    with pytest.raises(PluginError, match=r"could not redo a change of 3 bytes: its redo\(\) returned false"):
        booth.plugin.apply_undo(b"abc", 7, redo=True)
    with pytest.raises(PluginError, match="-1 is no version"):
        booth.plugin.apply_undo(delta, -1, redo=True)
    booth.plugin.set_undo_context(SetUndoContext(can_undo=True, undo_name="Move"))
    assert seen(booth) == ["can undo 1", "can redo 0", "undo name 'Move'", "redo name ''"]


def test_a_context_waits_until_the_plugin_wants_it(plain):
    plain.plugin.set_undo_context(SetUndoContext(can_redo=True, redo_name="Cut"))
    assert seen(plain) == []
    tell(plain, "undo")
    assert seen(plain)[-1] == "redo name 'Cut'"


def test_deltas_that_nobody_could_take_back_are_not_passed_on(folder):
    with Booth(compiled(NAME, folder, without("clap.undo_delta")), folder) as booth:
        told = tell(booth, "undo")
        assert told[2] == UndoNotice(kind="change", name="Move")
        with pytest.raises(PluginError, match="lacks CLAP's undo-delta extension"):
            booth.plugin.apply_undo(b"x", 7, redo=False)


# -- transport, directories, tuning, scratch memory ----------------------------------------------------------------


def test_transport_requests_are_passed_on_in_order(booth):
    told = tell(booth, "transport")
    assert [(m.action, m.values) for m in told if isinstance(m, TransportRequested)] == [
        ("start", []),
        ("stop", []),
        ("continue", []),
        ("pause", []),
        ("toggle-play", []),
        ("jump", [4.5]),
        ("loop-region", [-1.0, 8.0]),
        ("toggle-loop", []),
        ("enable-loop", [1.0]),
        ("record", [0.0]),
        ("toggle-record", []),
    ]
    assert [m.text for m in told if isinstance(m, Log)] == [
        "it asked for a tempo of 132.5 beats per minute, which is not passed on",
        "it asked for a time signature of 7/8, which is not passed on",
    ]


def test_directories_are_made_on_demand(plain, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert not (tmp_path / "data").exists()
    assert tell(plain, "request 1") == []
    shared = tmp_path / "data" / "isobooth" / "clap-resources"
    assert seen(plain) == ["request 1", f"directory 1 {shared}"]
    assert shared.is_dir()
    assert plain.plugin._resources.files() == ["tests/0.wav", "tests/2.wav"]
    (warning,) = tell(plain, "request 0")
    own = Path(seen(plain)[1].split(" ", 2)[2])
    assert warning == Log(level="warning", text=f"its own resource directory {own} lasts only as long as this instance")
    assert own.parent == tmp_path / "cache" / "isobooth" / "clap-resources"
    (own / "file").write_bytes(b"x")
    tell(plain, "release 0")
    assert not own.exists()
    tell(plain, "release 1")
    assert shared.is_dir()
    assert plain.plugin._resources.files() == []
    left = own.parent / f"instance-999999999-{own.name[-8:]}"  # by a booth that was killed
    left.mkdir()
    (left / "file").write_bytes(b"x")
    os.utime(left, (0, 0))
    tell(plain, "request 0")
    assert not left.exists()
    own = Path(seen(plain)[1].split(" ", 2)[2])
    plain.plugin.close()
    assert not own.exists()


def test_a_directory_that_cannot_be_made_is_a_line_in_the_log(plain, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    (told,) = tell(plain, "request 1")
    assert told.text.startswith("it asked for a resource directory, which could not be made")


def test_there_is_one_tuning_and_no_table(booth):
    tell(booth, "tuning")
    assert seen(booth) == ["tunings 0 0"]


def test_scratch_memory_lasts_from_activation_to_deactivation(plain):
    tell(plain, "reserve")
    assert seen(plain) == ["reserve 0"]
    assert [text for _, text in plain.drain()] == ["it called scratch-memory.reserve outside activate() (refused)"]
    tell(plain, "scratch 4096")
    audio = np.random.default_rng(1).uniform(-1, 1, (3, 64)).astype(np.float32)
    for _ in range(3):
        plain.start()
        answer = plain.play(audio)
        assert answer.status == lib.IB_STATUS_OK
        assert (answer.audio == audio[:2]).all()
        plain.stop()
    tell(plain, "scratch 0")
    plain.start()
    assert plain.play(audio).status == lib.IB_STATUS_OK
    plain.stop()
    assert "there is scratch memory" not in seen(plain)
    tell(plain, "scratch 4294967295")
    plain.start()
    assert "reserve 0" in seen(plain)


# -- plugins without any of it -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["DragonflyHallReverb.clap", "ZamEQ2.clap"])
def test_a_real_plugin_without_all_this_takes_it_in_its_stride(folder, name):
    with Booth(real_plugin(name), folder) as booth:
        plugin, d = booth.plugin, booth.plugin.descriptor
        assert (d.note_names, d.pages, d.voices, d.layouts, d.presets) == ([], [], None, [], [])
        plugin.set_track(TrackInfo(name="One", channels=2))
        plugin.indicate(Indicate(param_id=d.parameters[0].id, mapped=True))
        plugin.set_undo_context(SetUndoContext(can_undo=True))
        for purpose in ("preset", "duplicate", "project"):
            plugin.set_purpose(purpose)
            plugin.load_state(plugin.save_state())
        with pytest.raises(PluginError, match="lacks CLAP's preset-load extension"):
            plugin.load_preset("", "/sounds/some.preset")
        with pytest.raises(PluginError, match="lacks CLAP's undo-delta extension"):
            plugin.apply_undo(b"", 0, redo=False)
        booth.start()
        assert booth.play(np.zeros((booth.inputs, 64), np.float32)).status == lib.IB_STATUS_OK
