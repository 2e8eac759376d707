"""vst2_witness.c in a booth of the test's own process, with what it noted at hand."""

from __future__ import annotations

from pathlib import Path

import cffi
from clap_booth import Booth, compiled

from isobooth.host._core import ffi, lib
from isobooth.host.formats.vst2.plugin import load
from isobooth.protocol import get_include
from isobooth.protocol.events import decode_events

HERE = Path(__file__).resolve().parent
FORMAT = HERE.parent / "src" / "isobooth" / "host" / "formats" / "vst2"

wffi = cffi.FFI()
for header in (
    Path(get_include(), "isobooth", "layout.cdef.h"),
    FORMAT / "abi.cdef.h",
    HERE / "plugins" / "vst2_witness.h",
):
    wffi.cdef(header.read_text(encoding="utf-8"))
wffi.cdef("""
extern struct witness witness;
intptr_t witness_call(int32_t opcode, int32_t index, intptr_t value, void *ptr, float opt);
void witness_in_thread(int32_t opcode, int32_t index, float opt);
""")


def witness_file(folder, *flags):
    """The plugin as a library."""
    return compiled("vst2_witness", folder, *flags)


class WitnessBooth(Booth):
    """A booth with a witness in it."""

    def __init__(self, folder, *flags, plugin_id=""):
        path = witness_file(folder, *flags)
        self._library = wffi.dlopen(str(path))
        wffi.buffer(wffi.addressof(self._library, "witness"))[:] = bytes(wffi.sizeof("struct witness"))
        super().__init__(path, folder, plugin_id, load=load)
        self.witness = self._library.witness

    def ask(self, opcode, index=0, value=0, ptr=wffi.NULL, opt=0.0):
        """Have the plugin call the host, on this thread."""
        return self._library.witness_call(opcode, index, value, ptr, opt)

    def ask_in_thread(self, opcode, index=0, opt=0.0):
        """Have it call the host a hundred times on a thread of its own."""
        self._library.witness_in_thread(opcode, index, opt)

    def calls(self, *, since=0):
        """Opcodes that the plugin was called with."""
        return list(self.witness.opcodes[since : self.witness.opcode_count])

    def noted(self):
        """Events that it was given: (number of the process call, frame, bytes)."""
        return [
            (e.process, e.time, bytes(e.bytes[0 : min(e.length, 16)]) if e.type == 6 else bytes(e.data[0:3]))
            for e in self.witness.events[0 : self.witness.event_count]
        ]

    def told(self):
        """Values and gestures that came with idle flushes."""
        area = ffi.new("uint8_t[65536]")
        used = lib.ib_engine_idle_events(self.engine, area, 65536)
        return decode_events(bytes(ffi.buffer(area, used)))
