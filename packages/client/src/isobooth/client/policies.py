"""What happens to a plugin that dies or takes too much: when it is started again, and what it may take."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from isobooth.protocol.errors import ArgumentError, ArgumentTypeError

MOST_BYTES = 1 << 62
MOST_COUNT = 1 << 30


@dataclass(frozen=True)
class RestartPolicy:
    """When a booth that died is replaced by itself.

    At most ``most`` restarts within ``period`` seconds (intensity and period of Erlang's supervisors); with the death
    after these the plugin is given up: it stays bypassed or silent until ``restart()``. The first restart is made at
    once, the second after ``delay`` seconds, each further one after twice as long, ``longest`` seconds at most.
    """

    most: int = 5
    period: float = 60.0
    delay: float = 0.1
    longest: float = 5.0


NEVER = RestartPolicy(most=0)
_NAMED = {"never": NEVER, "once": RestartPolicy(most=1, period=math.inf), "back-off": RestartPolicy()}


@dataclass(frozen=True)
class Limits:
    """What the process of a plugin may take. None: no limit but that of this process.

    The kernel refuses what is beyond ``memory``, ``descriptors``, ``processes`` and ``core``; what a plugin makes of
    that is its own affair (most crash). A process that is found beyond ``memory``, ``descriptors`` or ``processor`` all
    the same, about once a second, is ended: RanAway, then Crashed.
    """

    memory: int | None = None
    """Bytes of address space that the plugin may take beside the booth's own (RLIMIT_AS), and of memory in use."""
    descriptors: int | None = None
    """Files, pipes and sockets that it may have open beside the booth's own (RLIMIT_NOFILE)."""
    processes: int | None = None
    """Processes and threads of this user, those of other programs among them (RLIMIT_NPROC); root has no limit."""
    core: int | None = 0
    """Bytes of a core dump (RLIMIT_CORE): 0, the default, for none."""
    processor: float | None = None
    """Share of one processor that it may use outside of blocks, on the mean of ten seconds; 1.0 is a whole one."""

    @property
    def is_watched(self) -> bool:
        """Is there anything that has to be looked at from outside?"""
        return not self.memory is self.descriptors is self.processor is None

    def settings(self) -> dict[str, int]:
        """What the host sets, as it takes it."""
        named = {"memory": self.memory, "descriptors": self.descriptors, "processes": self.processes, "core": self.core}
        return {name: value for name, value in named.items() if value is not None}


def check_restart(value: object) -> RestartPolicy:
    """A policy or its name. Raises ArgumentError or ArgumentTypeError."""
    if isinstance(value, str) and value in _NAMED:
        return _NAMED[value]
    if isinstance(value, RestartPolicy):
        _whole("restart.most", value.most, 0, MOST_COUNT)
        for name in ("period", "delay", "longest"):
            _number(f"restart.{name}", getattr(value, name), 0.0, math.inf)
        return value
    raise ArgumentError(f"restart is {value!r} and must be one of {', '.join(map(repr, _NAMED))}, or a RestartPolicy")


def check_limits(value: object) -> Limits:
    """Limits that can be. Raises ArgumentError or ArgumentTypeError."""
    if value is None:
        return Limits()
    if not isinstance(value, Limits):
        raise ArgumentTypeError(f"limits is {value!r} and must be Limits(memory=..., ...)")
    least = {"memory": 1 << 20, "descriptors": 0, "processes": 1, "core": 0}
    for name, lowest in least.items():
        number = getattr(value, name)
        if number is not None:
            _whole(f"limits.{name}", number, lowest, MOST_BYTES if name in {"memory", "core"} else MOST_COUNT)
    if value.processor is not None:
        _number("limits.processor", value.processor, 0.001, 1e6)
    return value


def _whole(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ArgumentTypeError(f"{name} is {value!r} and must be a whole number")
    if not least <= value <= most:
        raise ArgumentError(f"{name} is {value} and must lie in {least} .. {most}")


def _number(name: str, value: object, least: float, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ArgumentTypeError(f"{name} is {value!r} and must be a number")
    if not least <= value <= most:  # also NaN
        raise ArgumentError(f"{name} is {value:g} and must lie in {least:g} .. {most:g}")


class History:
    """Restarts of one plugin, and whether there may be another."""

    def __init__(self, policy: RestartPolicy) -> None:
        self._policy = policy
        self._times: deque[float] = deque()
        self.total = 0
        """Attempts since the plugin was loaded or restarted by hand."""

    def next_delay(self, now: float) -> float | None:
        """How many seconds to wait before the next attempt, which counts from now; None: give up."""
        policy = self._policy
        while self._times and now - self._times[0] > policy.period:
            self._times.popleft()
        count = len(self._times)
        if count >= policy.most:
            return None
        wait = 0.0 if count == 0 else min(policy.delay * 2.0 ** min(count - 1, 64), policy.longest)
        self._times.append(now + wait)
        self.total += 1
        return wait

    @property
    def recent(self) -> int:
        """Attempts within the last period."""
        return len(self._times)

    def forget(self) -> None:
        """Somebody looked after the plugin by hand: count anew."""
        self._times.clear()
        self.total = 0
