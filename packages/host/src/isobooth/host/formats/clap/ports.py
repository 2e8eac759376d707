"""What a plugin says of its audio ports and note ports (ext/audio-ports.h, ext/note-ports.h)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from isobooth.protocol.descriptors import BusInfo, NotePortInfo

from ..._core import ffi, lib
from ...plugin import CData
from ..shared.warnings import Warn
from .call import extension, text
from .layouts import AMBISONIC, SURROUND, ambisonic_name, surround_name

Direction = Literal["input", "output"]
DIRECTIONS: tuple[Direction, Direction] = ("input", "output")

_DIALECTS = (
    (lib.CLAP_NOTE_DIALECT_CLAP, "clap"),
    (lib.CLAP_NOTE_DIALECT_MIDI, "midi"),
    (lib.CLAP_NOTE_DIALECT_MIDI_MPE, "mpe"),
    (lib.CLAP_NOTE_DIALECT_MIDI2, "midi2"),
)
_MOST_CHANNELS = 0xFFFF_FFFF


@dataclass
class AudioPorts:
    """Every audio port, and the buses that have channels."""

    buses: list[BusInfo] = field(default_factory=list)
    channels: dict[Direction, list[int]] = field(default_factory=lambda: {"input": [], "output": []})
    """Channels of every port in the plugin's order, also of those with none."""
    nameless: int = 0
    """Ports that the plugin counts but does not describe."""
    refusal: str = ""
    """Why a plugin with such ports cannot play: blocks are to have every one of them."""

    def total(self, direction: Direction) -> int:
        """Channels of one direction."""
        return sum(self.channels[direction])

    def port_of(self, direction: Direction, bus: int) -> int | None:
        """The port behind the bus of that index; ports without channels are no buses."""
        wide = [port for port, channels in enumerate(self.channels[direction]) if channels]
        return wide[bus] if 0 <= bus < len(wide) else None

    @property
    def shape(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What a segment and the C half depend on."""
        return tuple(self.channels["input"]), tuple(self.channels["output"])


def read_audio_ports(plugin: CData, warn: Warn) -> AudioPorts:
    """Ask for all audio ports. No extension means no ports. Only while the plugin is inactive, but for names."""
    ports = AudioPorts()
    functions = extension(plugin, "clap.audio-ports", "clap_plugin_audio_ports", warn)
    if functions is None:
        return ports
    pairs: list[tuple[BusInfo, int]] = []
    names = LayoutNames(plugin, warn)
    for direction in DIRECTIONS:
        count = functions.count(plugin, direction == "input")
        if count > lib.IB_CLAP_MOST_AUDIO_PORTS:
            ports.refusal = f"says it has {count} {direction} ports; {lib.IB_CLAP_MOST_AUDIO_PORTS} are possible"
            warn(f"it {ports.refusal}: it cannot play")
            count = lib.IB_CLAP_MOST_AUDIO_PORTS
        for index in range(count):
            pairs += _read_audio_port(plugin, functions, names, direction, index, ports)
    if ports.nameless:
        warn(f"{ports.nameless} of its audio ports have no description and are taken for ones without channels")
    _pair(pairs)
    return ports


def _read_audio_port(
    plugin: CData, functions: CData, names: LayoutNames, direction: Direction, index: int, ports: AudioPorts
) -> list[tuple[BusInfo, int]]:
    """Add one port to ``ports``; its bus and the id of its partner, or nothing if it has no channels."""
    info = ffi.new("struct clap_audio_port_info *")
    found = functions.get(plugin, index, direction == "input", info)
    channels = min(info.channel_count, _MOST_CHANNELS) if found else 0
    ports.channels[direction].append(channels)
    ports.nameless += not found
    if channels == 0:
        return []
    bus = BusInfo(
        index=sum(1 for other in ports.buses if other.direction == direction),
        name=text(info.name) or f"{direction} {index + 1}",
        channels=channels,
        direction=direction,
        is_main=bool(info.flags & lib.CLAP_AUDIO_PORT_IS_MAIN),
        layout=names.name(direction, index, channels, text(info.port_type, 256)),
        supports_float64=bool(info.flags & lib.CLAP_AUDIO_PORT_SUPPORTS_64BITS),
        prefers_float64=bool(info.flags & lib.CLAP_AUDIO_PORT_PREFERS_64BITS),
        id=info.id,
    )
    ports.buses.append(bus)
    return [(bus, info.in_place_pair)]


class LayoutNames:
    """Says what the channels of a port are (ext/surround.h, ext/ambisonic.h)."""

    def __init__(self, plugin: CData, warn: Warn) -> None:
        self._plugin = plugin
        self._surround = extension(plugin, ("clap.surround/4", "clap.surround.draft/4"), "clap_plugin_surround", warn)
        self._ambisonic = extension(
            plugin, ("clap.ambisonic/3", "clap.ambisonic.draft/3"), "clap_plugin_ambisonic", warn
        )

    def name(self, direction: Direction, port: int, channels: int, port_type: str) -> str:
        """``mono``, ``5.1``, ``ambisonic 3`` …; the port type itself where it is another."""
        is_input = direction == "input"
        if port_type == SURROUND and self._surround is not None and channels <= lib.IB_MAX_CHANNELS:
            speakers = ffi.new("uint8_t[]", channels)
            count = self._surround.get_channel_map(self._plugin, is_input, port, speakers, channels)
            return surround_name(list(speakers)) if count == channels else SURROUND
        if port_type == AMBISONIC:
            found = ffi.new("struct clap_ambisonic_config *")
            known = self._ambisonic is not None and self._ambisonic.get_config(self._plugin, is_input, port, found)
            return ambisonic_name(channels, (found.ordering, found.normalization) if known else None)
        return port_type


def _pair(pairs: list[tuple[BusInfo, int]]) -> None:
    """Note who may share memory with whom: only where both name each other."""
    partners = {(bus.direction, bus.id): (bus, partner) for bus, partner in pairs}
    for bus, partner in pairs:
        other: Direction = "output" if bus.direction == "input" else "input"
        found = partners.get((other, partner)) if partner != lib.CLAP_INVALID_ID else None
        if found is not None and found[1] == bus.id and found[0].channels == bus.channels:
            bus.in_place_pair = found[0].index


def read_note_ports(plugin: CData, warn: Warn) -> tuple[list[NotePortInfo], list[int]]:
    """Ask for all note ports: what they are, and the dialects of each input as CLAP_NOTE_DIALECT_* bits."""
    found: list[NotePortInfo] = []
    dialects: list[int] = []
    functions = extension(plugin, "clap.note-ports", "clap_plugin_note_ports", warn)
    if functions is None:
        return found, dialects
    for direction in DIRECTIONS:
        count = functions.count(plugin, direction == "input")
        if count > lib.IB_CLAP_MOST_NOTE_PORTS:
            warn(f"it says it has {count} {direction} note ports; the first {lib.IB_CLAP_MOST_NOTE_PORTS} are used")
            count = lib.IB_CLAP_MOST_NOTE_PORTS
        for index in range(count):
            info = ffi.new("struct clap_note_port_info *")
            if not functions.get(plugin, index, direction == "input", info):
                warn(f"its {direction} note port {index} has no description and gets no notes")
                info.supported_dialects = 0
            names = {bit: name for bit, name in _DIALECTS if info.supported_dialects & bit}
            port = NotePortInfo(
                index=index,
                name=text(info.name) or f"{direction} {index + 1}",
                direction=direction,
                dialects=list(names.values()),
                preferred=names.get(info.preferred_dialect, ""),
                id=info.id,
            )
            found.append(port)
            if direction == "input":
                dialects.append(info.supported_dialects & 0xF)
    return found, dialects
