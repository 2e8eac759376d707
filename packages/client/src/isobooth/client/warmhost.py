"""The client's end of the warm host: where booths come from.

One warm process per client and host command. It forks a booth in a few milliseconds, tells when one ends and how, and
ends by itself when this process does.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import signal
import socket
import subprocess
import threading
from dataclasses import dataclass

import msgspec

from isobooth.protocol import warm as w
from isobooth.protocol.errors import HostFailed, IncompatiblePeer
from isobooth.protocol.hostcommand import find_host_command
from isobooth.protocol.messages import PROTOCOL_MAJOR
from isobooth.protocol.segment import sweep

from .reactor import reactor
from .version import __version__

START_SECONDS = 30.0
"""How long the warm host may take to start, and to fork."""


@dataclass
class Spawned:
    """A booth that runs."""

    pid: int
    process_fd: int
    """A pidfd, owned by the receiver; -1 if there is none."""


class WarmHost:
    """Starts booths. Safe for several threads."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self._decoder = msgspec.msgpack.Decoder(w.FromWarm)
        self._tokens = itertools.count(1)
        self._changed = threading.Condition()
        self._spawned: dict[int, Spawned | str] = {}
        self._expected: set[int] = set()
        """Tokens that somebody waits for."""
        self._exits: dict[int, int] = {}
        self._alive = True
        self._environment = dict(os.environb)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = ours
        try:
            with theirs:
                self._process = self._start(theirs)
        except BaseException:
            ours.close()
            raise
        self._socket.settimeout(START_SECONDS)  # a warm host that stands still does not read either
        try:
            self._check(self._first())
        except BaseException:  # Ctrl-C as well
            self._process.kill()
            self._process.wait()
            self._socket.close()
            raise
        reactor().add(ours.fileno(), self._on_readable)

    def _start(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [*self.command, "--warm", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                env=self._environment,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C at the terminal is for the client alone
            )
        except OSError as error:
            raise HostFailed(f"the host command {self.command!r} could not be started: {error}") from error

    def _first(self) -> w.Ready:
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        data = self._socket.recv(w.PACKET_BYTES) if poll.poll(START_SECONDS * 1000) else b""
        if not data:
            self._process.kill()
            code = self._process.wait()
            raise HostFailed(
                f"the host command {' '.join(self.command)!r} ended (status {code}) or said nothing within"
                f" {START_SECONDS:g} s - run it with --version to see what is wrong"
            )
        try:
            ready = self._decoder.decode(data)
        except msgspec.MsgspecError as error:
            raise HostFailed(f"the host command {self.command!r} does not speak our language: {error}") from error
        if not isinstance(ready, w.Ready):
            raise HostFailed(f"the host command {self.command!r} began with {type(ready).__name__}, not Ready")
        return ready

    def _check(self, ready: w.Ready) -> None:
        if ready.protocol_major != PROTOCOL_MAJOR:
            older = "isobooth-host" if ready.protocol_major < PROTOCOL_MAJOR else "isobooth-client"
            raise IncompatiblePeer(
                f"isobooth-host {ready.version} speaks protocol {ready.protocol_major}, isobooth-client {__version__}"
                f" speaks protocol {PROTOCOL_MAJOR} - upgrade {older}"
            )

    def _changed_environment(self) -> dict[bytes, bytes | None]:
        """What this program has set or taken away since: a booth is to have it, as if it were started now."""
        now = dict(os.environb)
        gone: dict[bytes, bytes | None] = dict.fromkeys(self._environment.keys() - now.keys())
        return gone | {name: value for name, value in now.items() if self._environment.get(name) != value}

    @property
    def is_alive(self) -> bool:
        """Can it still fork?"""
        return self._alive

    def spawn(
        self, arguments: list[str], settings: list[str], fds: list[int], limits: dict[str, int] | None = None
    ) -> Spawned:
        """Fork a booth with three descriptors: read, write, output. Raises HostFailed."""
        token = next(self._tokens)
        changed = self._changed_environment()
        spawn = w.Spawn(token=token, arguments=arguments, settings=settings, limits=limits or {}, environment=changed)
        packet = msgspec.msgpack.encode(spawn)
        if len(packet) > w.PACKET_BYTES:
            names = ", ".join(os.fsdecode(name) for name in changed)
            raise HostFailed(f"the environment has grown too much since the first plugin was loaded: {names}")
        self._expected.add(token)
        try:
            socket.send_fds(self._socket, [packet], fds)
            with self._changed:
                if not self._changed.wait_for(lambda: token in self._spawned or not self._alive, START_SECONDS):
                    raise HostFailed(f"the warm host did not start a booth within {START_SECONDS:g} s")
                answer = self._spawned.pop(token, "the warm host is gone")
        except OSError as error:
            self._alive = False
            raise HostFailed(f"the warm host is gone: {error}") from error
        finally:
            self._expected.discard(token)  # a booth that comes later finds its channel closed and ends
        if isinstance(answer, str):
            raise HostFailed(f"no booth could be started: {answer}")
        return answer

    def wait_exit(self, pid: int, timeout: float) -> int | None:
        """Exit status of a booth (minus the signal that ended it); None if it still runs after ``timeout`` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: pid in self._exits or not self._alive, timeout)
            return self._exits.pop(pid, None)

    def _on_readable(self) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(self._socket, w.PACKET_BYTES, 4)
            message = self._decoder.decode(data) if data else None
        except (OSError, msgspec.MsgspecError):
            data, fds, message = b"", [], None
        with self._changed:
            if isinstance(message, w.Spawned):
                self._exits.pop(message.pid, None)  # of an earlier process with this number
                if message.token in self._expected:
                    self._spawned[message.token] = Spawned(message.pid, fds.pop() if fds else -1)
            elif isinstance(message, w.SpawnFailed) and message.token in self._expected:
                self._spawned[message.token] = message.reason
            elif isinstance(message, w.Exited):
                self._exits[message.pid] = message.status
            elif message is None:
                self._alive = False
            self._changed.notify_all()
        for fd in fds:
            os.close(fd)
        if not self._alive:
            reactor().remove(self._socket.fileno())

    def close(self) -> None:
        """End the warm process. Booths that run are not touched."""
        reactor().remove(self._socket.fileno())
        self._alive = False
        self._socket.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_lock = threading.Lock()
_current: WarmHost | None = None


def warm_host() -> WarmHost:
    """The warm host of this process, started at the first use and again if it died or ISOBOOTH_HOST changed."""
    global _current
    with _lock:
        command = find_host_command()
        if _current is not None and (not _current.is_alive or _current.command != command):
            _current.close()
            _current = None
        if _current is None:
            sweep()
            _current = WarmHost(command)
        return _current


def close_warm_host() -> None:
    """End the warm host if there is one; the next booth starts a new one."""
    global _current
    with _lock:
        if _current is not None:
            _current.close()
            _current = None


def kill_process(pid: int, process_fd: int) -> None:
    """SIGKILL for a booth.

    Without a pidfd the number could by then be another process's; nothing better is to be had there.
    """
    with contextlib.suppress(ProcessLookupError):
        if process_fd >= 0:
            signal.pidfd_send_signal(process_fd, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)


def _forget() -> None:
    global _current, _lock
    _current = None
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_forget)
