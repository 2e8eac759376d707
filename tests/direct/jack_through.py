"""Play audio and notes through another client of a JACK server, in freewheel, and keep what comes out.

    python jack_through.py CLIENT IN.npz OUT.npz

Written with ctypes and numpy after JACK's headers. The other client's audio inputs are fed in the order of their ports;
if it has MIDI inputs, the first gets the notes. In freewheel no block is ever late, so the result is always the same.

IN.npz holds   audio   float32 (audio inputs, frames)
               notes   optional, (n, 4): frame, 0 (on) or 1 (off), key, velocity 0 … 1; sorted
OUT.npz holds  audio   (audio outputs, frames), some blocks more; the server may bring it a whole number of blocks late
"""

from __future__ import annotations

import argparse
import ctypes
import threading
from ctypes import CFUNCTYPE, c_char_p, c_int, c_size_t, c_uint32, c_ulong, c_void_p

import numpy as np
import numpy.typing as npt

AUDIO, MIDI = b"32 bit float mono audio", b"8 bit raw midi"
IS_INPUT, IS_OUTPUT = 1, 2
NO_START = 1
LEAD, TRAIL = 4, 2
"""Blocks before and after: what is sent comes back a block later, in a server that does not wait for its clients."""
PROCESS = CFUNCTYPE(c_int, c_uint32, c_void_p)
FUNCTIONS = {
    "jack_client_open": (c_void_p, c_char_p, c_int, c_void_p),
    "jack_client_close": (c_int, c_void_p),
    "jack_activate": (c_int, c_void_p),
    "jack_deactivate": (c_int, c_void_p),
    "jack_set_process_callback": (c_int, c_void_p, PROCESS, c_void_p),
    "jack_set_freewheel": (c_int, c_void_p, c_int),
    "jack_get_buffer_size": (c_uint32, c_void_p),
    "jack_get_ports": (c_void_p, c_void_p, c_char_p, c_char_p, c_ulong),
    "jack_port_register": (c_void_p, c_void_p, c_char_p, c_char_p, c_ulong, c_ulong),
    "jack_port_name": (c_char_p, c_void_p),
    "jack_port_get_buffer": (c_void_p, c_void_p, c_uint32),
    "jack_connect": (c_int, c_void_p, c_char_p, c_char_p),
    "jack_midi_clear_buffer": (None, c_void_p),
    "jack_midi_event_write": (c_int, c_void_p, c_uint32, c_char_p, c_size_t),
}


class Through:
    """A client that feeds another one."""

    def __init__(self, other: str) -> None:
        self._jack = ctypes.CDLL("libjack.so.0")
        for name, (result, *arguments) in FUNCTIONS.items():
            function = getattr(self._jack, name)
            function.restype, function.argtypes = result, arguments
        self._client = self._jack.jack_client_open(b"through", NO_START, None)
        if not self._client:
            message = "there is no JACK server"
            raise SystemExit(message)
        self._callback = PROCESS(self._process)
        self._jack.jack_set_process_callback(self._client, self._callback, None)
        self.block = self._jack.jack_get_buffer_size(self._client)
        self._done, self._at = threading.Event(), 0
        self._given = self._heard = np.zeros((0, 0), np.float32)
        self._notes: list[tuple[int, bytes]] = []
        self._pairs: list[tuple[bytes, bytes]] = []
        other = f"^{other}:".encode()
        self._out = self._ports_for(other, AUDIO, IS_INPUT, b"out")
        self._midi = self._ports_for(other, MIDI, IS_INPUT, b"midi")[:1]
        self._in = self._ports_for(other, AUDIO, IS_OUTPUT, b"in")
        if not self._in:
            message = f"no client {other!r} has audio outputs"
            raise SystemExit(message)
        self._jack.jack_activate(self._client)
        for source, target in self._pairs:
            self._jack.jack_connect(self._client, source, target)

    def _ports_for(self, other: bytes, kind: bytes, theirs: int, name: bytes) -> list[int]:
        """Make a port for each of the other's, to be connected."""
        found, made = self._jack.jack_get_ports(self._client, other, kind, theirs), []
        ours = IS_OUTPUT if theirs == IS_INPUT else IS_INPUT
        for number, its in enumerate(_texts(found)):
            port = self._jack.jack_port_register(self._client, b"%s_%d" % (name, number), kind, ours, 0)
            ends = (self._jack.jack_port_name(port), its)
            self._pairs.append(ends if ours == IS_OUTPUT else ends[::-1])
            made.append(port)
        return made

    def play(self, audio: npt.NDArray[np.float32], notes: list[tuple[int, bytes]]) -> npt.NDArray[np.float32]:
        """Return what comes back, from LEAD blocks after the beginning on."""
        blocks = -(-audio.shape[1] // self.block) + LEAD + TRAIL
        lead = LEAD * self.block
        self._given = np.zeros((len(audio), blocks * self.block), np.float32)
        self._given[:, lead : lead + audio.shape[1]] = audio
        self._notes = [(time + lead, message) for time, message in notes]
        self._jack.jack_set_freewheel(self._client, 1)
        self._heard = np.zeros((len(self._in), blocks * self.block), np.float32)  # now it begins
        self._done.wait(60)
        self._jack.jack_set_freewheel(self._client, 0)
        self._jack.jack_deactivate(self._client)
        self._jack.jack_client_close(self._client)
        return self._heard[:, lead:]

    def _process(self, frames: int, _: object) -> int:
        for port in self._midi:
            self._jack.jack_midi_clear_buffer(self._jack.jack_port_get_buffer(port, frames))
        is_playing = self._heard.size > 0 and not self._done.is_set()
        end = self._at + frames
        for channel, port in enumerate(self._out):
            target = self._plane(port, frames)
            target[:] = self._given[channel, self._at : end] if is_playing else 0
        if not is_playing:
            return 0
        for port in self._midi:
            area = self._jack.jack_port_get_buffer(port, frames)
            for time, message in self._notes:
                if self._at <= time < end:
                    self._jack.jack_midi_event_write(area, time - self._at, message, len(message))
        for channel, port in enumerate(self._in):
            self._heard[channel, self._at : end] = self._plane(port, frames)
        self._at = end
        if self._at >= self._heard.shape[1]:
            self._done.set()
        return 0

    def _plane(self, port: int, frames: int) -> npt.NDArray[np.float32]:
        address = self._jack.jack_port_get_buffer(port, frames)
        return np.frombuffer((ctypes.c_float * frames).from_address(address), np.float32)


def _texts(array: int | None) -> list[bytes]:
    """The texts of an array of pointers that ends with NULL."""
    found: list[bytes] = []
    while array:
        text = c_char_p.from_address(array + len(found) * ctypes.sizeof(c_void_p)).value
        if text is None:
            break
        found.append(text)
    return found


def main() -> None:
    """Run the command line; see the top of this file."""
    parser = argparse.ArgumentParser()
    for name in ("client", "source", "target"):
        parser.add_argument(name)
    options = parser.parse_args()
    with np.load(options.source) as archive:
        given = {name: archive[name] for name in archive.files}
    notes = [
        (int(time), bytes([0x80 if off else 0x90, int(key), round(127 * velocity)]))
        for time, off, key, velocity in given.get("notes", ())
    ]
    audio = Through(options.client).play(given["audio"], notes)
    np.savez(options.target, audio=audio)


if __name__ == "__main__":
    main()
