"""Values that a plugin computes stay in the core until somebody asks: none is lost, late or out of order."""

import threading
from pathlib import Path

import numpy as np
import pytest

from isobooth.client import ParamValue, RestartPolicy, load
from isobooth.client import heard as heard_events
from isobooth.client._core import lib
from isobooth.protocol import messages as m
from isobooth.protocol.descriptors import ParameterInfo
from tests.support import PATIENCE, real_plugin, until

from .conftest import noise

BLOCK = 64
MOVE_GAIN, FREE_METER = 1, 2
"""Tasks of clap_meters.c."""
GAIN, FIRST = 1, 64
METERS = [64, 128, 192, 4000000000]
"""Ids. Each block tells its number with the first at its first frame; plus 3, 4, 5 with the others at its last."""
DEADLY = 11


def numbers(events):
    """Of the blocks, as the first meter tells them."""
    return [event.value for event in events if event.parameter == FIRST]


def unheard(plugin):
    return int(lib.ib_stream_event_count(plugin._player.stream.pointer))


def test_values_are_there_as_soon_as_somebody_asks(meters):
    plugin = meters()
    audio = noise(2, BLOCK)
    for block in range(1, 6):
        plugin.process(audio)
        assert unheard(plugin) == len(METERS)
        assert [plugin.parameters[number].value for number in METERS] == [block, block + 3, block + 4, block + 5]
        assert unheard(plugin) == 0
    plugin.process(noise(2, 100 * BLOCK))
    assert plugin.parameters[FIRST].value == 105
    plugin.refresh_values()
    assert plugin.parameters[METERS[3]].value >= 105


@pytest.mark.parametrize("name", ["ZamComp.clap", "ZamComp.vst3", "ZamComp.lv2", "ZamComp-ladspa.so"])
def test_a_real_plugin_shows_its_level(name):
    """Some leave zeros where they mean every note."""
    with load(real_plugin(name), block_size=128) as plugin:
        plugin.process(np.full((plugin.descriptor.channels("input"), 128), 0.5, np.float32))
        plugin.process(np.full((plugin.descriptor.channels("input"), 128 * 50), 0.9, np.float32))
        shown = plugin.parameters["Output Level"].value
        assert shown == pytest.approx(20 * np.log10(0.9))
        plugin.refresh_values()
        assert plugin.parameters["Output Level"].value == shown


def test_order_and_times(meters):
    plugin = meters()
    hows = [{}, {}, {"events": []}, {}, {"events": []}, {"events": []}, {}]
    for frames, how in zip([3 * BLOCK, 10, 2 * BLOCK, 5000, 1, 5000, BLOCK], hows, strict=True):
        plugin.process(noise(2, frames), **how)
    plugin.submit(20)
    plugin.wait()
    expected = []
    for frames in [3 * BLOCK, 10, 2 * BLOCK, 5000, 1, 5000, BLOCK, 20]:
        for start in range(0, frames, BLOCK):
            number = 1 + len(expected) // len(METERS)
            end = min(start + BLOCK, frames) - 1
            values = zip(METERS, [number, number + 3, number + 4, number + 5], strict=True)
            expected += [(one, value, start if one == FIRST else end) for one, value in values]
    assert [(one.parameter, one.value, one.time) for one in plugin.take_events()] == expected
    assert plugin.take_events() == []


def test_what_nobody_has_heard_survives_another_stream(meters):
    """More room for events; activation with other buses."""
    plugin = meters()
    audio = noise(2, BLOCK)
    plugin.process(audio)
    plugin.process(audio)
    plugin.process(audio, events=[ParamValue(GAIN, 1.0) for _ in range(3000)])
    plugin.process(audio)
    plugin._player.rebuild = True
    plugin.process(audio)
    plugin.process(audio)
    assert plugin.parameters[FIRST].value == 6
    assert numbers(plugin.take_events()) == [1, 2, 3, 4, 5, 6]


def test_restart_keeps_what_was_not_taken(meters):
    plugin = meters()
    plugin.process(noise(2, 3 * BLOCK))
    plugin.process(noise(2, BLOCK))
    plugin.restart()
    assert plugin.parameters[FIRST].value == 0  # of the new booth
    plugin.process(noise(2, BLOCK))
    assert plugin.parameters[FIRST].value == 1
    assert numbers(plugin.take_events()) == [1, 2, 3, 4, 1]


def test_revival_keeps_what_was_not_taken(meters):
    plugin = meters(on_crash="silence", restart=RestartPolicy(most=10, delay=0.0))
    plugin.process(noise(2, 3 * BLOCK))
    plugin.process(noise(2, BLOCK))
    plugin.process(np.full((2, BLOCK), DEADLY, np.float32))
    assert plugin.wait_alive(PATIENCE)
    assert plugin.parameters[FIRST].value == 0
    plugin.process(noise(2, BLOCK))
    assert numbers(plugin.take_events()) == [1, 2, 3, 4, 1]


def test_what_is_no_meter_is_known_at_once(meters):
    plugin = meters(restart="once")
    plugin.process(noise(2, BLOCK))
    plugin.parameters["Task"].value = MOVE_GAIN
    assert not plugin._keeper.is_dirty
    plugin.process(noise(2, BLOCK))
    assert plugin._values.journal[GAIN] == 0.5
    assert plugin._keeper.is_dirty


@pytest.mark.parametrize("frames", [BLOCK, 50 * BLOCK])
def test_a_meter_that_is_one_no_more(meters, frames):
    plugin = meters(restart="once")
    for _ in range(3):
        plugin.process(noise(2, frames))
    assert not plugin._keeper.is_dirty
    plugin.parameters["Task"].value = FREE_METER
    plugin.process(noise(2, BLOCK))
    assert until(lambda: not plugin.parameters[FIRST].is_output)
    plugin._keeper.clean()
    plugin.process(noise(2, frames))
    assert plugin._keeper.is_dirty
    assert plugin._values.journal[FIRST] == 4 * frames // BLOCK + 1
    plugin.process(noise(2, BLOCK))
    assert plugin._values.journal[FIRST] == 4 * frames // BLOCK + 2


def test_what_it_tells_later_by_other_means_is_newer(meters):
    plugin = meters()
    for _ in range(2):
        plugin.process(noise(2, BLOCK))
    assert unheard(plugin)
    plugin._take_note(m.ValuesChanged(values={FIRST: 1000.0}))
    assert plugin.parameters[FIRST].value == 1000


def test_ids_that_cannot_be(meters):
    plugin = meters()
    plugin.process(noise(2, BLOCK))
    wrong = [ParameterInfo(id=number, name=str(number), is_output=True) for number in (-1, 1 << 32, 1 << 40, FIRST)]
    plugin._take_note(m.ParametersChanged(parameters=wrong, values={}))
    for frames in (BLOCK, 1000):
        audio = noise(2, frames)
        assert np.array_equal(plugin.process(audio), audio)
        assert np.array_equal(plugin.process(audio, events=[]), audio)
    assert plugin.parameters[FIRST].value == 35


def test_not_too_much_is_left_unheard(meters):
    plugin = meters()
    plugin.process(noise(2, BLOCK))
    long = np.zeros((2, 9000 * BLOCK), np.float32)
    plugin.process(long)
    assert unheard(plugin) == 0
    for _ in range(10):
        plugin.process(long[:, : 1000 * BLOCK].copy())
        assert unheard(plugin) <= (1 << 20) // 32
    assert numbers(plugin.take_events()) == list(range(1, 19_002))


def test_others_ask_while_it_plays(meters):
    plugin = meters()
    long = np.zeros((2, 2000 * BLOCK), np.float32)
    is_over = threading.Event()
    troubles = []

    def ask():
        before = 0.0
        while not is_over.is_set():
            value = plugin.parameters[FIRST].value
            if value < before:
                troubles.append((before, value))
            before = value

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        plugin.process(long)
        plugin.process(long[:, :BLOCK].copy())
    is_over.set()
    for thread in threads:
        thread.join()
    assert not troubles
    assert numbers(plugin.take_events()) == list(range(1, 5 * 2001 + 1))


def test_a_call_under_way_keeps_nobody_who_asks_waiting(meters):
    plugin = meters()
    plugin.process(noise(2, BLOCK))
    with plugin._lock:  # as a call has it
        answers = []
        thread = threading.Thread(target=lambda: answers.append(plugin.parameters[FIRST].value))
        thread.start()
        thread.join(PATIENCE)
        assert len(answers) == 1


def resident():
    """KiB of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


def test_nothing_grows(meters, monkeypatch):
    """Nobody takes the events: the oldest go, whether few or many come at a time."""
    monkeypatch.setattr(heard_events, "MOST_BYTES", 1 << 18)
    plugin = meters()
    audio = noise(2, BLOCK)

    def play(count):
        for number in range(count):
            plugin.process(audio)
            if number % 2:
                assert plugin.parameters[FIRST].value > 0
            elif number % 3:
                plugin.process(audio, events=[])

    play(3000)
    before, lost = resident(), plugin._player._heard.lost
    play(10_000)
    assert resident() - before < 2048
    assert plugin._player._heard.lost > lost
    last = numbers(plugin.take_events())
    assert last == list(range(int(last[0]), int(last[0]) + len(last)))
    assert last[-1] == plugin.parameters[FIRST].value
