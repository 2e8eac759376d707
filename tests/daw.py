"""A DAW made by hand from the protocol package alone: pipes, a segment, messages, numpy; nothing of the client."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from isobooth.protocol import layout
from isobooth.protocol import messages as m
from isobooth.protocol.channel import Channel
from isobooth.protocol.segment import Segment
from tests.support import PATIENCE, host_command

if TYPE_CHECKING:
    from typing_extensions import Self

C = layout.constants()
_FUTEX = {"x86_64": 202, "aarch64": 98}
_FUTEX_WAKE = 1


def geometry(*, slots: int, frames: int, inputs: int, outputs: int, event_bytes: int = 0) -> dict[str, int]:
    """The numbers of struct ib_geometry, reckoned again from the header's comments."""
    stride = -(-frames * 4 // 64) * 64
    if stride and stride % 4096 == 0:
        stride += 64
    events_in = C["IB_SLOT_BYTES"]
    audio_in = events_in + event_bytes
    events_out = audio_in + inputs * stride
    audio_out = events_out + event_bytes
    slot = audio_out + outputs * stride
    return {
        "slots": slots, "max_frames": frames, "sample_bytes": 4, "wake_kind": C["IB_WAKE_KIND_FUTEX"],
        "inputs": inputs, "outputs": outputs, "in_event_bytes": event_bytes, "out_event_bytes": event_bytes,
        "segment_bytes": C["IB_HEADER_BYTES"] + slots * slot, "slot_stride": slot, "plane_stride": stride,
        "in_audio_offset": audio_in, "out_audio_offset": audio_out, "in_events_offset": events_in,
        "out_events_offset": events_out,
    }  # fmt: skip


class Blocks:
    """One segment and the blocks in it."""

    def __init__(self, **counts: int) -> None:
        self.numbers = geometry(**counts)
        self.segment = Segment.create(self.numbers["segment_bytes"])
        self.name = self.segment.name
        self.header = np.frombuffer(self.segment.memory, layout.dtype("ib_header"), 1)
        self.header["magic_low"], self.header["magic_high"] = C["IB_MAGIC_LOW"], C["IB_MAGIC_HIGH"]
        self.header["layout_major"], self.header["layout_minor"] = C["IB_LAYOUT_MAJOR"], C["IB_LAYOUT_MINOR"]
        self.header["header_bytes"], self.header["slot_bytes"] = C["IB_HEADER_BYTES"], C["IB_SLOT_BYTES"]
        for field, value in self.numbers.items():
            self.header["geometry"][field] = value
        self.sequence = 0

    def slot(self, sequence: int) -> np.ndarray[Any, Any]:
        at = C["IB_HEADER_BYTES"] + (sequence - 1) % self.numbers["slots"] * self.numbers["slot_stride"]
        return np.frombuffer(self.segment.memory, layout.dtype("ib_slot"), 1, at)

    def bytes_of(self, sequence: int, what: str, count: int) -> np.ndarray[Any, Any]:
        at = C["IB_HEADER_BYTES"] + (sequence - 1) % self.numbers["slots"] * self.numbers["slot_stride"]
        return np.frombuffer(self.segment.memory, np.uint8, count, at + self.numbers[what])

    def planes(self, sequence: int, what: str, channels: int, frames: int) -> np.ndarray[Any, Any]:
        stride = self.numbers["plane_stride"]
        return self.bytes_of(sequence, what, channels * stride).view(np.float32).reshape(channels, -1)[:, :frames]

    def exchange(
        self, audio: np.ndarray[Any, Any], events: bytes = b"", **fields: int
    ) -> tuple[np.ndarray[Any, Any], Any, bytes]:
        """One block: its output, its slot, its output events."""
        self.sequence += 1
        frames = audio.shape[1]
        slot = self.slot(self.sequence)
        slot["frames"], slot["flags"] = frames, 0
        slot["in_event_bytes"], slot["in_event_count"] = len(events), 0
        for name, value in fields.items():
            slot[name] = value
        if audio.size:
            self.planes(self.sequence, "in_audio_offset", len(audio), frames)[:] = audio
        if events:
            self.bytes_of(self.sequence, "in_events_offset", len(events))[:] = np.frombuffer(events, np.uint8)
        slot["sequence"] = self.sequence
        self.header["client"]["submitted"] = self.sequence
        self.ring()
        deadline = time.monotonic() + PATIENCE
        while slot["done"][0] != self.sequence:
            assert time.monotonic() < deadline, "the block does not come back"
            self.ring()
        wet = self.planes(self.sequence, "out_audio_offset", self.numbers["outputs"], frames).copy()
        area = self.bytes_of(self.sequence, "out_events_offset", int(slot["out_event_bytes"][0])).tobytes()
        return wet, slot, area

    def ring(self) -> None:
        """Wake the host if it sleeps."""
        if self.header["host_bell"]["asleep"][0]:
            self.header["host_bell"]["asleep"] = 0
            address = self.header["host_bell"]["asleep"].ctypes.data
            libc = ctypes.CDLL(None, use_errno=True)
            libc.syscall(_FUTEX[platform.machine()], ctypes.c_void_p(address), _FUTEX_WAKE, 2**31 - 1, None, None, 0)


class Daw:
    """One host process, started with the command line of the design, and the other ends of its descriptors."""

    def __init__(
        self,
        name: str,
        plugin: str,
        *settings: object,
        segment: str | None = None,
        environment: dict[str, str] | None = None,
    ):
        self.control = Blocks(slots=0, frames=0, inputs=0, outputs=0)
        host_read, our_write = os.pipe()
        our_read, host_write = os.pipe()
        words = [
            name,
            plugin,
            segment or self.control.name,
            "instance-1",
            str(host_read),
            str(host_write),
            *map(str, settings),
        ]
        self.process = subprocess.Popen(
            [*host_command(), *words],
            pass_fds=[host_read, host_write],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )
        os.close(host_read)
        os.close(host_write)
        self.channel: Channel[Any] = Channel(our_read, our_write, m.ToClient)
        self.number = 0

    def hello(self, **fields: object) -> m.Hello:
        """What we say of ourselves; ``fields`` are the lies."""
        return m.Hello(**{
            "protocol_major": m.PROTOCOL_MAJOR, "protocol_minor": m.PROTOCOL_MINOR,
            "layout_major": C["IB_LAYOUT_MAJOR"],
            "layout_minor": C["IB_LAYOUT_MINOR"], "program": "hand-made-daw", "version": "3.2.1", "pid": os.getpid(),
            **fields,
        })  # fmt: skip

    def receive(self) -> Any:
        return self.channel.receive(timeout=PATIENCE)

    def greet(self, **fields: object) -> m.Loaded:
        self.channel.send(self.hello(**fields), timeout=PATIENCE)
        assert isinstance(self.receive(), m.Hello)
        loaded = self.receive()
        assert isinstance(loaded, m.Loaded), loaded
        return loaded

    def ask(self, request: m.Request) -> Any:
        """The reply; notifications that come before it are dropped."""
        self.number += 1
        request.id = self.number
        self.channel.send(request, timeout=PATIENCE)
        while True:
            reply = self.receive()
            if isinstance(reply, m.Reply):
                assert reply.id == self.number
                return reply

    def activate(self, blocks: Blocks, *, sample_rate: float = 48000.0, **fields: object) -> Any:
        frames = blocks.numbers["max_frames"]
        return self.ask(m.Activate(segment=blocks.name, sample_rate=sample_rate, max_frames=frames, **fields))

    def end(self) -> tuple[int, str, str]:
        """Close the channel and wait: exit code, standard output and error."""
        self.channel.close()
        return self.finish()

    def finish(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=PATIENCE)
        self.control.segment.unlink()
        return self.process.returncode, out.decode(), err.decode()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self.control.segment.unlink()
