"""What a DAW hears of a plugin besides audio: in order, bounded, and not lost without a word."""

import os
import select
import signal
import threading

import pytest

from isobooth.client import (
    ArgumentError,
    BoothEnded,
    BusesChanged,
    Crashed,
    DescriptionChanged,
    GestureChanged,
    LatencyChanged,
    Logged,
    Lost,
    PageSuggested,
    ParametersChanged,
    PresetLoaded,
    Restarted,
    StateDirty,
    TailChanged,
    TransportRequested,
    UndoNotice,
    ValuesChanged,
    load,
)
from isobooth.client.inbox import MOST_LINES, MOST_NOTICES, Inbox
from isobooth.client.notices import Notice
from tests.support import PATIENCE, until

TALKS = """
    from isobooth.protocol import abilities as a
    from isobooth.protocol.descriptors import PresetInfo, ControlPage, NoteName

    first = booth.descriptor(presets=[PresetInfo(id="1", name="Drums")])
    booth.descriptor = lambda: first
    greet()
    send(m.ValuesChanged(values={3: 0.5}, gestures=[(3, True), (3, False)]))
    send(m.ParametersChanged(parameters=[ParameterInfo(id=3, name="Three")], values={3: 0.25}))
    send(m.LatencyChanged(latency=7))
    send(m.TailChanged(tail=8))
    send(m.Restarted(latency=9, tail=10))
    send(m.StateDirty())
    send(m.Log(level="warning", text="hm"))
    send(a.PresetLoaded(id="1"))
    send(a.PresetLoaded(path="/some/file"))
    second = PluginDescriptor(format="null", path="", id="x", name="Fake", note_names=[NoteName(name="Kick", key=36)],
        parameters=[ParameterInfo(id=3, name="Three")], pages=[ControlPage(id=4, name="Main", params=[3, None, 99])])
    send(a.DescriptionChanged(descriptor=second))
    send(a.PageSuggested(id=4))
    send(a.TransportRequested(action="jump", values=[4.0]))
    send(a.UndoNotice(kind="change", name="Knob", delta=b"x", can_undo=True, version=2))
    booth.serve()
"""


def gather(plugin, count):
    found = []
    while len(found) < count and plugin.wait_notice(PATIENCE):
        found += plugin.take_notices()
    return found


def test_every_kind_in_order(fake_host):
    fake_host(TALKS)
    with load("null:") as plugin:
        found = gather(plugin, 15)
        drums = found[9].preset
        assert found == [
            ValuesChanged({3: 0.5}),
            GestureChanged(3, begins=True),
            GestureChanged(3, begins=False),
            ParametersChanged(),
            LatencyChanged(7),
            TailChanged(8),
            Restarted(9, 10),
            StateDirty(),
            Logged("warning", "hm"),
            PresetLoaded(drums, "1", ""),
            PresetLoaded(None, "", "/some/file"),
            DescriptionChanged(),
            PageSuggested(4),
            TransportRequested("jump", (4.0,)),
            UndoNotice("change", "Knob", b"x", can_undo=True, version=2),
        ]
        assert drums.name == "Drums"
        assert (plugin.latency, plugin.tail) == (9, 10)
        assert plugin.parameters["Three"].value == 0.25
        assert plugin.note_names[0].name == "Kick"
        assert [bus.channels for bus in plugin.buses] == [2, 2]  # BusesChanged would tell of others
        (page,) = plugin.pages
        assert (page.id, page.name, page.parameters) == (4, "Main", (plugin.parameters["Three"], None, None))
        assert list(plugin.log) == ["[warning] hm"]
        assert plugin.take_notices() == []
        for notice in found:
            with pytest.raises(AttributeError):
                notice.latency = 1


def test_the_end_is_heard(null):
    plugin = null()
    os.kill(plugin.pid, signal.SIGKILL)
    heard = []
    assert until(lambda: heard.extend(plugin.take_notices()) or len(heard) == 2)
    assert heard == [BoothEnded(), Crashed(plugin.error)]
    assert plugin.error.signal == "SIGKILL"
    plugin.restart()
    plugin.restart()  # of one that lives
    assert plugin.take_notices() == []
    plugin.process(frames=10)
    plugin.close()
    assert plugin.take_notices() == []


def test_nobody_waits_for_ever(null):
    plugin = null()
    assert plugin.wait_notice(0) is False
    with pytest.raises(ArgumentError):
        plugin.wait_notice(-1)
    woken = threading.Event()
    thread = threading.Thread(target=lambda: plugin.wait_notice() or woken.set(), daemon=True)
    thread.start()
    plugin.close()
    assert woken.wait(PATIENCE)
    thread.join()
    plugin.take_notices()
    assert plugin.notice_fd == -1


def test_a_descriptor_for_event_loops(null, nothing_left):
    with load("null:") as plugin:
        fd = plugin.notice_fd
        assert plugin.notice_fd == fd
        assert select.select([fd], [], [], 0)[0] == []
        os.kill(plugin.pid, signal.SIGKILL)
        assert select.select([fd], [], [], PATIENCE)[0] == [fd]
        plugin.take_notices()
        assert select.select([fd], [], [], 0)[0] == []


def test_the_descriptor_can_be_asked_for_late():
    inbox = Inbox()
    inbox.put(StateDirty())
    assert select.select([inbox.fileno()], [], [], 0)[0]
    inbox.close()


def test_what_nobody_takes_is_counted():
    inbox = Inbox()
    for number in range(MOST_NOTICES + 5):
        inbox.put(LatencyChanged(number))
    found = inbox.take()
    assert found[0] == Lost(5)
    assert found[1:] == [LatencyChanged(number) for number in range(5, MOST_NOTICES + 5)]
    assert inbox.take() == []


def test_a_flood_of_lines_displaces_nothing_else():
    inbox = Inbox()
    inbox.put(StateDirty())
    for number in range(50 * MOST_LINES):
        inbox.put(Logged("info", str(number)))
    found = inbox.take()
    assert found[0] == Lost(49 * MOST_LINES)
    assert found[1] == StateDirty()
    assert len(found) == 2 + MOST_LINES


def test_large_deltas_are_bounded():
    inbox = Inbox()
    for version in range(10):
        inbox.put(UndoNotice("change", "", bytes(1 << 24), can_undo=True, version=version))
    found = inbox.take()
    assert found[0] == Lost(6)
    assert [one.version for one in found[1:]] == [6, 7, 8, 9]


def test_every_kind_is_offered_and_frozen():
    import isobooth.client as offered

    kinds = {kind.__name__ for kind in Notice.__subclasses__()}
    assert kinds <= set(offered.__all__)
    assert BusesChanged(()) == BusesChanged(())
    with pytest.raises(AttributeError):
        BusesChanged(()).buses = ()


def test_a_restart_goes_on_talking(fake_host):
    fake_host(TALKS)
    with load("null:") as plugin:
        gather(plugin, 15)
        plugin.restart()
        assert until(lambda: any(isinstance(one, UndoNotice) for one in plugin.take_notices()))
