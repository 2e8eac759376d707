"""A host that does as it is told: ``fake_host.py BEHAVIOUR --warm FD``, for ISOBOOTH_HOST.

BEHAVIOUR is a file of Python code that runs in each booth, with the names of ``Booth`` below as globals. The plugin's
id comes as ``plugin_id``, so that one warm process can serve many different booths.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import random
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from isobooth.protocol import layout
from isobooth.protocol import messages as m
from isobooth.protocol import warm as w
from isobooth.protocol.channel import Channel, encode_frames
from isobooth.protocol.descriptors import BusInfo, ParameterInfo, PluginDescriptor

C = layout.constants()


class Booth:
    """What a behaviour can use."""

    def __init__(self, arguments: list[str], read_fd: int, write_fd: int) -> None:
        self.name, plugin, self.segment_name, self.instance = arguments
        self.plugin_path, _, self.plugin_id = plugin.partition("#")
        self.read_fd, self.write_fd = read_fd, write_fd
        self.channel: Channel[Any] = Channel(read_fd, write_fd, m.ToHost)
        self.maps: list[mmap.mmap] = []
        self.random = random.Random(self.plugin_id)

    def raw(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self.write_fd, view) :]
            except BlockingIOError:
                time.sleep(0.001)

    def send(self, message: object) -> None:
        for frame in encode_frames(message):
            self.raw(frame)

    def receive(self) -> Any:
        return self.channel.receive(timeout=60)

    def hello(self, **fields: Any) -> dict[str, Any]:
        return {
            "type": "hello", "protocol_major": m.PROTOCOL_MAJOR, "protocol_minor": m.PROTOCOL_MINOR,
            "layout_major": C["IB_LAYOUT_MAJOR"], "layout_minor": C["IB_LAYOUT_MINOR"], "program": "isobooth-host",
            "version": "9.9.9",
            "pid": os.getpid(), **fields,
        }  # fmt: skip

    def descriptor(self, inputs: int = 2, outputs: int = 2, **fields: Any) -> PluginDescriptor:
        buses = [
            BusInfo(index=0, name="in", channels=inputs, direction="input"),
            BusInfo(index=0, name="out", channels=outputs, direction="output"),
        ]
        return PluginDescriptor(**{"format": "null", "path": "", "id": "x", "name": "Fake", "buses": buses, **fields})

    def map(self, name: str) -> mmap.mmap:
        with Path("/dev/shm", name.strip("/")).open("r+b") as file:
            self.maps.append(mmap.mmap(file.fileno(), 0))
        return self.maps[-1]

    def greet(self, **fields: Any) -> None:
        self.receive()
        self.send(self.hello(**fields))
        self.send(m.Loaded(descriptor=self.descriptor()))

    def answer(self, request: m.Request) -> m.Reply:
        """What an honest host would say."""
        if isinstance(request, m.Activate):
            self.map(request.segment)
            return m.Activated(id=request.id, latency=0, tail=0, buses=self.descriptor().buses)
        if isinstance(request, m.Attach):
            self.map(request.segment)
        if isinstance(request, m.SaveState):
            return m.State(id=request.id, data=b"state")
        if isinstance(request, (m.GetValues, m.LoadState)):
            return m.Values(id=request.id, values={})
        if isinstance(request, m.ValuesToText):
            return m.Texts(id=request.id, texts=["text"])
        return m.Done(id=request.id)

    def play(self) -> None:
        """Pass blocks through the newest segment as they come, for ever. For a thread."""
        while True:
            if not self.maps:
                time.sleep(0.0005)
                continue
            memory = self.maps[-1]
            header = np.frombuffer(memory, layout.dtype("ib_header"), 1)
            self.play_segment(memory, header)

    def play_segment(self, memory: mmap.mmap, header: Any) -> None:
        g = {name: int(header["geometry"][name][0]) for name in header["geometry"].dtype.names}
        sequence = 1
        while self.maps[-1] is memory:
            slot_at = C["IB_HEADER_BYTES"] + (sequence - 1) % g["slots"] * g["slot_stride"]
            slot = np.frombuffer(memory, layout.dtype("ib_slot"), 1, slot_at)
            if slot["sequence"][0] != sequence:
                time.sleep(0.0001)
                continue
            count = min(g["inputs"], g["outputs"]) * g["plane_stride"]
            data = memory[slot_at + g["in_audio_offset"] : slot_at + g["in_audio_offset"] + count]
            memory[slot_at + g["out_audio_offset"] : slot_at + g["out_audio_offset"] + count] = data
            slot["status"], slot["out_event_bytes"] = C["IB_STATUS_OK"], 0
            self.finish(slot)
            slot["done"] = sequence
            header["client_bell"]["asleep"] = 0
            self.wake(header)
            sequence += 1

    def finish(self, slot: Any) -> None:
        """A behaviour may lie about the block here."""

    def wake(self, header: Any) -> None:
        import ctypes
        import platform

        number = {"x86_64": 202, "aarch64": 98}[platform.machine()]
        address = header["client_bell"]["asleep"].ctypes.data
        ctypes.CDLL(None).syscall(number, ctypes.c_void_p(address), 1, 2**31 - 1, None, None, 0)

    def serve(self) -> None:
        """Be an honest host."""
        threading.Thread(target=self.play, daemon=True).start()
        while True:
            request = self.receive()
            self.send(self.answer(request))
            if isinstance(request, m.Shutdown):
                return


def run_booth(code: str, arguments: list[str], fds: list[int]) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(fds[2], 1)
    os.dup2(fds[2], 2)
    booth = Booth(arguments, fds[0], fds[1])
    names = {name: getattr(booth, name) for name in dir(booth) if not name.startswith("_")}
    with contextlib.suppress(Exception):
        exec(compile(code, "behaviour", "exec"), {**globals(), **names, "booth": booth})  # noqa: S102  the test's own code


def main() -> None:
    behaviour, option, number = sys.argv[1:4]
    code = Path(behaviour).read_text()
    assert option == "--warm"
    connection = socket.socket(fileno=int(number))
    children: dict[int, int] = {}
    ready = {"type": "ready", "version": "9.9.9", "protocol_major": m.PROTOCOL_MAJOR}
    if code.startswith("# warm: "):  # what the warm host itself is to say, in the file's first line
        ready = eval(code.splitlines()[0].removeprefix("# warm: "), {"ready": ready})  # noqa: S307  as above
    connection.send(ready if isinstance(ready, bytes) else msgspec.msgpack.encode(ready))
    import select

    poll = select.poll()
    poll.register(connection, select.POLLIN)
    while True:
        for fd, _ in poll.poll():
            if fd in children:
                poll.unregister(fd)
                pid = children.pop(fd)
                os.close(fd)
                _, status = os.waitpid(pid, 0)
                connection.send(msgspec.msgpack.encode(w.Exited(pid=pid, status=os.waitstatus_to_exitcode(status))))
                continue
            data, fds, _, _ = socket.recv_fds(connection, w.PACKET_BYTES, 3)
            if not data:
                return
            message = msgspec.msgpack.decode(data, type=w.Spawn)
            pid = os.fork()
            if pid == 0:
                connection.close()
                try:
                    run_booth(code, message.arguments, fds)
                finally:
                    os._exit(0)
            process_fd = os.pidfd_open(pid)
            children[process_fd] = pid
            poll.register(process_fd, select.POLLIN)
            socket.send_fds(connection, [msgspec.msgpack.encode(w.Spawned(token=message.token, pid=pid))], [process_fd])
            for handed in fds:
                os.close(handed)


if __name__ == "__main__":
    main()

__all__ = ["BusInfo", "ParameterInfo", "np", "random", "threading", "time"]
