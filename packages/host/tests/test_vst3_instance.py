"""A VST3 instance with a plugin of our own, which does what real ones seldom do."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import ffi, lib
from isobooth.host.formats.vst3 import preset_file
from isobooth.host.formats.vst3.plugin import load, scan
from isobooth.host.plugin import LoadRequest
from isobooth.protocol.abilities import BusRequest, DescriptionChanged
from isobooth.protocol.errors import ParameterError, PluginError, PluginLoadError, PluginNotFound, StateError
from isobooth.protocol.events import ParamValue
from tests.support import compile_plugin

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth
from vst3_files import HERE, INCLUDE, report_on

ID = b"shapes-plugin-01".hex().upper()
RELOAD, IO, VALUES, LATENCY, TITLES, NOTES = (1 << bit for bit in (0, 1, 2, 3, 4, 6))


@pytest.fixture
def shapes(tmp_path, monkeypatch):
    """Makes the plugin, in one of its variants."""

    def make(*flags):
        source = (HERE / "plugins" / "vst3_shapes.c").read_text()
        return compile_plugin(source, tmp_path / "Shapes.vst3", INCLUDE, f"-I{HERE / 'plugins'}", *flags)

    monkeypatch.setenv("VST3_TRACE", str(tmp_path / "trace"))
    return make


@pytest.fixture
def booth(shapes, tmp_path_factory):
    """The plugin in its plain form, loaded."""
    with Booth(shapes(), tmp_path_factory.getbasetemp(), load=load) as booth:
        yield booth


def traced(tmp_path):
    """What the plugin noted since the last call."""
    path = tmp_path / "trace"
    words = path.read_text().splitlines() if path.exists() else []
    path.write_text("")
    return words


def request(path, plugin_id="", inputs=0, outputs=0):
    mailbox = ffi.new("struct ib_mailbox *", {"wake_fd": -1})
    return LoadRequest(str(path), plugin_id, 48000.0, 256, inputs, outputs, mailbox)


def noise(channels=2, frames=256):
    return np.random.default_rng(5).standard_normal((channels, frames)).astype(np.float32)


def settle(booth):
    """Serve the mailbox as the session does: a restart that is asked for is done. The bits that were left."""
    left = booth.asked()
    left |= lib.ib_take_asked(booth.mailbox)
    if left & lib.IB_ASK_RESTART:
        booth.stop()
        left |= booth.plugin.on_asked(0)
        if not left & lib.IB_ASK_BUSES:
            booth.begin()
    return left


# -- loading and ending -----------------------------------------------------------------------------------------------


def test_it_is_found_by_id_in_any_spelling_and_by_name(shapes):
    path = shapes()
    for word in ("", ID, ID.lower(), f"{{{ID[:8]}-{ID[8:12]}-{ID[12:16]}-{ID[16:20]}-{ID[20:]}}}", "Shapes"):
        plugin = load(request(path, word))
        assert (plugin.descriptor.id, plugin.descriptor.name) == (ID, "Shapes")
        plugin.close()
        plugin.close()
    with pytest.raises(PluginNotFound, match="no plugin 'Shape'"):
        load(request(path, "Shape"))


def test_a_life_is_in_order(booth, tmp_path):
    assert traced(tmp_path) == ["initialize 0", "shown 0"]
    booth.start()
    booth.stop()
    booth.start(offline=True)
    booth.stop()
    booth.driver = None
    booth.plugin.close()
    # buses stay active; nothing is said twice; the handler is gone when the end comes
    assert traced(tmp_path) == [
        *("input 1", "output 1", "mode 0", "active 1", "active 0"),
        *("mode 2", "active 1", "active 0", "terminate 0", "free 0", "exit 0"),
    ]


@pytest.mark.parametrize(
    ("step", "words"),
    [(1, r"initialize\(\) of its component failed with kInternalError"), (2, "has no IAudioProcessor")],
)
def test_a_failure_half_way_names_the_step_and_leaves_nothing(shapes, tmp_path, step, words):
    with pytest.raises(PluginLoadError, match=words):
        load(request(shapes(f"-DFAIL={step}")))
    assert traced(tmp_path)[-2:] == ["free 0", "exit 0"]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (3, r"setActive\(true\) failed with kInternalError"),
        (4, r"setupProcessing\(\) for 48000 Hz .* failed with kInvalidArgument"),
    ],
)
def test_a_plugin_may_refuse_to_be_active(shapes, tmp_path_factory, step, words):
    with Booth(shapes(f"-DFAIL={step}"), tmp_path_factory.getbasetemp(), load=load) as booth:
        with pytest.raises(PluginError, match=words):
            booth.start()
        booth.driver = None


def test_what_is_not_given_back_is_in_the_log(shapes, tmp_path_factory):
    with Booth(shapes("-DLEAK"), tmp_path_factory.getbasetemp(), load=load) as booth:
        booth.plugin.close()
        assert any("1 x IHostApplication" in text for _, text in booth.drain())


def test_a_scan_describes_it(shapes):
    path = shapes()
    report = report_on(path)
    scan(str(path), report)
    (found,) = report.plugins
    assert not report.errors
    assert (found.channels("input"), len(found.parameters), found.has_state) == (2, 6, True)


# -- parameters -------------------------------------------------------------------------------------------------------


def test_parameters_of_every_shape(booth):
    found = {p.id: p for p in booth.plugin.descriptor.parameters}
    assert list(found) == [0, 1, 2, 3, 5, 6]
    assert (found[1].minimum, found[1].maximum, found[1].default) == (0.0, 2.0, 1.0)
    assert (found[2].minimum, found[2].maximum) == (20.0, 20000.0)
    assert (found[3].minimum, found[3].maximum, found[3].default) == (0.0, 1.0, 0.0)
    assert [(v.value, v.label) for v in found[5].values] == [(0, "choice 0"), (1, "choice 0.5"), (2, "choice 1")]
    assert found[5].name == "x" * 128
    assert found[5].is_enumeration
    assert found[6].is_output
    assert booth.plugin.values()[3] == 0.0
    warnings = "; ".join(booth.plugin.warnings)
    assert "has the id 1 of another one" in warnings
    assert "has the default nan" in warnings


def test_texts_and_values(booth):
    plugin = booth.plugin
    assert plugin.value_to_text(1, 1.5) == "0.75"
    assert plugin.text_to_value(1, "half") == 1.0
    assert plugin.text_to_value(5, "Choice 0.5") == 1.0
    with pytest.raises(ParameterError, match="does not understand 'nonsense'; it writes its default as '0.5'"):
        plugin.text_to_value(1, "nonsense")
    with pytest.raises(ParameterError, match="no parameter with the id 77"):
        plugin.value_to_text(77, 0.0)
    with pytest.raises(ParameterError, match="no finite number"):
        plugin.value_to_text(1, math.nan)


@pytest.mark.parametrize("sample_bytes", [4, 8])
def test_changes_reach_both_halves(booth, sample_bytes):
    booth.start(sample_bytes=sample_bytes)
    audio = noise().astype(booth.dtype)
    answer = booth.play(audio, [ParamValue(1, 0.5), ParamValue(2, 200.0)])
    assert np.allclose(answer.audio, audio * 0.5, rtol=1e-6)
    assert booth.plugin.values()[1] == 0.5
    assert booth.plugin.values()[2] == pytest.approx(200.0, rel=1e-5)
    assert (booth.plugin.latency(), booth.plugin.tail()) == (32, lib.IB_TAIL_INFINITE)


def test_a_plugin_without_float64_says_so(shapes, tmp_path_factory):
    with Booth(shapes("-DNO_SIZE"), tmp_path_factory.getbasetemp(), load=load) as booth:
        assert not booth.plugin.buses()[0].supports_float64
        with pytest.raises(PluginError, match="does not take float64: use float32"):
            booth.start(sample_bytes=8)
        booth.driver = None


# -- state ------------------------------------------------------------------------------------------------------------


def test_a_state_a_preset_and_a_bare_component_state_all_restore(shapes, tmp_path, tmp_path_factory):
    path = shapes()
    with Booth(path, tmp_path_factory.getbasetemp(), load=load) as booth:
        booth.start()
        booth.play(noise(), [ParamValue(1, 0.25)])
        blobs = [booth.plugin.save_state(), booth.plugin.save_preset("Quiet <1>")]
    blobs.append(preset_file.read_preset(blobs[1], "it").chunks[preset_file.COMPONENT])
    assert b'value="Quiet &lt;1&gt;"' in blobs[1]
    for blob in blobs:
        plugin = load(request(path))
        assert plugin.values()[1] == 1.0
        plugin.load_state(blob)
        assert plugin.values()[1] == 0.25
        plugin.close()
    (tmp_path / "quiet.vstpreset").write_bytes(blobs[1])
    plugin = load(request(path))
    plugin.load_preset("", str(tmp_path / "quiet.vstpreset"))
    assert plugin.values()[1] == 0.25
    with pytest.raises(PluginError, match="is no file"):
        plugin.load_preset("", str(tmp_path))
    with pytest.raises(PluginError, match="has no preset 'x'"):
        plugin.load_preset("x", "")
    plugin.close()


def test_what_is_no_state_of_it_changes_nothing(booth, tmp_path):
    plugin = booth.plugin
    plugin.load_state(b"SHP1" + np.float64(0.1).tobytes())
    for blob, words in (
        (b"nonsense", "refused the state of 8 bytes"),
        (b"", "refused the state of 0 bytes"),
        (preset_file.write_preset("F" * 32, {b"Comp": b""}), "belongs to another plugin"),
        (preset_file.write_preset(ID, {b"Info": b""}), "holds no settings"),
        (plugin.save_state()[:-3], "is damaged"),
    ):
        with pytest.raises(StateError, match=words):
            plugin.load_state(blob)
        assert plugin.values()[1] == pytest.approx(0.2)


def test_a_plugin_without_a_state_restores_its_parameters(shapes, tmp_path_factory):
    path = shapes("-DNO_STATE")
    with Booth(path, tmp_path_factory.getbasetemp(), load=load) as booth:
        assert booth.plugin.descriptor.has_state
        booth.start()
        booth.play(noise(), [ParamValue(1, 0.5), ParamValue(5, 2.0)])
        blob = booth.plugin.save_state()
        with pytest.raises(StateError, match="cannot make a preset file"):
            booth.plugin.save_preset("x")
    with Booth(path, tmp_path_factory.getbasetemp(), load=load) as booth:
        booth.plugin.load_state(blob)
        booth.start()
        assert np.allclose(booth.play(noise()).audio, noise() * 0.5, rtol=1e-6)
        assert (booth.plugin.values()[1], booth.plugin.values()[5]) == (0.5, 2.0)


# -- buses ------------------------------------------------------------------------------------------------------------


def test_buses_change_when_they_are_asked_to(booth):
    plugin = booth.plugin
    assert [bus.layout for bus in plugin.buses()] == ["stereo", "stereo"]
    plugin.set_buses([BusRequest(channels=6)], [BusRequest(channels=6, layout="5.1")])
    assert [(bus.channels, bus.layout) for bus in plugin.buses()] == [(6, "5.1"), (6, "5.1")]
    booth.start()
    assert booth.play(noise(6)).audio.shape == (6, 256)
    booth.stop()
    booth.driver = None
    for wish in ([BusRequest(channels=4)], [BusRequest(channels=1)]):  # the output would have to change as well
        with pytest.raises(PluginError, match="refused the channels .; its buses have input 'i': 6, output 'o': 6"):
            plugin.set_buses(wish, [])
    with pytest.raises(PluginError, match="there are 1 input buses; 2 were asked for"):
        plugin.set_buses([BusRequest(channels=1)] * 2, [])


def test_a_bus_can_be_switched_off(booth, tmp_path):
    booth.plugin.set_buses([BusRequest(channels=0, active=False)], [])
    traced(tmp_path)
    booth.start()
    assert traced(tmp_path)[:2] == ["output 1", "mode 0"]
    booth.play(noise())
    booth.stop()
    booth.plugin.set_buses([BusRequest(channels=0)], [])
    traced(tmp_path)
    booth.start()
    assert traced(tmp_path)[:2] == ["input 1", "mode 0"]


def test_wishes_for_channels_are_tried(shapes):
    plugin = load(request(shapes(), inputs=6))
    assert plugin.descriptor.channels("input") == 2
    assert any("stays at 2 channels: it refused to have 6" in sentence for sentence in plugin.warnings)
    plugin.close()


# -- what it asks for -------------------------------------------------------------------------------------------------


def restart(flags):
    return ParamValue(0, flags / 4096)


def test_a_change_of_latency_restarts_it(booth, tmp_path):
    booth.start()
    traced(tmp_path)
    booth.play(noise(), [restart(LATENCY)])
    settle(booth)
    assert traced(tmp_path) == ["restart 0", "active 0", "mode 0", "active 1"]
    assert booth.play(noise()).audio.any()


def test_other_values_titles_and_notes_are_told(booth):
    booth.start()
    booth.play(noise(), [restart(VALUES | TITLES | NOTES)])
    assert booth.asked() == lib.IB_ASK_PARAM_VALUES | lib.IB_ASK_PARAM_INFO
    assert booth.plugin.values()[2] == 20000.0
    (notice,) = booth.plugin.take_notices()
    assert isinstance(notice, DescriptionChanged)
    assert booth.plugin.take_notices() == []


def test_other_buses_are_told_once_it_is_inactive(booth):
    booth.start()
    booth.play(noise(), [restart(IO)])
    assert settle(booth) & lib.IB_ASK_BUSES
    assert [bus.channels for bus in booth.plugin.buses()] == [6, 6]
    booth.start()
    assert booth.play(noise(6)).audio.shape == (6, 256)


def test_a_reload_keeps_the_settings(booth, tmp_path):
    booth.start()
    booth.play(noise(), [ParamValue(1, 0.25)])
    traced(tmp_path)
    booth.play(noise(), [restart(RELOAD)])
    assert settle(booth) & lib.IB_ASK_PARAM_INFO
    words = traced(tmp_path)
    assert words[:6] == ["restart 0", "active 0", "initialize 0", "shown 0", "terminate 0", "free 0"]
    assert words[-1] == "active 1"
    assert booth.plugin.values()[1] == 0.25
    assert np.allclose(booth.play(noise()).audio, noise() * 0.25, rtol=1e-6)


def test_a_reload_keeps_the_channels(booth):
    booth.plugin.set_buses([BusRequest(channels=6)], [BusRequest(channels=6, layout="5.1")])
    booth.start()
    booth.play(noise(6), [restart(RELOAD)])
    assert not settle(booth) & lib.IB_ASK_BUSES
    assert [bus.channels for bus in booth.plugin.buses()] == [6, 6]
    assert booth.play(noise(6)).audio.shape == (6, 256)


def test_a_reload_that_fails_leaves_the_old_one(booth, monkeypatch):
    booth.start()
    booth.play(noise(), [ParamValue(1, 0.25)])
    monkeypatch.setenv("VST3_FAIL", "1")
    booth.play(noise(), [restart(RELOAD)])
    settle(booth)
    assert any("which failed: " in text and "kOutOfMemory" in text for _, text in booth.drain())
    assert booth.plugin.values()[1] == 0.25
    assert np.allclose(booth.play(noise()).audio, noise() * 0.25, rtol=1e-6)


def test_offline_takes_effect_with_a_restart(booth, tmp_path):
    booth.start()
    traced(tmp_path)
    booth.plugin.set_offline(True)
    booth.plugin.set_offline(True)
    settle(booth)
    assert traced(tmp_path) == ["active 0", "mode 2", "active 1"]
