"""What only some CLAPs can do, through a whole booth: a process, its descriptors, its segment."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.protocol import abilities as a
from isobooth.protocol import messages as m

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import compiled
from clap_rich import NAME

from tests.daw import Blocks, C, Daw


@pytest.fixture
def path(tmp_path_factory):
    return str(compiled(NAME, tmp_path_factory.getbasetemp()))


def until(daw, request, kind):
    """Send a request and read on until a message of that kind; what came, in order."""
    came = [daw.ask(request)]
    while not isinstance(came[-1], kind):
        came.append(daw.receive())
    return came


def test_presets_buses_display_and_undo_of_a_booth(path):
    with Daw("clap", path, 48000, 64, 1, 6) as daw:
        loaded = daw.greet()
        buses = [(bus.direction, bus.channels, bus.layout) for bus in loaded.descriptor.buses]
        assert buses == [("input", 1, "mono"), ("input", 1, "mono"), ("output", 6, "5.1")]
        assert loaded.descriptor.layouts == ["All mono", "All stereo", "Never"]
        assert daw.ask(a.LoadPreset(preset="plugin:#loud")).values == {1: 1.0}
        failed = daw.ask(a.LoadPreset(preset="plugin:#none"))
        assert isinstance(failed, m.Failed)
        assert "no such preset" in failed.error.message

        described = daw.ask(a.SetBuses(inputs=[a.BusRequest(channels=2)], outputs=[a.BusRequest(channels=2)]))
        assert isinstance(described, m.Described)
        assert [bus.layout for bus in described.descriptor.buses] == ["stereo", "mono", "stereo"]
        refused = daw.ask(a.SetBuses(inputs=[a.BusRequest(channels=3)]))
        assert "refused to have input 'In' as 3 channels" in refused.error.message

        blocks = Blocks(slots=2, frames=64, inputs=3, outputs=2, event_bytes=256)
        assert isinstance(daw.activate(blocks), m.Activated)
        told = daw.receive()
        assert isinstance(told, a.DescriptionChanged)
        assert told.descriptor.voices.count == 8
        audio = np.random.default_rng(1).uniform(-1, 1, (3, 64)).astype(np.float32)
        wet, slot, _ = blocks.exchange(audio)
        assert slot["status"][0] == C["IB_STATUS_OK"]
        assert (wet == audio[:2]).all()

        assert isinstance(daw.ask(a.SetTrack(track=a.TrackInfo(name="One"))), m.Done)
        assert isinstance(daw.ask(a.Indicate(param_id=1, automation="present")), m.Done)
        assert isinstance(daw.ask(a.SetUndoContext(can_undo=True, undo_name="Cut")), m.Done)
        came = until(daw, m.LoadState(data=b"undo"), a.UndoNotice)
        while came[-1].kind != "redo":
            came.append(daw.receive())
        assert [notice.kind for notice in came if isinstance(notice, a.UndoNotice)] == [
            "begin", "cancel", "change", "change", "undo", "redo",
        ]  # fmt: skip
        delta = struct.pack("2d", 0.5, 0.75)
        assert daw.ask(a.ApplyUndo(delta=delta, version=7, redo=True)).values == {1: 0.75}
        seen = daw.ask(m.SaveState(purpose="preset")).data.decode().split("\n")
        for line in ("track 1 'One' 0/0/0/0 0 NULL", "automation 1 1 NULL", "undo name 'Cut'", "load 3", "save 1"):
            assert line in seen

        came = until(daw, m.LoadState(data=b"names 1"), a.DescriptionChanged)
        assert [name.key for name in came[-1].descriptor.note_names] == [36]
        assert until(daw, m.LoadState(data=b"suggest 71"), a.PageSuggested)[-1] == a.PageSuggested(id=71)
        came = until(daw, m.LoadState(data=b"transport"), a.TransportRequested)
        assert came[-1].action == "start"
        assert isinstance(daw.ask(m.Shutdown()), m.Done)
