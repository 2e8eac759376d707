"""States and presets of LV2 plugins: kept bit by bit, movable, and the same for lilv as for us."""

import io
import json
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest

from isobooth.client import NoteOn, load
from isobooth.host._core import lib
from isobooth.host.formats.lv2 import container, paths
from isobooth.host.formats.lv2.atoms import translate
from isobooth.host.formats.lv2.memory import uri_of, urid
from isobooth.host.formats.lv2.state import Numbering
from isobooth.protocol.descriptors import PresetInfo
from isobooth.protocol.errors import PluginError, StateError
from packages.host.tests.lv2_bundles import AMP, AMP_PORTS, PREFIXES, amp, loaded
from tests.support import real_plugin, until

ATOM = "http://lv2plug.in/ns/ext/atom#"
PARAMS = "http://lv2plug.in/plugins/eg-params"
MDA = "http://drobilla.net/plugins/mda/"

pytestmark = pytest.mark.real_plugin


# -- numbers of URIs in stored data -----------------------------------------------------------------------------------


def atom(kind, body):
    return struct.pack("=II", len(body), urid(ATOM + kind)) + body + bytes(-len(body) % 8)


def test_numbers_inside_of_every_container_travel_as_uris():
    key, value = urid("urn:key"), urid("urn:value")
    number = atom("URID", struct.pack("=I", value))
    plain = atom("Int", struct.pack("=i", value))  # the same bits, but no number of a URI
    inner = struct.pack("=IIII", 0, urid("urn:class"), key, 0) + number
    bodies = {
        "URID": struct.pack("=I", value),
        "Literal": struct.pack("=II", value, 0) + b"text\0",
        "Tuple": number + plain,
        "Object": inner,
        "Vector": struct.pack("=IIII", 4, urid(f"{ATOM}URID"), key, value),
        "Sequence": struct.pack("=IIq", 0, 0, 17) + atom("Object", inner),
    }
    for kind, body in bodies.items():
        numbering = Numbering([])
        stored = translate(ATOM + kind, body, uri_of, numbering.place)
        assert len(stored) == len(body)
        assert "urn:value" in numbering.uris
        assert "urn:key" in numbering.uris or kind in {"URID", "Literal", "Tuple"}
        elsewhere = Numbering(list(numbering.uris))
        assert translate(ATOM + kind, stored, elsewhere.uri, elsewhere.number) == body


@pytest.mark.parametrize("kind", ["URID", "Object", "Tuple", "Vector", "Sequence", "Literal"])
def test_bodies_that_do_not_add_up_stay_as_they_are(kind):
    for body in (b"\1", b"\xff" * 11, struct.pack("=IIII", 0, 0, 1 << 30, 1)):
        assert len(translate(ATOM + kind, body, uri_of, lambda number: number)) == len(body)


# -- states -----------------------------------------------------------------------------------------------------------


def test_control_values_are_the_state_of_a_plugin_without_one(tmp_path):
    one, two = loaded(amp(tmp_path / "a.lv2")), loaded(amp(tmp_path / "b.lv2"))
    lib.ib_lv2_set(one._lv2, 0, -12.5)
    two.load_state(one.save_state())
    assert two.values() == {0: -12.5}
    content = msgspec.msgpack.decode(one.save_state())
    assert content["values"] == {"gain": -12.5}
    one.close()
    two.close()


def test_a_state_without_a_value_is_its_default_and_unknown_symbols_are_left_out(tmp_path):
    plugin = loaded(amp(tmp_path / "a.lv2"))
    lib.ib_lv2_set(plugin._lv2, 0, 6.0)
    plugin.load_state(container.pack(container.Saved(tag=container.TAG, uri=AMP, values={"gone": 1.0})))
    assert plugin.values() == {0: 0.0}
    plugin.close()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"uri": "urn:another"}, "not of"),
        ({"tag": "isobooth-lv2-9"}, "upgrade"),
        ({"values": {"gain": float("nan")}}, "finite"),
        ({"values": "x"}, "not a state"),
        ({"files": [{"name": "files/0/x", "path": "/x", "data": b"1", "sha256": b"2"}]}, "damaged"),
    ],
)
def test_bad_states_are_refused_and_change_nothing(tmp_path, change, reason):
    plugin = loaded(amp(tmp_path / "a.lv2"))
    lib.ib_lv2_set(plugin._lv2, 0, 3.0)
    good = msgspec.msgpack.decode(plugin.save_state())
    with pytest.raises(StateError, match=reason):
        plugin.load_state(msgspec.msgpack.encode({**good, **change}))
    with pytest.raises(StateError):
        plugin.load_state(b"\0junk")
    assert plugin.values() == {0: 3.0}
    plugin.close()


def test_every_type_of_property_survives():
    values = {"int": -7.0, "long": 2.0**40 + 1, "float": 0.375, "double": 0.1, "bool": 1.0}
    bundle = real_plugin("eg-params.lv2")
    with load(f"lv2:{bundle}") as one, load(f"lv2:{bundle}") as two:
        for name, value in values.items():
            one.parameters[name] = value
        one.process(frames=512)
        state = one.state
        two.state = state
        two.process(frames=512)
        two.refresh_values()
        assert {name: two.parameters[name].value for name in values} == values
        stored = {entry["key"]: entry for entry in msgspec.msgpack.decode(state)["stored"]}
    double = stored[f"{PARAMS}#double"]
    assert double["type"] == f"{ATOM}Double"
    assert struct.unpack("=d", double["data"]) == (0.1,)
    assert double["flags"] & 3 == 3


def sampler_wave(folder, level=0.75):
    soundfile = pytest.importorskip("soundfile")
    folder.mkdir(exist_ok=True)
    path = folder / "tone.wav"
    soundfile.write(path, np.full(48000, level, np.float32), 48000, subtype="FLOAT")
    return path


def heard(plugin):
    plugin.process(frames=2400)
    return abs(plugin.process(frames=2400, events=[NoteOn(60, time=0)])).max()


def wait_for_sample(plugin, level):
    return until(lambda: heard(plugin) == pytest.approx(level))


def test_a_sampler_gets_its_file_and_its_state_survives_the_loss_of_it(tmp_path):
    bundle = real_plugin("eg-sampler.lv2")
    folder = tmp_path / "samples"
    wave = sampler_wave(folder)
    with load(f"lv2:{bundle}") as plugin:
        plugin.load_preset(wave)
        assert wait_for_sample(plugin, 0.75)
        state = plugin.state
        plugin.save_preset(tmp_path / "kept.zip", name="Kept")
    folder.rename(tmp_path / "elsewhere")
    with load(f"lv2:{bundle}") as plugin:
        plugin.state = state
        assert wait_for_sample(plugin, 0.75)
        again = plugin.state
    with load(f"lv2:{bundle}") as plugin:
        plugin.load_preset(tmp_path / "kept.zip")
        assert wait_for_sample(plugin, 0.75)
    saved, twice = (msgspec.msgpack.decode(data) for data in (state, again))
    assert saved["files"][0]["data"] == twice["files"][0]["data"]
    assert saved["files"][0]["name"] == twice["files"][0]["name"] == "files/0/tone.wav"


def test_a_file_can_be_given_to_a_property_of_which_the_data_files_say_nothing(tmp_path):
    bundle = tmp_path / "undeclared.lv2"
    shutil.copytree(real_plugin("eg-sampler.lv2"), bundle)
    sample = "http://lv2plug.in/plugins/eg-sampler#sample"
    text = (bundle / "sampler.ttl").read_text()
    (bundle / "sampler.ttl").write_text(text.replace(f"patch:writable <{sample}> ,", "patch:writable"))
    wave = sampler_wave(tmp_path / "samples")
    with load(f"lv2:{bundle}") as plugin:
        with pytest.raises(PluginError, match="the property's URI"):
            plugin.load_preset(wave)
        plugin.load_preset(PresetInfo(id=sample, name="", path=str(wave)))
        assert wait_for_sample(plugin, 0.75)
        assert any("do not tell" in getattr(notice, "text", "") for notice in plugin.take_notices())


def test_files_that_a_plugin_made_go_with_it():
    plugin = loaded(real_plugin("eg-sampler.lv2"))
    made = plugin._paths.made("one/two.txt")
    assert Path(made).parent.is_dir()
    folder = plugin._paths.folder
    plugin.close()
    assert not Path(folder).exists()


def test_a_state_holds_only_so_much(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "MOST_FILE_BYTES", 1 << 20)
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(1 << 21))
    kept = paths.Paths(str(tmp_path / "x.lv2"))
    kept.job = job = paths.Job()
    assert kept.abstract(str(large)) == "files/0/large.bin"
    assert kept.abstract(str(large)) == "files/0/large.bin"
    with pytest.raises(StateError, match="large"):
        kept.read(job)
    kept.close()


def test_paths_in_the_bundle_are_the_plugins_own_wherever_it_is(tmp_path):
    kept = paths.Paths(str(tmp_path / "x.lv2"))
    kept.job = paths.Job()
    name = kept.abstract(str(tmp_path / "x.lv2" / "click.wav"))
    assert name == "bundle/click.wav"
    other = paths.Paths(str(tmp_path / "y.lv2"))
    assert other.absolute(name) == str(tmp_path / "y.lv2" / "click.wav")
    with pytest.raises(ValueError, match="leads out"):
        kept.made("../../x")
    kept.close()


# -- presets ----------------------------------------------------------------------------------------------------------


def test_a_preset_of_the_list_sets_every_control_value():
    bundle = real_plugin("mda.lv2")
    with load(f"lv2:{bundle}#{MDA}DX10") as plugin:
        assert plugin.presets
        preset = plugin.presets[-1]
        before = {p.id: p.value for p in plugin.parameters.values()}
        plugin.load_preset(preset)
        values = {p.id: p.value for p in plugin.parameters.values()}
        assert values != before
        other = load(f"lv2:{bundle}#{MDA}DX10")
        other.state = plugin.state
        notes = {"frames": 4800, "events": [NoteOn(60, time=0)]}
        assert other.process(**notes).tobytes() == plugin.process(**notes).tobytes()
        other.close()


def test_the_values_are_those_of_the_data_file(tmp_path, monkeypatch):
    preset = (
        f'<urn:pre> a pset:Preset ; lv2:appliesTo <{AMP}> ; rdfs:label "Loud" ;'
        ' lv2:port [ lv2:symbol "gain" ; pset:value 7.5 ] .\n'
    )
    monkeypatch.setenv("LV2_PATH", str(tmp_path))
    plugin = loaded(amp(tmp_path / "a.lv2", manifest=preset))
    plugin.load_preset("urn:pre", "")
    assert plugin.values() == {0: 7.5}
    with pytest.raises(PluginError, match="urn:nothing"):
        plugin.load_preset("urn:nothing", "")
    file = tmp_path / "quiet.ttl"
    file.write_text(PREFIXES + preset.replace("7.5", "-20.0").replace("<urn:pre>", "<>"))
    plugin.load_preset("", str(file))
    assert plugin.values() == {0: -20.0}
    file.write_text(PREFIXES + preset.replace(AMP, "urn:another").replace("<urn:pre>", "<>"))
    with pytest.raises(PluginError, match="urn:another"):
        plugin.load_preset("", str(file))
    assert plugin.values() == {0: -20.0}
    plugin.close()


def test_a_preset_that_is_saved_is_a_bundle_for_every_host(tmp_path):
    plugin = loaded(amp(tmp_path / "a.lv2"))
    lib.ib_lv2_set(plugin._lv2, 0, -3.25)
    data = plugin.save_preset("My sound / 1")
    plugin.close()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist()) == [
            "My_sound_1.preset.lv2/My_sound_1.ttl",
            "My_sound_1.preset.lv2/manifest.ttl",
        ]
        archive.extractall(tmp_path / "lv2")
    other = loaded(amp(tmp_path / "a.lv2"))
    (tmp_path / "kept.zip").write_bytes(data)
    for path in (tmp_path / "kept.zip", tmp_path / "lv2" / "My_sound_1.preset.lv2"):
        lib.ib_lv2_set(other._lv2, 0, 0.0)
        other.load_preset("", str(path))
        assert other.values() == {0: -3.25}
    other.close()
    found = listed_presets(amp(tmp_path / "a.lv2"), tmp_path / "lv2")
    assert [(one["name"], one.get("bank", "")) for one in found] == [("My sound / 1", "")]


def listed_presets(bundle, folder):
    """As a new process with this LV2_PATH lists them."""
    command = [sys.executable, "-m", "isobooth.host", "--scan", "--format", "lv2", "--path", str(bundle)]
    done = subprocess.run(command, capture_output=True, check=True, env={**os.environ, "LV2_PATH": str(folder)})
    return json.loads(done.stdout)["plugins"][0]["presets"]


def test_a_booth_has_the_environment_that_its_owner_has_at_that_moment(tmp_path, monkeypatch):
    bundle = amp(tmp_path / "a.lv2")

    def listed():
        with load(f"lv2:{bundle}") as plugin:
            return [preset.name for preset in plugin.presets]

    monkeypatch.setenv("LV2_PATH", "/nowhere")
    assert listed() == []  # the warm host runs from here on
    other = tmp_path / "other.lv2"
    other.mkdir()
    preset = f'<urn:pre> a pset:Preset ; lv2:appliesTo <{AMP}> ; rdfs:label "Loud" .\n'
    (other / "manifest.ttl").write_text(PREFIXES + preset)
    monkeypatch.setenv("LV2_PATH", str(tmp_path))
    monkeypatch.setenv("ISOBOOTH_TEST_LONG", "x" * 100_000)  # more than is told with each booth
    assert listed() == ["Loud"]
    monkeypatch.setenv("LV2_PATH", "/nowhere")
    assert listed() == []


def test_a_presets_value_for_the_port_that_is_told_of_freewheeling_is_passed_over(tmp_path, monkeypatch):
    port = (
        'a lv2:InputPort, lv2:ControlPort ; lv2:symbol "free" ; lv2:name "Free" ; lv2:default 0.0 ; lv2:minimum 0.0 ;'
        " lv2:maximum 1.0 ; lv2:designation lv2:freeWheeling"
    )
    values = 'lv2:port [ lv2:symbol "free" ; pset:value 1.0 ] , [ lv2:symbol "other" ; pset:value 1.0 ]'
    preset = f'<urn:pre> a pset:Preset ; lv2:appliesTo <{AMP}> ; rdfs:label "Free" ; {values} .\n'
    monkeypatch.setenv("LV2_PATH", str(tmp_path))
    plugin = loaded(amp(tmp_path / "a.lv2", *AMP_PORTS, port, manifest=preset))
    warnings = []
    monkeypatch.setattr(plugin, "_warn", warnings.append)
    plugin.load_preset("urn:pre", "")
    assert warnings == ["a preset has a value for 'other', which is no control input"]
    assert lib.ib_lv2_get(plugin._lv2, 3) == 0.0
    plugin.close()


def test_files_that_are_no_preset_are_told(tmp_path):
    plugin = loaded(amp(tmp_path / "a.lv2"))
    odd = tmp_path / "odd.wav"
    odd.write_bytes(b"RIFF")
    for path, reason in (
        (odd, "takes no such file"),
        (tmp_path / "a.lv2", "no preset of"),
        (tmp_path / "x", "no file"),
    ):
        with pytest.raises(PluginError, match=reason):
            plugin.load_preset("", str(path))
    plugin.close()


def test_one_of_several_presets_in_a_file_is_named_by_its_id(tmp_path, monkeypatch):
    monkeypatch.setenv("LV2_PATH", str(tmp_path))
    plugin = loaded(amp(tmp_path / "a.lv2"))
    bundle = tmp_path / "two.preset.lv2"
    bundle.mkdir()
    both = [("urn:loud", 9.0), ("quiet.ttl", -9.0)]
    manifest = "".join(
        f"<{name}> a pset:Preset ; lv2:appliesTo <{AMP}> ; rdfs:seeAlso <{file}> .\n"
        for (name, _), file in zip(both, ("both.ttl", "quiet.ttl"), strict=True)
    )
    texts = [
        f'<{name}> a pset:Preset ; lv2:appliesTo <{AMP}> ; rdfs:label "{name}" ;'
        f' lv2:port [ lv2:symbol "gain" ; pset:value {value} ] .\n'
        for name, value in both
    ]
    (bundle / "manifest.ttl").write_text(PREFIXES + manifest)
    (bundle / "both.ttl").write_text(PREFIXES + texts[0])
    (bundle / "quiet.ttl").write_text(PREFIXES + texts[1])
    quiet = (bundle / "quiet.ttl").as_uri()
    with pytest.raises(PluginError, match=r"holds 2 presets .* give the id of one of them with it: .*urn:loud"):
        plugin.load_preset("", str(bundle))
    plugin.load_preset("urn:loud", str(bundle))
    assert plugin.values() == {0: 9.0}
    plugin.load_preset(quiet, str(bundle))
    assert plugin.values() == {0: -9.0}
    moved = bundle.rename(tmp_path / "moved.preset.lv2")
    plugin.load_preset("urn:loud", str(moved))
    plugin.load_preset(quiet, str(moved))
    assert plugin.values() == {0: -9.0}
    plugin.load_preset("urn:loud", str(moved / "both.ttl"))
    assert plugin.values() == {0: 9.0}
    alone = tmp_path / "alone.ttl"
    alone.write_text(PREFIXES + texts[0] + texts[1].replace("<quiet.ttl>", "<urn:quiet>"))
    plugin.load_preset("urn:quiet", str(alone))
    assert plugin.values() == {0: -9.0}
    with pytest.raises(PluginError, match="holds no preset urn:none"):
        plugin.load_preset("urn:none", str(moved))
    with pytest.raises(PluginError, match="holds no preset urn:none"):
        plugin.load_preset("urn:none", str(alone))
    assert plugin.values() == {0: -9.0}
    plugin.close()
