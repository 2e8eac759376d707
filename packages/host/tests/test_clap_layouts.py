"""Buses of CLAPs: names of layouts, other layouts, configurations, buses at rest."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import lib
from isobooth.host.formats.clap.layouts import ambisonic_name, layouts_of, surround_name
from isobooth.host.formats.clap.plugin import load
from isobooth.host.plugin import LoadRequest
from isobooth.protocol.abilities import BusRequest
from isobooth.protocol.errors import PluginError

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth, compiled, real_plugin
from clap_rich import COMPAT, NAME, seen, tell, without

KEEP = BusRequest(channels=0)
FL, FR, FC, LFE, BL, BR, FLC, FRC, BC, SL, SR, TC, TFL, TFC, TFR, TBL, TBC, TBR, TSL, TSR = range(20)


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.getbasetemp()


@pytest.fixture(params=[(), (COMPAT,)], ids=["stable", "draft"])
def booth(request, folder):
    with Booth(compiled(NAME, folder, *request.param), folder) as made:
        yield made
        assert made.faults() == []


def shape(booth):
    return [(bus.direction, bus.channels, bus.layout) for bus in booth.plugin.buses()]


STEREO = [("input", 2, "stereo"), ("input", 1, "mono"), ("output", 2, "stereo")]


# -- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("speakers", "name"),
    [
        ([FC], "mono"),
        ([FL, FR], "stereo"),
        ([FL, FR, LFE], "2.1"),
        ([FL, FR, BL, BR], "quad"),
        ([FL, FR, FC, BC], "4.0"),
        ([FL, FR, FC, LFE, BL, BR], "5.1"),
        ([SL, SR, FL, FC, FR, LFE], "5.1"),
        ([FL, FR, FC, LFE, BL, BR, SL, SR], "7.1"),
        ([FL, FR, FC, LFE, BL, BR, SL, SR, TFL, TFR, TBL, TBR], "7.1.4"),
        ([FL, FR, FC, TC], "3.0.1"),
        ([LFE], "0.1"),
        ([], "surround"),
        ([FL, FL], "surround"),
        ([FL, 77], "surround"),
    ],
)
def test_surround_is_named_by_its_loudspeakers(speakers, name):
    assert surround_name(speakers) == name


def test_ambisonics_are_named_by_their_order():
    acn_sn3d, fuma_maxn, acn_n3d = (1, 1), (0, 0), (1, 2)
    assert [ambisonic_name(n, acn_sn3d) for n in (1, 4, 9, 16, 5)] == [
        "ambisonic 0",
        "ambisonic 1",
        "ambisonic 2",
        "ambisonic 3",
        "ambisonic",
    ]
    assert ambisonic_name(16, None) == "ambisonic 3"
    assert ambisonic_name(4, fuma_maxn) == "ambisonic 1 (FuMa maxN)"
    assert ambisonic_name(4, acn_n3d) == "ambisonic 1 (ACN N3D)"
    assert ambisonic_name(4, (9, 9)) == "ambisonic 1"


@pytest.mark.parametrize(
    "name", ["mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.0", "7.1", "5.1.2", "5.1.4", "7.1.4", "9.1.6"]
)
def test_every_way_to_ask_for_a_layout_is_that_layout(name):
    found = list(layouts_of(name, 0))
    assert found
    for layout in found:
        assert layouts_of(name, layout.channels)
        if layout.channel_map:
            assert surround_name(layout.channel_map) == name
            assert len(layout.channel_map) == layout.channels


def test_names_that_cannot_be_are_nothing():
    for name, channels in (("mono", 2), ("5.1", 5), ("ambisonic 2", 8), ("5.2", 0), ("odd", 3), ("99.1", 0)):
        assert list(layouts_of(name, channels)) == []
    assert list(layouts_of("ambisonic 1 (ACN what)", 0)) == []
    assert next(layouts_of("ambisonic 1 (FuMa maxN)", 0)).ambisonic == (0, 0)
    assert [layout.kind for layout in layouts_of("", 4)] == ["surround", "surround", "surround", "ambisonic", ""]
    assert [layout.kind for layout in layouts_of("surround", 11)] == ["surround"]


# -- configurable-audio-ports --------------------------------------------------------------------------------------


def test_buses_take_the_layouts_that_are_asked_for(booth):
    plugin = booth.plugin
    assert shape(booth) == STEREO
    plugin.set_buses([BusRequest(channels=6)], [BusRequest(channels=0, layout="7.1.4")])
    assert shape(booth) == [("input", 6, "5.1"), ("input", 1, "mono"), ("output", 12, "7.1.4")]
    plugin.set_buses([BusRequest(channels=0, layout="ambisonic 3"), BusRequest(channels=2)], [])
    assert shape(booth) == [("input", 16, "ambisonic 3"), ("input", 2, "stereo"), ("output", 12, "7.1.4")]
    plugin.set_buses([BusRequest(channels=4)], [BusRequest(channels=4, layout="ambisonic 1 (FuMa maxN)")])
    assert shape(booth) == [
        ("input", 4, "ambisonic 1"),
        ("input", 2, "stereo"),
        ("output", 4, "ambisonic 1 (FuMa maxN)"),
    ]
    plugin.set_buses([BusRequest(channels=1)], [BusRequest(channels=1)])
    assert lib.ib_take_asked(booth.mailbox) & lib.IB_ASK_BUSES == 0
    assert plugin.descriptor.channels("input") == 3
    seen(booth)
    plugin.set_buses([BusRequest(channels=1), KEEP], [BusRequest(channels=0, layout="mono")])
    assert seen(booth) == []  # all is so already
    booth.start()
    audio = np.random.default_rng(1).uniform(-1, 1, (3, 64)).astype(np.float32)
    assert (booth.play(audio).audio == audio[:1]).all()


def test_what_a_plugin_refuses_leaves_all_as_it_was(booth):
    plugin = booth.plugin
    for inputs, outputs, text in (
        ([BusRequest(channels=3)], [], r"refused to have input 'In' as 3 channels instead of 2 \(stereo\)"),
        ([BusRequest(channels=1)], [BusRequest(channels=5)], "input 'In' as 1 channels .* output 'Out' as 5 channels"),
        ([BusRequest(channels=5, layout="5.1")], [], "there is no such layout of so many channels"),
        ([BusRequest(channels=0, layout="odd")], [], "there is no such layout"),
    ):
        with pytest.raises(PluginError, match=text):
            plugin.set_buses(inputs, outputs)
        assert shape(booth) == STEREO
    booth.start()
    with pytest.raises(PluginError, match="while it is active"):
        plugin.set_buses([BusRequest(channels=1)], [])


def test_a_plugin_that_agrees_and_does_nothing_is_found_out(booth):
    tell(booth, "lie")
    with pytest.raises(PluginError, match="agreed to have output 'Out' as 1 channels .* but did not do it"):
        booth.plugin.set_buses([], [BusRequest(channels=1)])
    assert shape(booth) == STEREO


def test_a_layout_that_the_plugin_changes_is_read_again(booth):
    booth.plugin.load_state(b"layout")
    assert booth.asked() & lib.IB_ASK_BUSES
    assert shape(booth)[2] == ("output", 4, "ambisonic 1 (FuMa maxN)")


def test_a_layout_that_changes_while_active_is_a_fault(folder):
    with Booth(compiled(NAME, folder), folder) as booth:
        booth.start()
        booth.plugin.load_state(b"layout")
        assert booth.asked() & lib.IB_ASK_BUSES
        assert [text for _, text in booth.drain()] == [
            "it called surround.changed or ambisonic.changed while active (it is restarted)"
        ]


# -- configurations, further buses, rest ---------------------------------------------------------------------------


@pytest.mark.parametrize("lacks", ["clap.configurable-audio-ports", "clap.configurable-audio-ports/1"])
def test_a_configuration_is_chosen_by_its_channels_or_its_name(folder, lacks):
    with Booth(compiled(NAME, folder, without(lacks)), folder) as booth:
        plugin = booth.plugin
        plugin.set_buses([BusRequest(channels=1)], [BusRequest(channels=1)])
        assert shape(booth) == [("input", 1, "mono"), ("input", 1, "mono"), ("output", 1, "mono")]
        plugin.set_buses([], [BusRequest(channels=0, layout="All stereo")])
        assert shape(booth) == STEREO
        assert seen(booth) == ["select 10", "select 20"]
        with pytest.raises(PluginError, match=r"refused its configuration 'Never': its select\(\) returned false"):
            plugin.set_buses([BusRequest(channels=0, layout="Never")], [])
        for inputs in ([BusRequest(channels=1)], [KEEP, BusRequest(channels=2)]):
            with pytest.raises(PluginError, match="refused to have input"):
                plugin.set_buses(inputs, [])
        assert shape(booth) == STEREO


def test_configurations_without_details_are_known_by_their_main_ports(folder):
    flags = ('-DWITHOUT="clap.configurable"', "-DWITHOUT_INFO")
    with Booth(compiled(NAME, folder, *flags), folder) as booth:
        booth.plugin.set_buses([BusRequest(channels=1)], [BusRequest(channels=1)])
        assert shape(booth)[0] == ("input", 1, "mono")
        with pytest.raises(PluginError, match="refused to have"):
            booth.plugin.set_buses([BusRequest(channels=2), BusRequest(channels=2)], [BusRequest(channels=2)])


def test_requests_beyond_the_last_bus_add_one(booth):
    plugin = booth.plugin
    plugin.set_buses([KEEP, KEEP, BusRequest(channels=2)], [KEEP, BusRequest(channels=1)])
    assert shape(booth) == [
        *STEREO[:2],
        ("input", 2, "stereo"),
        ("output", 2, "stereo"),
        ("output", 1, "mono"),
    ]
    seen(booth)
    with pytest.raises(PluginError, match="refused a further input bus of 6 channels"):
        plugin.set_buses([KEEP, KEEP, KEEP, BusRequest(channels=1), BusRequest(channels=6)], [])
    assert seen(booth) == ["add 1", "remove 1 3"]
    with pytest.raises(PluginError, match="refused to have input"):
        plugin.set_buses([BusRequest(channels=3), KEEP, KEEP, BusRequest(channels=1)], [])
    assert seen(booth) == ["add 1", "remove 1 3"]
    assert len(shape(booth)) == 5


def test_a_plugin_whose_buses_are_fixed_says_so(folder):
    with Booth(real_plugin("DragonflyHallReverb.clap"), folder) as booth:
        for inputs, outputs, text in (
            ([BusRequest(channels=1)], [], "it lacks CLAP's extensions for that"),
            ([], [KEEP, BusRequest(channels=2)], "it lacks CLAP's extensible-audio-ports extension"),
        ):
            with pytest.raises(PluginError, match=text):
                booth.plugin.set_buses(inputs, outputs)
        booth.plugin.set_buses([BusRequest(channels=2, active=False)], [BusRequest(channels=2)])


def test_buses_can_rest(booth):
    plugin = booth.plugin
    resting = BusRequest(channels=0, active=False)
    plugin.set_buses([KEEP, resting], [])
    plugin.set_buses([KEEP, resting], [])
    assert seen(booth) == ["active 1 1 0 0"]
    plugin.set_buses([KEEP, KEEP], [])
    assert seen(booth) == ["active 1 1 1 0"]
    plugin.set_buses([resting], [])
    assert plugin.warnings[-1] == "it refused to let its input port 0 rest"
    plugin.set_buses([KEEP, resting], [])
    plugin.set_buses([BusRequest(channels=1), resting], [])
    assert seen(booth)[-3:] == ["active 1 1 0 0", "apply 1", "active 1 1 0 0"]  # a change wakes all of them


# -- wishes at the start -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "outputs", "found", "kept"),
    [
        (0, 0, (2, 2), False),
        (2, 2, (2, 2), False),
        (1, 6, (1, 6), False),
        (0, 1, (2, 1), False),
        (3, 0, (2, 2), True),
    ],
)
def test_wished_channels_are_there_from_the_start_or_the_plugins_own(folder, inputs, outputs, found, kept):
    with Booth(compiled(NAME, folder), folder) as booth:
        plugin = load(LoadRequest(str(compiled(NAME, folder)), "", 48000.0, 256, inputs, outputs, booth.mailbox))
        try:
            mains = [bus.channels for bus in plugin.descriptor.buses if bus.is_main]
            assert tuple(mains) == found
            assert any("it keeps its own channels" in text for text in plugin.warnings) == kept
        finally:
            plugin.close()
