"""What can be seen of a plugin without asking its booth anything."""

from __future__ import annotations

from dataclasses import dataclass

from isobooth.protocol.descriptors import BusInfo, NoteExpressionInfo, NoteName, PluginDescriptor, VoiceInfo
from isobooth.protocol.errors import IsoboothError

from .connection import Connection
from .log import PluginLog
from .options import Options
from .parameters import Parameter
from .player import Player
from .status import Stats
from .values import ParameterValues


@dataclass(frozen=True)
class Page:
    """Parameters that belong together on eight knobs; None where a knob is left free."""

    id: int
    name: str
    section: str
    parameters: tuple[Parameter | None, ...]
    is_for_preset: bool
    """Belongs to the preset, not to the plugin: another preset may bring other pages."""


class Facts:
    """The part of Plugin that only looks. A Plugin sets the attributes."""

    descriptor: PluginDescriptor
    """What the plugin says of itself."""
    _options: Options
    _connection: Connection
    _player: Player
    _values: ParameterValues
    _closed: bool

    @property
    def error(self) -> IsoboothError | None:
        """Why the booth is of no more use, or None while it is alive."""
        return self._connection.error

    @property
    def is_alive(self) -> bool:
        """Is there a booth that answers?"""
        return not self._closed and not self._connection.is_dead and not self._connection.booth.is_gone

    @property
    def name(self) -> str:
        """The plugin's own name."""
        return self.descriptor.name

    @property
    def format(self) -> str:
        """``clap``, ``ladspa`` and so on."""
        return self.descriptor.format

    @property
    def buses(self) -> list[BusInfo]:
        """Audio buses, inputs and outputs."""
        return self.descriptor.buses

    @property
    def note_names(self) -> list[NoteName]:
        """What keys play, where the plugin says: drums, key switches."""
        return self.descriptor.note_names

    @property
    def expressions(self) -> list[NoteExpressionInfo]:
        """Kinds of note expression that the plugin understands, where the format lists them."""
        return self.descriptor.expressions

    @property
    def pages(self) -> list[Page]:
        """Pages of remote controls: parameters that belong together on eight knobs."""
        return [
            Page(
                id=page.id,
                name=page.name,
                section=page.section,
                parameters=tuple(
                    None if number is None else self._values.parameters.with_id(number) for number in page.params
                ),
                is_for_preset=page.is_for_preset,
            )
            for page in self.descriptor.pages
        ]

    @property
    def voices(self) -> VoiceInfo | None:
        """How many voices an instrument plays, None where it does not say."""
        return self.descriptor.voices

    @property
    def layouts(self) -> list[str]:
        """Names of the bus configurations that the plugin offers, where the format lists them; see ``set_buses``."""
        return self.descriptor.layouts

    @property
    def sample_rate(self) -> float:
        """Hz."""
        return self._options.sample_rate

    @property
    def block_size(self) -> int:
        """Frames of the longest block."""
        return self._options.block_size

    @property
    def pid(self) -> int:
        """Process id of the booth."""
        return self._connection.booth.pid

    @property
    def log(self) -> PluginLog:
        """What the plugin printed and logged."""
        return self._connection.booth.log

    @property
    def latency(self) -> int:
        """Frames by which the output is late."""
        return self._player.latency

    @property
    def tail(self) -> int:
        """Frames that go on sounding after the input has ended; 2**32 - 1 if it never ends."""
        return self._player.tail

    @property
    def stats(self) -> Stats:
        """What it has done and cost."""
        report = self._player.stream.report()
        activated = self._connection.activated
        return Stats(
            blocks=int(report.blocks),
            late=int(report.late),
            dropped=int(report.dropped),
            replaced=int(report.replaced),
            missed=int(report.missed),
            process_time=report.process_ns / 1e9,
            last_process_time=report.last_process_ns / 1e9,
            max_process_time=int(self._player.stream.header.statistics.process_ns_max) / 1e9,
            realtime=activated.realtime if activated else "",
        )

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"in process {self.pid}" if self.is_alive else "dead"
        return f"<{self.format} plugin {self.name!r}, {state}>"
