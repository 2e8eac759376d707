"""Frames on a pair of descriptors: messages as msgpack behind a length.

A frame is a 32-bit little-endian word (its length in the low 31 bits; the top bit says that the message goes on in the
next frame) and that many bytes. A message is at most ``most_bytes`` long; a frame at most FRAME_BYTES. A reader takes
memory as bytes arrive, never because a length says so.
"""

from __future__ import annotations

import errno
import os
import select
import struct
import time
from collections import deque
from typing import Any, Generic, TypeVar

import msgspec

from .errors import ChannelClosed, ChannelError, ChannelTimeout, FrameTooLarge

FRAME_BYTES = 1 << 20
"""Longest frame, in bytes; longer messages are cut into several."""

MESSAGE_BYTES = 1 << 30
"""Longest message that a reader takes unless told otherwise, in bytes (a plugin's state travels in one message)."""

_WORD = struct.Struct("<I")
_MORE = 0x80000000
_READ_BYTES = 1 << 16

T = TypeVar("T")


def encode_frames(message: object) -> list[bytes]:
    """The frames of a message, ready to be written one after the other."""
    payload = msgspec.msgpack.encode(message)
    if len(payload) <= FRAME_BYTES:
        return [_WORD.pack(len(payload)) + payload]
    frames = []
    for start in range(0, len(payload), FRAME_BYTES):
        part = payload[start : start + FRAME_BYTES]
        more = _MORE if start + FRAME_BYTES < len(payload) else 0
        frames.append(_WORD.pack(len(part) | more) + part)
    return frames


class FrameReader(Generic[T]):
    """Turns bytes as they come into messages of the union type ``kinds``. Knows nothing of descriptors."""

    def __init__(self, kinds: Any, *, most_bytes: int = MESSAGE_BYTES) -> None:
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(kinds)
        self._most_bytes = most_bytes
        self._pending = bytearray()
        self._parts = bytearray()
        self._messages: deque[T] = deque()

    def feed(self, data: bytes) -> None:
        """Take bytes from the other side.

        Raises FrameTooLarge for a length above the caps and ChannelError for bytes that are no message. After an error
        the stream cannot be understood any more.
        """
        self._pending += data
        at = 0
        while len(self._pending) - at >= _WORD.size:
            (word,) = _WORD.unpack_from(self._pending, at)
            length = word & ~_MORE
            self._check(length)
            if len(self._pending) - at - _WORD.size < length:
                break
            at += _WORD.size
            self._parts += memoryview(self._pending)[at : at + length]
            at += length
            if not word & _MORE:
                self._decode()
        if at:
            del self._pending[:at]

    def _check(self, length: int) -> None:
        if length > FRAME_BYTES:
            raise FrameTooLarge(f"a frame of {length} bytes was announced; {FRAME_BYTES} are allowed")
        if len(self._parts) + length > self._most_bytes:
            raise FrameTooLarge(f"a message grew above {self._most_bytes} bytes")

    def _decode(self) -> None:
        payload = bytes(self._parts)
        self._parts.clear()
        try:
            self._messages.append(self._decoder.decode(payload))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ChannelError(f"{len(payload)} bytes arrived that are no message: {error}") from error

    def next(self) -> T | None:
        """The oldest whole message that has not been taken, or None."""
        return self._messages.popleft() if self._messages else None


class Channel(Generic[T]):
    """Both directions over two descriptors. Not safe for two threads that do the same thing at once.

    The descriptors are made non-blocking and are closed with the channel.
    """

    def __init__(self, read_fd: int, write_fd: int, kinds: Any, *, most_bytes: int = MESSAGE_BYTES) -> None:
        self.read_fd = read_fd
        self.write_fd = write_fd
        self._reader: FrameReader[T] = FrameReader(kinds, most_bytes=most_bytes)
        self._closed = False
        os.set_blocking(read_fd, False)
        os.set_blocking(write_fd, False)

    def send(self, message: object, *, timeout: float | None = None) -> None:
        """Write a message whole.

        Raises ChannelTimeout if the other side does not read for ``timeout`` seconds (None: wait for ever; the
        message may then be half written and the channel is of no more use) and ChannelClosed if it is gone.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        for frame in encode_frames(message):
            view = memoryview(frame)
            while view:
                try:
                    view = view[os.write(self.write_fd, view) :]
                except BlockingIOError:
                    self._wait(self.write_fd, select.POLLOUT, deadline)
                except OSError as error:
                    if error.errno in {errno.EPIPE, errno.EBADF, errno.ECONNRESET}:
                        raise ChannelClosed("the other side has closed the control channel") from error
                    raise

    def receive(self, *, timeout: float | None = None) -> T:
        """The next message.

        Raises ChannelTimeout, ChannelClosed at the end of the stream, or what FrameReader raises.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            message = self._reader.next()
            if message is not None:
                return message
            self._wait(self.read_fd, select.POLLIN, deadline)
            self.pump()

    def pump(self) -> None:
        """Read what is there without waiting. Raises ChannelClosed at the end of the stream."""
        try:
            data = os.read(self.read_fd, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise ChannelClosed("the control channel is closed") from error
        if not data:
            raise ChannelClosed("the other side has closed the control channel")
        self._reader.feed(data)

    def next(self) -> T | None:
        """A message that has already arrived, or None."""
        return self._reader.next()

    def close(self) -> None:
        """Close both descriptors; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        os.close(self.read_fd)
        if self.write_fd != self.read_fd:
            os.close(self.write_fd)

    @staticmethod
    def _wait(fd: int, events: int, deadline: float | None) -> None:
        poll = select.poll()
        poll.register(fd, events)
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise ChannelTimeout("the other side did not answer on the control channel in time")
            if poll.poll(None if left is None else left * 1000):
                return
