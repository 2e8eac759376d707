"""Presets, buses, tracks, undo: what users say is what the host is asked, and a restart brings it all back."""

from pathlib import Path

import msgspec
import pytest

from isobooth.client import (
    ArgumentError,
    ArgumentTypeError,
    BusRequest,
    ParameterError,
    PluginError,
    PresetInfo,
    TrackInfo,
    UndoNotice,
    load,
)
from isobooth.client.options import channels_of
from isobooth.client.presets import find_preset

PRESETS = [
    PresetInfo(id="0", name="Init"),
    PresetInfo(id="1", name="Drums", bank="Kits"),
    PresetInfo(id="2", name="Drums", bank="Loops"),
    PresetInfo(id="3", name="Soft Pad"),
    PresetInfo(id="4", name="soft pad"),
    PresetInfo(id="5", name="3"),
    PresetInfo(id="6", name="Same", bank="A"),
    PresetInfo(id="7", name="Same", bank="A"),
]

HOST = """
    from isobooth.protocol import abilities as a
    from isobooth.protocol.descriptors import PresetInfo, NoteName, VoiceInfo, NoteExpressionInfo

    names = [("0", "Init", ""), ("1", "Drums", "Kits"), ("2", "Drums", "Loops"), ("3", "Soft Pad", "")]
    shape = {"inputs": 2, "outputs": 2}
    state = [b"fresh"]
    values = {7: 0.0}
    whole, honest = booth.descriptor, booth.answer

    def describe():
        return whole(
            presets=[PresetInfo(id=i, name=n, bank=b) for i, n, b in names],
            parameters=[ParameterInfo(id=7, name="Knob", identifier="knob")],
            note_names=[NoteName(name="Kick", key=36)], voices=VoiceInfo(count=3, capacity=16),
            expressions=[NoteExpressionInfo(id=2, name="Tuning")], layouts=["Stereo", "5.1"],
            has_state="stateless" not in plugin_id, **shape)

    def answer(request):
        import msgspec
        with open(plugin_id.split(",")[0], "ab") as file:
            file.write(msgspec.json.encode(request) + b"\\n")
        if isinstance(request, m.Activate):
            booth.map(request.segment)
            return m.Activated(id=request.id, latency=0, tail=0, buses=describe().buses)
        if isinstance(request, a.LoadPreset):
            if request.path.endswith(".bad"):
                return m.Failed(id=request.id, error=m.ErrorInfo(kind="PluginError", message="cannot read it"))
            state[0] = ("preset " + (request.preset or request.path)).encode()
            values[7] = 0.75
        if isinstance(request, a.SavePreset):
            return m.State(id=request.id, data=b"preset named " + request.name.encode())
        if isinstance(request, m.SaveState):
            return m.State(id=request.id, data=state[0])
        if isinstance(request, m.LoadState):
            state[0] = request.data
        if isinstance(request, a.ApplyUndo):
            state[0], values[7] = b"undone", 0.125
        if isinstance(request, (a.LoadPreset, m.LoadState, a.ApplyUndo)):
            return m.Values(id=request.id, values=values)
        if isinstance(request, a.SetBuses):
            wished = [bus.channels for bus in (*request.inputs, *request.outputs)]
            if 5 in wished:
                return m.Failed(id=request.id, error=m.ErrorInfo(kind="PluginError", message="five is too many"))
            for name, buses in (("inputs", request.inputs), ("outputs", request.outputs)):
                shape[name] = buses[0].channels if buses and buses[0].channels else shape[name]
            return m.Described(id=request.id, descriptor=describe())
        return honest(request)

    booth.descriptor = describe
    booth.answer = answer
    greet()
    booth.serve()
"""


@pytest.fixture
def able(fake_host, tmp_path):
    """A function that loads a plugin that can do everything; ``plugin.asked()`` is what its host has been asked."""
    fake_host(HOST)
    loaded = []

    def make(extra="", **options):
        record = tmp_path / f"asked-{len(loaded)}"
        plugin = load(f"ladspa:/x.so#{record}{extra}", **options)
        loaded.append(plugin)
        return plugin, lambda *kinds: [
            one
            for one in map(msgspec.json.decode, record.read_bytes().splitlines())
            if not kinds or one["type"] in kinds
        ]

    yield make
    for plugin in loaded:
        plugin.close()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("Init", "0"), ("init", "0"), ("Kits/Drums", "1"), ("loops/drums", "2"), ("Soft Pad", "3"), ("soft pad", "4"),
        ("3", "5"), ("4", "4"), ("7", "7"), (PRESETS[2], "2"), (PresetInfo(id="strange", name=""), "strange"),
    ],
)  # fmt: skip
def test_presets_by_name_and_id(wanted, found):
    request = find_preset(wanted, PRESETS, "Synth")
    assert (request.preset, request.path) == (found, "")


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("Drums", "2 presets named 'Drums' - write 'Kits/Drums' or 'Loops/Drums'"),
        ("SOFT PAD", "2 presets named 'SOFT PAD' - write 'Soft Pad' or 'soft pad'"),
        ("Same", "write '6' or '7'"),
        ("Drum", "no preset 'Drum' - did you mean 'Drums'"),
        ("zzzz", "it has 'Init'"),
        ("", "no preset ''"),
        ("/no/such.vstpreset", "no such file"),
        (Path("no-such.vstpreset"), "no such file"),
    ],
)
def test_presets_that_are_none(wanted, says):
    with pytest.raises(ArgumentError, match=says):
        find_preset(wanted, PRESETS, "Synth")


def test_preset_files(tmp_path, monkeypatch):
    file = tmp_path / "My.vstpreset"
    file.write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    for wanted in (file, str(file), "My.vstpreset", Path("My.vstpreset"), PresetInfo(id="x", name="", path=str(file))):
        assert find_preset(wanted, PRESETS, "Synth").path == str(file)
    both = find_preset(PresetInfo(id="x", name="", path="My.vstpreset"), PRESETS, "Synth")
    assert (both.preset, both.path) == ("x", str(file))
    with pytest.raises(ArgumentTypeError, match="int"):
        find_preset(3, PRESETS, "Synth")
    with pytest.raises(ArgumentError, match="lists none"):
        find_preset("Init", [], "Synth")


def test_a_preset_survives_a_restart(able):
    plugin, asked = able()
    plugin.parameters.knob = 0.5
    plugin.load_preset("Soft Pad")
    assert plugin.parameters.knob.value == 0.75
    assert [one["type"] for one in asked("load-preset", "save-state")] == ["load-preset", "save-state"]
    plugin.restart()
    assert [one.get("data") for one in asked("load-state")] == ["cHJlc2V0IDM="]  # "preset 3"
    assert plugin.state == b"preset 3"


def test_a_preset_survives_a_restart_without_a_state(able):
    plugin, asked = able(",stateless")
    plugin.load_preset("Soft Pad")
    plugin.parameters.knob = 0.25
    plugin.restart()
    assert [one["preset"] for one in asked("load-preset")] == ["3", "3"]
    assert not asked("save-state", "load-state")
    assert plugin.parameters.knob.value == 0.25


def test_a_preset_that_does_not_load_changes_nothing(able, tmp_path):
    plugin, asked = able()
    (tmp_path / "x.bad").write_bytes(b"")
    with pytest.raises(PluginError, match="cannot read it"):
        plugin.load_preset(tmp_path / "x.bad")
    assert plugin.parameters.knob.value == 0
    plugin.restart()
    assert not asked("load-state")


def test_save_preset(able, tmp_path):
    plugin, _ = able()
    target = tmp_path / "Warm.vstpreset"
    plugin.save_preset(target)
    assert target.read_bytes() == b"preset named Warm"
    plugin.save_preset(str(target), name="Hot")
    assert target.read_bytes() == b"preset named Hot"
    with pytest.raises(FileNotFoundError):
        plugin.save_preset(tmp_path / "no" / "where.vstpreset")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        plugin.save_preset(tmp_path / "folder")
    assert {path.name for path in tmp_path.iterdir() if "Warm" in path.name or "folder" in path.name} == {
        "Warm.vstpreset",
        "folder",
    }


def test_purposes(able):
    plugin, asked = able()
    assert plugin.state == b"fresh"
    plugin.load_state(b"a part", purpose="preset")
    assert plugin.save_state("duplicate") == b"a part"
    saves = [one.get("purpose", "project") for one in asked("save-state")]
    assert saves == ["project", "project", "duplicate"]  # the second: what a restart will bring back
    plugin.restart()
    assert plugin.state == b"a part"
    with pytest.raises(ArgumentError, match="'project', 'duplicate', 'preset'"):
        plugin.save_state("fun")


def test_facts(able):
    plugin, _ = able()
    assert [one.name for one in plugin.presets] == ["Init", "Drums", "Drums", "Soft Pad"]
    assert (plugin.note_names[0].name, plugin.note_names[0].key) == ("Kick", 36)
    assert (plugin.voices.count, plugin.voices.capacity) == (3, 16)
    assert plugin.expressions[0].name == "Tuning"
    assert plugin.layouts == ["Stereo", "5.1"]
    assert plugin.pages == []


def test_told_again_after_a_restart(able):
    plugin, asked = able()
    assert plugin.track is None
    plugin.track = TrackInfo(name="Drums", color=(255, 0, 0, 255), index=3)
    plugin.track = TrackInfo(name="Bass")
    plugin.indicate("Knob", mapped=True, label="K1")
    plugin.indicate(plugin.parameters.knob, automation="playing", color=(1, 2, 3, 4))
    plugin.set_undo_context(can_undo=True, undo_name="Cut")
    count = len(asked("set-track", "indicate", "set-undo-context"))
    plugin.restart()
    track, mapped, undo = asked("set-track", "indicate", "set-undo-context")[count:]
    assert (count, track["track"], undo["undo_name"]) == (5, {"name": "Bass"}, "Cut")
    assert (mapped["param_id"], mapped["automation"], mapped["color"]) == (7, "playing", [1, 2, 3, 4])
    assert plugin.track.name == "Bass"


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda p: setattr(p, "track", "Drums"), ArgumentTypeError, "TrackInfo"),
        (lambda p: setattr(p, "track", TrackInfo(name=3)), ArgumentTypeError, "SetTrack"),
        (lambda p: setattr(p, "track", TrackInfo(color=(1, 2, 3, 256))), ArgumentError, "color"),
        (lambda p: setattr(p, "track", TrackInfo(color=[1, 2])), ArgumentTypeError, "color"),
        (lambda p: setattr(p, "track", TrackInfo(name="\udcff")), ArgumentTypeError, "SetTrack"),
        (lambda p: p.indicate("Knop"), ParameterError, "Knob"),
        (lambda p: p.indicate("Knob", automation="loud"), ArgumentTypeError, "loud"),
        (lambda p: p.apply_undo("x"), ArgumentTypeError, "UndoNotice"),
        (lambda p: p.apply_undo(UndoNotice("change", "Cut", b"", True, 1)), ArgumentError, "Cut"),
        (lambda p: p.apply_undo(UndoNotice("change", "Cut", b"x", False, 1)), ArgumentError, "undone"),
        (lambda p: p.set_buses(inputs="stereo"), ArgumentTypeError, "a wish for each bus"),
        (lambda p: p.set_buses(outputs=[2, 2]), ArgumentError, "1 output buses; 2"),
        (lambda p: p.set_buses(outputs=["cube"]), ArgumentError, "'cube'"),
        (lambda p: p.set_buses(outputs=[0]), ArgumentError, "channels"),
        (lambda p: p.set_buses(outputs=[BusRequest(channels=9999)]), ArgumentError, "channels"),
        (lambda p: p.set_buses(outputs=[2.5]), ArgumentTypeError, "channels"),
    ],
)
def test_wrong_calls_leave_the_plugin_alone(able, call, kind, says):
    plugin, _ = able()
    with pytest.raises(kind, match=says):
        call(plugin)
    assert plugin.state == b"fresh"


def test_undo(able):
    plugin, asked = able()
    change = UndoNotice("change", "Cut", b"delta", can_undo=True, version=4)
    plugin.apply_undo(change)
    plugin.apply_undo(UndoNotice("change", "Cut", b"delta", can_undo=False, version=4), redo=True)
    assert [(one["version"], one.get("redo", False)) for one in asked("apply-undo")] == [(4, False), (4, True)]
    assert plugin.parameters.knob.value == 0.125
    plugin.restart()
    assert plugin.state == b"undone"


@pytest.mark.parametrize(
    ("name", "channels"), [("mono", 1), ("Stereo", 2), ("quad", 4), ("5.1", 6), ("7.1.4", 12), ("2.0", 2)]
)
def test_layouts(name, channels):
    assert channels_of("inputs", name) == channels


@pytest.mark.parametrize("name", ["", "5", "5.", ".1", "a.b", "9999.1", "0.0", "ambisonic", "5.1.x"])
def test_layouts_that_are_none(name):
    with pytest.raises(ArgumentError):
        channels_of("inputs", name)
