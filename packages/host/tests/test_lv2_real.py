"""Real LV2 plugins through the client: found, loaded, played, changed and closed as those of every other format."""

from pathlib import Path

import numpy as np
import pytest

from isobooth.client import NoteOff, NoteOn, PluginLoadError, load
from isobooth.host.plugin import Activation
from packages.host.tests.lv2_bundles import AMP, AMP_PORTS, amp, loaded, scanned
from tests.support import real_plugin

MDA = "http://drobilla.net/plugins/mda/"
FIFTHS = "http://lv2plug.in/plugins/eg-fifths"

pytestmark = pytest.mark.real_plugin


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def noise(plugin, frames=4800):
    count = plugin.descriptor.channels("input")
    return np.random.default_rng(3).uniform(-0.5, 0.5, (count, frames)).astype(np.float32)


@pytest.mark.parametrize(
    "how", ["lv2:{uri}", "{uri}", "{path}", "lv2:{path}", "{path}#{uri}", "lv2:{path}/manifest.ttl", "{path}/amp.so"]
)
def test_every_way_to_name_a_plugin(how, tmp_path, monkeypatch):
    path = tmp_path / "eg-amp.lv2"  # alone in its folder, so that little is searched
    path.symlink_to(real_plugin("eg-amp.lv2"))
    for variable in ("LV2_PATH", "VST3_PATH", "VST_PATH", "LADSPA_PATH", "CLAP_PATH"):
        monkeypatch.setenv(variable, str(tmp_path))
    with load(how.format(uri=AMP, path=path)) as plugin:
        assert (plugin.descriptor.format, plugin.descriptor.id, plugin.descriptor.path) == ("lv2", AMP, str(path))


def test_which_of_several_plugins_has_to_be_said():
    path = real_plugin("mda.lv2")
    with pytest.raises(PluginLoadError, match="name one"):
        load(str(path))
    with pytest.raises(PluginLoadError, match=f"{MDA}Delay"):
        load(f"{path}#{MDA}Delai")


def test_scanning_opens_no_library():
    path = real_plugin("mda.lv2")
    report = scanned(path)
    assert len(report.plugins) > 30
    assert report.errors == []
    assert "mda.lv2" not in Path("/proc/self/maps").read_text(encoding="utf-8")


def test_an_amplifier_amplifies():
    with load(f"lv2:{real_plugin('eg-amp.lv2')}") as plugin:
        audio = noise(plugin)
        assert np.array_equal(plugin.process(audio), audio)
        plugin.parameters.gain = 6.0
        assert plugin.parameters.gain.text == "6 dB"
        assert np.allclose(plugin.process(audio), audio * 10 ** (6 / 20), rtol=1e-5)


def test_an_instrument_sounds_and_falls_silent():
    with load(f"lv2:{real_plugin('mda.lv2')}#{MDA}Piano") as plugin:
        assert "instrument" in plugin.descriptor.features
        quiet = plugin.process(frames=4800)
        loud = plugin.process(frames=4800, events=[NoteOn(60, time=100), NoteOff(60, time=4000)])
        assert not quiet.any()
        assert not loud[:, :100].any()
        assert loud.any()


def test_a_midi_filter_gives_notes():
    with load(f"lv2:{real_plugin('eg-fifths.lv2')}") as plugin:
        plugin.process(frames=512, events=[NoteOn(60, time=7)])
        found = [(event.data[:2], event.time) for event in plugin.take_events()]
    assert found == [(bytes([0x90, 60]), 7), (bytes([0x90, 67]), 7)]


@pytest.mark.parametrize("name", ["ZamAutoSat", "ZamComp", "ZamGate"])
def test_one_plugin_is_the_same_in_every_format(name):
    """At their defaults; LADSPA's ZamX have no library of another name."""
    wet = {}
    with load(f"lv2:{real_plugin(f'{name}.lv2')}", sample_rate=48000) as plugin:
        audio = noise(plugin)
        values = {p.name: p.value for p in plugin.parameters.values() if not p.is_output}
        wet["lv2"] = plugin.process(audio)
    for form, file in (("ladspa", f"{name}-ladspa.so"), ("clap", f"{name}.clap"), ("vst3", f"{name}.vst3")):
        try:
            path = real_plugin(file)
        except pytest.skip.Exception:
            continue
        with load(f"{form}:{path}", sample_rate=48000) as plugin:
            for parameter in plugin.parameters.values():
                if parameter.name in values:
                    parameter.value = values[parameter.name]
            wet[form] = plugin.process(audio)
    assert len(wet) > 1
    for form, audio in wet.items():
        assert np.allclose(audio, wet["lv2"], atol=1e-5), form


def test_another_rate_and_longer_blocks_keep_the_values():
    with load(f"lv2:{real_plugin('mda.lv2')}#{MDA}Delay", sample_rate=44100, block_size=64) as plugin:
        first = next(p for p in plugin.parameters.values() if not p.is_output)
        first.value = first.range[1]
        state = plugin.state
    one = loaded(real_plugin("mda.lv2"), f"{MDA}Delay", sample_rate=44100.0, block_size=64)
    one.load_state(state)
    before = one.values()
    assert before[first.id] == first.range[1]
    for rate, frames in ((44100.0, 64), (96000.0, 4096), (96000.0, 64), (48000.0, 128)):
        one.activate(Activation(sample_rate=rate, min_frames=1, max_frames=frames, sample_bytes=4, offline=False))
        one.deactivate()
        assert one.values() == before
    one.close()


def test_ranges_follow_the_sample_rate_and_so_does_what_is_at_its_default(tmp_path):
    gain = AMP_PORTS[0].replace("-90.0", "0.0").replace("24.0", "0.5").replace("default 0.0", "default 0.25")
    ports = (f"{gain} ; lv2:portProperty lv2:sampleRate", *AMP_PORTS[1:])
    plugin = loaded(amp(tmp_path / "a.lv2", *ports), sample_rate=48000.0)
    assert plugin.values() == {0: 12000.0}
    plugin.activate(Activation(sample_rate=96000.0, min_frames=1, max_frames=64, sample_bytes=4, offline=False))
    plugin.deactivate()
    assert plugin.values() == {0: 24000.0}
    assert plugin.descriptor.parameters[0].maximum == 48000.0
    plugin.close()


def test_a_library_without_the_plugin_is_told(tmp_path):
    folder = amp(tmp_path / "a.lv2")
    for file in ("manifest.ttl", "plugin.ttl"):
        path = folder / file
        path.write_text(path.read_text().replace(f"<{AMP}>", "<urn:not:there>"))
    with pytest.raises(PluginLoadError, match=r"urn:not:there.*amp\.so does not have it; it has: .*eg-amp"):
        loaded(folder)


def test_fixed_lengths_and_powers_of_two_are_kept(tmp_path):
    audio = np.random.default_rng(3).uniform(-0.5, 0.5, (1, 3000)).astype(np.float32)
    for feature, latency in (("fixedBlockLength", 300), ("powerOf2BlockLength", 256)):
        folder = amp(tmp_path / f"{feature}.lv2", about=f"lv2:requiredFeature bufsz:{feature}")
        with load(f"lv2:{folder}", block_size=300) as plugin:
            wet = plugin.process(audio)
            assert plugin.latency == latency
        assert not wet[:, :latency].any()
        assert np.array_equal(wet[:, latency:], audio[:, :-latency])
