"""``isobooth-host --warm``: a process with everything imported that forks a booth in a few milliseconds.

It runs no plugin itself and has one thread, so that forking is safe. It lives as long as the other end of its socket.
See isobooth.protocol.warm for the messages.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys
import time
import traceback

import msgspec

from isobooth.protocol import warm as w
from isobooth.protocol.errors import ArgumentError
from isobooth.protocol.messages import PROTOCOL_MAJOR

from . import __version__, exit_codes
from .arguments import BoothArguments, parse_booth
from .booth import end_process, run_booth
from .registry import SUPPORTED
from .scratch import sweep
from .strays import adopt_strays, end_strays

_DESCRIPTORS = 3
"""That come with a Spawn: read, write, output."""
_DEATH_SECONDS = 1.0
"""A dying process closes its sockets some time before it is gone."""


def parse_warm(arguments: list[str]) -> int:
    """The descriptor behind ``--warm``. Raises ArgumentError."""
    if len(arguments) != 1 or not arguments[0].isdecimal():
        raise ArgumentError("--warm needs the number of a socket")
    return int(arguments[0])


class WarmHost:
    """The loop of the warm process."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._owner = os.getppid()
        self._children: dict[int, int] = {}
        """Process descriptor -> process id."""
        self._poll = select.poll()
        self._poll.register(connection, select.POLLIN)
        self._owner_fd = self._watch_owner()

    def _watch_owner(self) -> int:
        try:
            fd = os.pidfd_open(self._owner)
        except OSError:  # gone already, or in another process namespace: the socket tells of its end
            return -1
        self._poll.register(fd, select.POLLIN)
        return fd

    def run(self) -> None:
        """Serve until the client closes its end or is gone."""
        adopt_strays()
        self._send(w.Ready(version=__version__, protocol_major=PROTOCOL_MAJOR))
        while True:
            for fd, _ in self._poll.poll():
                if fd in self._children:
                    self._reap(fd)
                elif fd == self._owner_fd or not self._receive():
                    return

    def tidy(self) -> None:
        """After the client's death: take away the shared memory that no booth had mapped yet.

        Nor do processes that plugins have started outlive their booths, which end by themselves now. A client that has
        only closed its end, and lives, looks after its own.
        """
        if self._owner_fd >= 0 and select.select([self._owner_fd], [], [], _DEATH_SECONDS)[0]:
            self._outlive_booths()
            from isobooth.protocol.segment import sweep_after  # no booth needs it: it would cost each of them memory

            sweep_after(self._owner)

    def _outlive_booths(self) -> None:
        deadline = time.monotonic() + _DEATH_SECONDS
        while self._children and (left := deadline - time.monotonic()) > 0:
            for fd in select.select(list(self._children), [], [], left)[0]:
                pid = self._children.pop(fd)
                os.waitpid(pid, 0)
                sweep(pid)
        end_strays(())  # a booth that is still there hangs: it has had its time

    def _send(self, message: msgspec.Struct, fds: list[int] | None = None) -> None:
        socket.send_fds(self._socket, [msgspec.msgpack.encode(message)], fds or [])

    def _reap(self, process_fd: int) -> None:
        pid = self._children.pop(process_fd)
        self._poll.unregister(process_fd)
        os.close(process_fd)
        # What the plugin forked ends with the booth. Until it is waited for, the booth's number cannot be another's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        end_strays(self._children.values())  # what left that group has become a child of this process by now
        self._send(w.Exited(pid=pid, status=os.waitstatus_to_exitcode(status)))
        if status:
            sweep(pid)

    def _receive(self) -> bool:
        data, fds, _, _ = socket.recv_fds(self._socket, w.PACKET_BYTES, _DESCRIPTORS)
        if not data:
            return False
        message = msgspec.msgpack.decode(data, type=w.Spawn)
        try:
            if len(fds) != _DESCRIPTORS:
                raise ArgumentError(f"{len(fds)} descriptors came with the request; {_DESCRIPTORS} were due")
            arguments = [*message.arguments, str(fds[0]), str(fds[1]), *message.settings]
            self._spawn(message, parse_booth(arguments), fds)
        except (ArgumentError, OSError) as error:
            self._send(w.SpawnFailed(token=message.token, reason=str(error)))
        finally:
            for fd in fds:
                os.close(fd)
        return True

    def _spawn(self, message: w.Spawn, arguments: BoothArguments, fds: list[int]) -> None:
        pid = os.fork()
        if pid == 0:
            self._become_booth(arguments, fds, message)
        process_fd = os.pidfd_open(pid)
        self._children[process_fd] = pid
        self._poll.register(process_fd, select.POLLIN)
        self._send(w.Spawned(token=message.token, pid=pid), [process_fd])

    def _become_booth(self, arguments: BoothArguments, fds: list[int], message: w.Spawn) -> None:
        """The child: nothing of it returns."""
        code = exit_codes.UNEXPECTED
        try:
            os.setsid()
            adopt_strays()  # orphans of this booth stay under it, and do not look like those of one that has ended
            self._socket.close()
            for process_fd in [*self._children, *([self._owner_fd] if self._owner_fd >= 0 else [])]:
                os.close(process_fd)
            os.dup2(fds[2], 1)
            os.dup2(fds[2], 2)
            os.close(fds[2])
            for name, value in message.environment.items():
                if value is None:
                    os.environb.pop(name, None)
                else:
                    os.environb[name] = value
            code = run_booth(arguments, owner_pid=self._owner, limits=message.limits)
        except BaseException:  # noqa: BLE001 - a fault of ours: this process must not become a second warm host
            traceback.print_exc()
        finally:
            end_process(code)


def serve(fd: int) -> int:
    """Import what booths need, then serve the socket ``fd``. Returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        connection = socket.socket(fileno=fd)
    except OSError as error:
        print(f"isobooth-host: descriptor {fd} is not a socket: {error}", file=sys.stderr)
        return exit_codes.CHANNEL
    connection.set_inheritable(False)
    for name in SUPPORTED:
        # A format whose library is not installed says so when it is asked for.
        with contextlib.suppress(ImportError):
            importlib.import_module(f"isobooth.host.formats.{name}.plugin")
    gc.collect()
    gc.freeze()  # what is shared stays shared: the collector no longer writes to it
    warm = WarmHost(connection)
    with connection, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        warm.run()
    warm.tidy()
    return exit_codes.OK
