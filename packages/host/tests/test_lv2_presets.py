"""Presets of LV2 plugins: listed, loaded and saved as bundles, the same for lilv as for us."""

import io
import json
import os
import subprocess
import sys
import zipfile

import pytest

from isobooth.client import NoteOn, load
from isobooth.host._core import lib
from isobooth.protocol.errors import PluginError
from packages.host.tests.lv2_bundles import AMP, AMP_PORTS, PREFIXES, amp, loaded
from tests.support import real_plugin

MDA = "http://drobilla.net/plugins/mda/"

pytestmark = pytest.mark.real_plugin


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
