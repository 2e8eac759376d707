"""Running something in a process of its own, so that what dies of it is not what is known already."""

from __future__ import annotations

import os
import select
import signal
import time
import traceback
import warnings
from collections.abc import Callable


class ApartError(Exception):
    """The process did not do what it was for; the text says what became of it."""


def run_apart(work: Callable[[], bytes], seconds: float) -> bytes:
    """What ``work`` returns, called in a copy of this process. Raises ApartError if that dies or takes too long.

    Only the calling thread exists in the copy: ``work`` must not wait for another.
    """
    read_fd, write_fd = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on, for the reason above
        child = os.fork()
    if child == 0:
        os.close(read_fd)
        _work_and_exit(work, write_fd)
    os.close(write_fd)
    try:
        data, in_time = _read(read_fd, time.monotonic() + seconds)
    finally:
        os.close(read_fd)
    if not in_time:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if not in_time:
        raise ApartError(f"that took more than {seconds:g} s")
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        raise ApartError(f"the plugin died of {name}")
    if code != 0:
        raise ApartError(f"the plugin ended the process with exit status {code}")
    return data


def _work_and_exit(work: Callable[[], bytes], write_fd: int) -> None:
    code = 1
    try:
        payload = memoryview(work())
        while payload:
            payload = payload[os.write(write_fd, payload) :]
        code = 0
    except BaseException:  # noqa: BLE001 - a fault of ours: this process must not go on as its parent
        traceback.print_exc()
    finally:
        os._exit(code)


def _read(fd: int, deadline: float) -> tuple[bytes, bool]:
    """All of it, and whether the end came in time."""
    data = bytearray()
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0:
        if poll.poll(left * 1000):
            part = os.read(fd, 1 << 16)
            if not part:
                return bytes(data), True
            data += part
    return bytes(data), False
