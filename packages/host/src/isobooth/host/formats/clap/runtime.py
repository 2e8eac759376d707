"""What playing needs beside ``activate``: memory that ports share, threads that help, and checks in debug builds."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ..._core import ffi, lib
from ...plugin import Activation, CData
from ..shared.warnings import Warn
from .call import extension
from .ports import DIRECTIONS, AudioPorts

if TYPE_CHECKING:
    from .instance import ClapInstance

EVENT_BYTES = 4 << 20
"""Input events of one block that can be translated, in bytes of an event area. Unused memory is not touched."""
IS_DEBUG = bool(lib.ib_clap_is_debug())
"""Was the core built with its assertions (ISOBOOTH_DEBUG)?"""
_F = TypeVar("_F", bound=Callable[..., Any])


def on_main_thread(method: _F) -> _F:
    """Mark a method of ClapInstance that calls plugin functions of plugin.h's [main-thread].

    In a debug build each call asserts the thread; otherwise nothing is added.
    """
    if not IS_DEBUG:
        return method

    @functools.wraps(method)
    def checked(self: ClapInstance, *arguments: Any, **named: Any) -> Any:
        if threading.get_ident() != self.main_thread:
            raise AssertionError(f"{method.__name__} was called off the main thread")
        return method(self, *arguments, **named)

    return cast("_F", checked)


def prepare(clap: CData, ports: AudioPorts, activation: Activation) -> bool:
    """Everything that the audio thread will need, before ``activate``. False if there is no memory."""
    clap.sample_bytes = activation.sample_bytes
    clap.min_frames = activation.min_frames
    clap.max_frames = activation.max_frames
    clap.life.offline = activation.offline
    failed = lib.ib_clap_set_event_room(clap, EVENT_BYTES)
    for direction in DIRECTIONS:
        channels = ffi.new("uint32_t[]", ports.channels[direction])
        failed = failed or lib.ib_clap_set_ports(clap, direction == "input", len(channels), channels)
    twins = _twins(ports) if activation.in_place else []
    given = ffi.new("uint32_t[]", twins) if twins else ffi.NULL
    failed = failed or lib.ib_clap_set_twins(clap, len(twins), given)
    return not failed and lib.ib_clap_set_held(clap) == 0


def _twins(ports: AudioPorts) -> list[int]:
    """Of each output channel the input channel plus 1 that may share its memory, or 0 (ext/audio-ports.h).

    ``AudioPorts`` has paired only ports that name each other and have as many channels.
    """
    firsts: dict[int, int] = {}
    at = 0
    for bus in (bus for bus in ports.buses if bus.direction == "input"):
        firsts[bus.index] = at
        at += bus.channels
    twins: list[int] = []
    for bus in (bus for bus in ports.buses if bus.direction == "output"):
        first = firsts.get(bus.in_place_pair) if bus.in_place_pair is not None else None
        twins += [0 if first is None else first + channel + 1 for channel in range(bus.channels)]
    return twins if any(twins) else []


def start_pool(clap: CData, activation: Activation, warn: Warn) -> None:
    """Threads for a plugin that shares its work out (ext/thread-pool.h): one for each processor but one."""
    functions = extension(clap.plugin, "clap.thread-pool", "clap_plugin_thread_pool", warn)
    if functions is None:
        return
    wanted = min(max(int(lib.ib_clap_processors()) - 1, 1), lib.IB_CLAP_MOST_WORKERS)
    started = int(lib.ib_clap_pool_start(clap, functions, wanted, not activation.offline))
    if started < wanted:
        warn(f"its thread pool has {started} threads instead of {wanted}: the system gave no more")


def stop_pool(clap: CData) -> None:
    """End them."""
    lib.ib_clap_pool_stop(clap)
