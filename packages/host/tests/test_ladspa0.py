"""The first proposal of February 2000, with unit generators built from its text."""

import msgspec
import numpy as np
import pytest

from isobooth.host._core import lib
from isobooth.host.formats.ladspa.hints import UNBOUNDED
from isobooth.host.formats.ladspa0 import plugin as ladspa0
from isobooth.host.formats.ladspa0.plugin import load
from isobooth.host.library import Library
from isobooth.protocol.descriptors import ScanReport
from isobooth.protocol.errors import PluginLoadError, PluginNotFound
from packages.host.tests.ladspa_player import Player, activation, build, event, request

GAIN, SPLITTER = "UG_Isobooth_Gain_1", "UG_Isobooth_Splitter_2"
BALANCE, PEAK = 0, 4


@pytest.fixture(scope="module")
def units(tmp_path_factory):
    return build("ladspa0_units", tmp_path_factory.mktemp("ladspa0"))


def scan(path):
    report = ScanReport(format="ladspa0", path=str(path))
    ladspa0.scan(str(path), report)
    assert msgspec.json.encode(report)
    return report


def test_scan(units):
    report = scan(units)
    assert report.errors == []
    gain, splitter = report.plugins
    assert (gain.id, gain.name, gain.index) == (GAIN, "Gain", 0)  # the reserved area was zero
    assert (splitter.id, splitter.name, splitter.index) == (SPLITTER, "Two-Way Splitter", 1)
    assert [(b.direction, b.channels) for b in splitter.buses] == [("input", 1), ("output", 2)]
    assert "realtime" in splitter.features
    assert "realtime" not in gain.features
    balance, peak = splitter.parameters
    assert (balance.id, balance.name, balance.is_output) == (BALANCE, "balance", False)
    assert (balance.minimum, balance.default, balance.maximum) == (-UNBOUNDED, 0, UNBOUNDED)
    assert (peak.id, peak.name, peak.is_output) == (PEAK, "peak", True)
    assert {w.plugin_id for w in report.warnings} == {GAIN, SPLITTER}  # that there are no bounds


def test_broken_units_spoil_no_others(tmp_path):
    report = scan(build("ladspa0_units", tmp_path, "-DBROKEN"))
    assert [p.id for p in report.plugins] == [GAIN, SPLITTER]
    assert [(e.plugin_id, "has no run function" in e.reason, "-1 ports" in e.reason) for e in report.errors] == [
        ("UG_Isobooth_Broken_3", True, False),
        ("UG_Isobooth_Negative_4", False, True),
    ]


@pytest.mark.parametrize("plugin_id", [GAIN, "Gain", "Gain_1", "Isobooth_Gain_1"])
def test_choosing(units, plugin_id):
    with Library(str(units)) as library:
        assert ladspa0.choose(str(units), ladspa0.find_all(library), plugin_id).symbol == GAIN


def test_a_short_name_that_fits_two_chooses_none():
    twins = [ladspa0.Unit(0, "UG_A_Osc_1"), ladspa0.Unit(1, "UG_B_Osc_1")]
    assert ladspa0.choose("x.so", twins, "A_Osc_1").index == 0
    with pytest.raises(PluginNotFound, match="has 2 unit generators 'Osc'"):
        ladspa0.choose("x.so", twins, "Osc")


@pytest.mark.parametrize(("plugin_id", "part"), [("", "which one is not said"), ("UG_Isobooth_Gain", "did you mean")])
def test_what_is_not_there(units, plugin_id, part):
    with pytest.raises(PluginNotFound) as caught:
        load(request(units, plugin_id))
    assert part in str(caught.value)
    assert SPLITTER in str(caught.value)


def test_a_library_of_another_kind(tmp_path):
    with pytest.raises(PluginLoadError) as caught:
        load(request(build("ladspa_witness", tmp_path)))
    assert "exports no UG_<author>_<name>_<n>" in str(caught.value)
    assert "it looks like LADSPA" in str(caught.value)


def test_gain(units):
    instance = load(request(units, "Gain"))
    instance.activate(activation())
    player = Player(instance)
    player.start()
    block = np.arange(8, dtype=np.float32).reshape(1, 8)
    assert (player.play(block).audio == 0).all()
    audio = player.play(block, [event(0, 2, 2.0), event(4, 2, -1000.5)]).audio[0]
    assert audio.tolist() == [0, 2, 4, 6, -4002, -5002.5, -6003, -7003.5]
    player.stop()
    state = instance.save_state()
    instance.close()
    other = load(request(units, "Gain"))
    other.load_state(state)
    assert other.values() == {2: -1000.5}
    other.close()


def test_splitter(units):
    instance = load(request(units, SPLITTER))
    instance.activate(activation())
    player = Player(instance)
    player.start()
    block = np.array([[1, -4, 2]], dtype=np.float32)
    outcome = player.play(block, [event(0, BALANCE, 0.25), event(1, PEAK, 1.0)])
    assert outcome.audio.tolist() == [[0.75, -3, 1.5], [0.25, -1, 0.5]]
    assert outcome.flags & lib.IB_STATUS_FLAG_BAD_EVENTS
    assert outcome.events == [(2, PEAK, 4.0)]
    assert player.play(block).events == []
    player.reset()  # which cannot be told to the plugin
    assert instance.values()[PEAK] == 4
    player.stop()
    instance.deactivate()
    instance.activate(activation())  # a new instance: the past is forgotten, the values stay
    player.start()
    assert player.play(block / 4).audio.tolist() == [[0.1875, -0.75, 0.375], [0.0625, -0.25, 0.125]]
    assert instance.values() == {BALANCE: 0.25, PEAK: 1.0}
    assert instance.latency() == 0
    player.stop()
    instance.deactivate()
    instance.close()
