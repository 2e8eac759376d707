"""Changing the audio ports of a plugin.

ext/configurable-audio-ports.h, audio-ports-config.h, audio-ports-activation.h, draft/extensible-audio-ports.h.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from isobooth.protocol.abilities import BusRequest
from isobooth.protocol.descriptors import BusInfo
from isobooth.protocol.errors import PluginError

from ..._core import ffi, lib
from ...plugin import CData
from ..shared.warnings import Warn
from .call import extension, text
from .layouts import Layout, layouts_of
from .ports import DIRECTIONS, AudioPorts, Direction

MOST_CONFIGS = 1024
MOST_TRIES = 256
"""Combinations of layouts that a plugin is asked about."""


@dataclass(frozen=True)
class _Wish:
    """A bus that is to be other than it is."""

    bus: BusInfo
    port: int
    """Index among the plugin's ports of the direction."""
    request: BusRequest

    @property
    def channels(self) -> int:
        """How many it is to have."""
        return self.request.channels or next((each.channels for each in self.layouts()), self.bus.channels)

    def layouts(self) -> list[Layout]:
        """Ways to ask for it."""
        name, channels = self.request.layout, self.request.channels
        if not name and self.bus.layout.startswith("ambisonic"):  # what it is now, only larger or smaller
            return [*layouts_of("ambisonic", channels), *layouts_of("", channels)]
        return list(dict.fromkeys(layouts_of(name, channels)))


@dataclass(frozen=True)
class _Config:
    """One of the configurations that the plugin offers."""

    id: int
    name: str
    ports: dict[Direction, int]
    main: dict[Direction, int | None]
    """Channels of the main port; None where there is none."""


class BusControl:
    """What one plugin lets be changed of its buses. All of it is for inactive plugins, on the main thread."""

    def __init__(self, plugin: CData, warn: Warn) -> None:
        self._plugin = plugin
        self._warn = warn
        self._apply = extension(
            plugin,
            ("clap.configurable-audio-ports/1", "clap.configurable-audio-ports.draft1"),
            "clap_plugin_configurable_audio_ports",
            warn,
        )
        self._select = extension(plugin, "clap.audio-ports-config", "clap_plugin_audio_ports_config", warn)
        self._info = extension(
            plugin,
            ("clap.audio-ports-config-info/1", "clap.audio-ports-config-info/draft-0"),
            "clap_plugin_audio_ports_config_info",
            warn,
        )
        self._activation = extension(
            plugin,
            ("clap.audio-ports-activation/2", "clap.audio-ports-activation/draft-2"),
            "clap_plugin_audio_ports_activation",
            warn,
        )
        self._extend = extension(plugin, "clap.extensible-audio-ports/1", "clap_plugin_extensible_audio_ports", warn)
        self._configs: list[_Config] = []
        self._off: set[tuple[Direction, int]] = set()
        """Ports that have been told to rest."""

    # -- configurations -------------------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """Names of the configurations."""
        return [config.name for config in self._configs]

    def read_configs(self) -> None:
        """Ask for the list of configurations."""
        self._configs = []
        if self._select is None:
            return
        count = self._select.count(self._plugin)
        if count > MOST_CONFIGS:
            self._warn(f"it says it has {count} configurations of its ports; the first {MOST_CONFIGS} are used")
        for at in range(min(count, MOST_CONFIGS)):
            found = ffi.new("struct clap_audio_ports_config *")
            if not self._select.get(self._plugin, at, found):
                self._warn(f"its configuration {at} of audio ports cannot be read and was left out")
                continue
            self._configs.append(
                _Config(
                    id=found.id,
                    name=text(found.name) or f"configuration {at + 1}",
                    ports={"input": found.input_port_count, "output": found.output_port_count},
                    main={
                        "input": found.main_input_channel_count if found.has_main_input else None,
                        "output": found.main_output_channel_count if found.has_main_output else None,
                    },
                )
            )

    def _fits(self, config: _Config, ports: AudioPorts, wishes: list[_Wish]) -> bool:
        """Would this configuration be what is wished for, and all other ports as they are?"""
        wanted: dict[Direction, list[int]] = {side: list(ports.channels[side]) for side in DIRECTIONS}
        for wish in wishes:
            wanted[wish.bus.direction][wish.port] = wish.channels
        if self._info is not None:
            return all(self._config_channels(config, side) == wanted[side] for side in DIRECTIONS)
        mains = {wish.bus.direction: wish for wish in wishes if wish.bus.is_main}
        if len(mains) < len(wishes):
            return False  # it does not say what becomes of the others
        due = {bus.direction: bus.channels for bus in reversed(ports.buses) if bus.is_main}
        due |= {side: wish.channels for side, wish in mains.items()}
        return all(config.main[side] == due.get(side) for side in DIRECTIONS)

    def _config_channels(self, config: _Config, side: Direction) -> list[int]:
        found: list[int] = []
        info = ffi.new("struct clap_audio_port_info *")
        for at in range(min(config.ports[side], lib.IB_CLAP_MOST_AUDIO_PORTS)):
            if self._info is None or not self._info.get(self._plugin, config.id, at, side == "input", info):
                return []
            found.append(info.channel_count)
        return found

    # -- changes --------------------------------------------------------------------------------------------------

    def change(
        self,
        name: str,
        ports: AudioPorts,
        requests: dict[Direction, list[BusRequest]],
        reread: Callable[[], AudioPorts],
    ) -> None:
        """Do what is requested, as a whole or not at all. Raises PluginError, which says what the plugin lacks."""
        chosen = self._chosen(requests)
        if chosen is not None:
            self._choose(name, chosen)
            self._rest(reread(), requests)
            return
        added = self._add_ports(name, ports, requests)
        if added:
            ports = reread()
        wishes = _wishes(ports, requests)
        if wishes:
            try:
                ports = self._reshape(name, ports, wishes, reread)
            except PluginError:
                if added:
                    self._remove_ports(added)
                    reread()
                raise
        self._rest(ports, requests)

    def _chosen(self, requests: dict[Direction, list[BusRequest]]) -> _Config | None:
        """The configuration that a request names in place of a layout; names of layouts come first."""
        names = {request.layout for side in DIRECTIONS for request in requests[side] if not request.channels}
        names = {name for name in names if name and next(layouts_of(name, 0), None) is None}
        return next((config for config in self._configs if config.name in names), None)

    def _choose(self, name: str, config: _Config) -> None:
        if self._select is None or not self._select.select(self._plugin, config.id):
            raise PluginError(f"{name!r} refused its configuration {config.name!r}: its select() returned false")
        self._off.clear()

    def _reshape(
        self, name: str, ports: AudioPorts, wishes: list[_Wish], reread: Callable[[], AudioPorts]
    ) -> AudioPorts:
        """Ask by configurable-audio-ports, then by audio-ports-config, and look at what has become of it."""
        what = "; ".join(
            f"{wish.bus.direction} {wish.bus.name!r} as {_said(wish.request)} instead of {_now(wish.bus)}"
            for wish in wishes
        )
        before = self._info.current_config(self._plugin) if self._info is not None else lib.CLAP_INVALID_ID
        if not all(wish.layouts() for wish in wishes):
            raise PluginError(f"{name!r} cannot have {what}: there is no such layout of so many channels")
        if not (self._configure(wishes) or self._pick(name, ports, wishes)):
            lacks = (
                "" if self._apply is not None or self._select is not None else "; it lacks CLAP's extensions for that"
            )
            raise PluginError(f"{name!r} refused to have {what}{lacks}")
        self._off.clear()
        after = reread()
        if all(_channels_at(after, wish) == wish.channels for wish in wishes):
            return after
        self._restore(before, [_as_it_was(wish) for wish in wishes])
        reread()
        raise PluginError(f"{name!r} agreed to have {what} but did not do it")

    def _configure(self, wishes: list[_Wish]) -> bool:
        if self._apply is None:
            return False
        every = itertools.product(*(wish.layouts() for wish in wishes))
        for layouts in itertools.islice(every, MOST_TRIES):
            array, kept = _request_array(wishes, layouts)
            arguments = (self._plugin, array, len(array))
            if self._apply.can_apply_configuration(*arguments) and self._apply.apply_configuration(*arguments):
                return True
            del kept
        return False

    def _pick(self, name: str, ports: AudioPorts, wishes: list[_Wish]) -> bool:
        for config in self._configs:
            if self._fits(config, ports, wishes):
                self._choose(name, config)
                return True
        return False

    def _restore(self, config: int, wishes: list[_Wish]) -> None:
        if self._select is not None and config != lib.CLAP_INVALID_ID and self._select.select(self._plugin, config):
            return
        self._configure(wishes)

    def _add_ports(
        self, name: str, ports: AudioPorts, requests: dict[Direction, list[BusRequest]]
    ) -> list[tuple[Direction, int]]:
        """Requests beyond the last bus ask for a further one. Returns the new ports. Raises PluginError."""
        added: list[tuple[Direction, int]] = []
        for side in DIRECTIONS:
            there = sum(1 for bus in ports.buses if bus.direction == side)
            for request in requests[side][there:]:
                if not request.channels and not request.layout:
                    continue
                tried = layouts_of(request.layout, request.channels)
                if self._extend is None or not any(self._add_port(side, layout) for layout in tried):
                    self._remove_ports(added)
                    lacks = "" if self._extend is not None else ": it lacks CLAP's extensible-audio-ports extension"
                    raise PluginError(f"{name!r} refused a further {side} bus of {_said(request)}{lacks}")
                added.append((side, len(ports.channels[side]) + sum(1 for other, _ in added if other == side)))
        return added

    def _add_port(self, side: Direction, layout: Layout) -> bool:
        kind, details = _details(layout)
        return self._extend is not None and bool(
            self._extend.add_port(self._plugin, side == "input", layout.channels, kind, details)
        )

    def _remove_ports(self, added: list[tuple[Direction, int]]) -> None:
        for side, port in reversed(added):
            if self._extend is None or not self._extend.remove_port(self._plugin, side == "input", port):
                self._warn(f"it refused to remove its {side} port {port} again")

    # -- rest -----------------------------------------------------------------------------------------------------

    def _rest(self, ports: AudioPorts, requests: dict[Direction, list[BusRequest]]) -> None:
        """Tell the plugin which buses are not needed. What it will not be told it computes in vain, that is all."""
        if self._activation is None:
            return
        for side in DIRECTIONS:
            for index, request in enumerate(requests[side]):
                port = ports.port_of(side, index)
                if port is None or request.active == ((side, port) not in self._off):
                    continue
                if not self._activation.set_active(self._plugin, side == "input", port, request.active, 0):
                    self._warn(f"it refused to let its {side} port {port} {'work' if request.active else 'rest'}")
                elif request.active:
                    self._off.discard((side, port))
                else:
                    self._off.add((side, port))


def _wishes(ports: AudioPorts, requests: dict[Direction, list[BusRequest]]) -> list[_Wish]:
    """Requests that differ from what is there."""
    found: list[_Wish] = []
    for bus in ports.buses:
        wanted = requests[bus.direction]
        request = wanted[bus.index] if bus.index < len(wanted) else BusRequest(channels=0)
        port = ports.port_of(bus.direction, bus.index)
        if port is not None and (request.channels not in (0, bus.channels) or request.layout not in ("", bus.layout)):
            found.append(_Wish(bus, port, request))
    return found


def _as_it_was(wish: _Wish) -> _Wish:
    bus = wish.bus
    layout = bus.layout if next(layouts_of(bus.layout, bus.channels), None) is not None else ""
    return _Wish(bus, wish.port, BusRequest(channels=bus.channels, layout=layout))


def _channels_at(ports: AudioPorts, wish: _Wish) -> int:
    side = ports.channels[wish.bus.direction]
    return side[wish.port] if wish.port < len(side) else 0


def _said(request: BusRequest) -> str:
    return " ".join(filter(None, (f"{request.channels} channels" if request.channels else "", request.layout)))


def _now(bus: BusInfo) -> str:
    return f"{bus.channels}" + (f" ({bus.layout})" if bus.layout else "")


def _details(layout: Layout) -> tuple[CData, CData]:
    """port_type and port_details of a layout. Both last as long as they are referred to."""
    kind = ffi.new("char[]", layout.kind.encode()) if layout.kind else ffi.NULL
    if layout.channel_map:
        return kind, ffi.new("uint8_t[]", layout.channel_map)
    if layout.ambisonic is not None:
        ordering, normalization = layout.ambisonic
        return kind, ffi.new("struct clap_ambisonic_config *", {"ordering": ordering, "normalization": normalization})
    return kind, ffi.NULL


def _request_array(wishes: list[_Wish], layouts: Iterable[Layout]) -> tuple[CData, list[CData]]:
    """The requests, and the memory that they point to."""
    array = ffi.new("struct clap_audio_port_configuration_request[]", len(wishes))
    kept: list[CData] = []
    for request, wish, layout in zip(array, wishes, layouts, strict=True):
        kind, details = _details(layout)
        request.is_input = wish.bus.direction == "input"
        request.port_index = wish.port
        request.channel_count = layout.channels
        request.port_type, request.port_details = kind, details
        kept += [kind, details]
    return array, kept
