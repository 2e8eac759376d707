"""What a DAW hears of a plugin besides audio and events: notices, see Plugin.take_notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from isobooth.protocol import abilities as a
from isobooth.protocol import messages as m
from isobooth.protocol.descriptors import BusInfo, PluginDescriptor, PresetInfo
from isobooth.protocol.licensing import LicenseOnline, origin_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from isobooth.protocol.errors import IsoboothError


@dataclass(frozen=True)
class Notice:
    """Base of all. What a notice tells has reached the Plugin's attributes before the notice can be taken."""


@dataclass(frozen=True)
class ValuesChanged(Notice):
    """The plugin changed parameters outside a block, for instance because its state or a preset was loaded.

    Changes that come with a block are events, see Plugin.take_events.
    """

    values: Mapping[int, float]
    """By parameter id."""


@dataclass(frozen=True)
class GestureChanged(Notice):
    """Somebody has taken hold of a parameter in the plugin's window, or let go of it, outside a block."""

    parameter: int
    """Its id."""
    begins: bool


@dataclass(frozen=True)
class ParametersChanged(Notice):
    """The list of parameters, or what is said of them, is another: look at Plugin.parameters again."""


@dataclass(frozen=True)
class DescriptionChanged(Notice):
    """Presets, note names, note ports, voices, pages or expressions are others: look at the Plugin again."""


@dataclass(frozen=True)
class BusesChanged(Notice):
    """The plugin has other buses and is inactive: Plugin.reactivate, or the next ``process``, takes them in."""

    buses: tuple[BusInfo, ...]


@dataclass(frozen=True)
class LatencyChanged(Notice):
    """The output is late by so many frames, from the next block on."""

    latency: int


@dataclass(frozen=True)
class TailChanged(Notice):
    """So many frames go on sounding after the input has ended; 2**32 - 1: it never ends."""

    tail: int


@dataclass(frozen=True)
class Restarted(Notice):
    """The plugin asked to be deactivated and activated again, which has been done. What it held inside is gone."""

    latency: int
    tail: int


@dataclass(frozen=True)
class StateDirty(Notice):
    """The plugin's state differs from what was last saved or loaded: the project has something to save."""


@dataclass(frozen=True)
class PresetLoaded(Notice):
    """The plugin has loaded a preset of its own accord, for instance from its window."""

    preset: PresetInfo | None
    """None if it is none of Plugin.presets."""
    id: str
    path: str


@dataclass(frozen=True)
class PageSuggested(Notice):
    """The plugin would like this page of Plugin.pages to be shown."""

    id: int


@dataclass(frozen=True)
class TransportRequested(Notice):
    """The plugin would like the song to start, stop, jump …: ``action`` as in isobooth.protocol.abilities."""

    action: str
    values: tuple[float, ...]
    """``jump``: beats; ``loop-region``: start and length in beats; ``enable-loop`` and ``record``: 0 or 1."""


@dataclass(frozen=True)
class UndoNotice(Notice):
    """The plugin made (``change``), begins, or gives up (``cancel``) a change that can be undone.

    Or its user asks for an ``undo`` or a ``redo``. See Plugin.apply_undo.
    """

    kind: str
    name: str
    delta: bytes
    """Empty: only the whole state can undo it."""
    can_undo: bool
    """The delta also works backwards."""
    version: int


@dataclass(frozen=True)
class LicenseAsked(Notice):
    """The plugin would like its licence key to be validated by a server: Plugin.answer_license says whether it may.

    Comes where ``load`` was given ``Licensing(online="ask")`` and the user has not decided for good.
    """

    number: int
    plugin_id: str
    origin: str
    """Of the server: ``https://host:port``."""


@dataclass(frozen=True)
class Crashed(Notice):
    """The plugin's process has ended, and this is why; comes after BoothEnded. What comes next: ``restart`` of load."""

    error: IsoboothError
    """PluginCrashed (with its report), PluginTimeout or ChannelError: Plugin.error until there is a new booth."""


@dataclass(frozen=True)
class Recovered(Notice):
    """There is a new booth in place of the one that died; ``submit`` and ``wait`` users take ``input`` anew."""

    seconds: float
    """From when the death was noticed to now."""
    attempts: int
    """Restarts within the period of the policy, this one included."""
    state_age: float | None
    """Seconds since the state was saved that the plugin has now; None: it has what it starts with."""
    parameters: int
    """That were set since, and have been set again."""
    lost: str
    """In words: what is not what it was; empty if that is only sound inside, such as tails and held notes."""


@dataclass(frozen=True)
class RestartFailed(Notice):
    """A new booth was tried for and did not come to life; another attempt, or GaveUp, follows."""

    error: IsoboothError


@dataclass(frozen=True)
class GaveUp(Notice):
    """It died too often: the plugin stays bypassed or silent until Plugin.restart."""

    attempts: int
    """Restarts within the period of the policy."""
    error: IsoboothError
    """Of the last death."""


@dataclass(frozen=True)
class Late(Notice):
    """Blocks have missed the deadline of ``wait``. Told of the 1st, 10th, 100th … in a row."""

    in_a_row: int


@dataclass(frozen=True)
class RanAway(Notice):
    """The plugin's process took more than load's ``limits`` allow and is ended: Crashed follows."""

    what: str
    """``memory`` (bytes), ``descriptors`` or ``processor`` (share of one, outside of blocks)."""
    value: float
    limit: float


@dataclass(frozen=True)
class Logged(Notice):
    """A line that the plugin or the host logged; it is in Plugin.log as well, which also has what is printed."""

    level: str
    """debug, info, warning, error, fatal or misbehaving."""
    text: str


@dataclass(frozen=True)
class BoothEnded(Notice):
    """The plugin's process is gone, or closed its channel; Plugin.error says why."""


@dataclass(frozen=True)
class Lost(Notice):
    """So many notices are missing here, because they were not taken in time."""

    count: int


def to_notices(message: m.Message | None, descriptor: PluginDescriptor) -> list[Notice]:
    """What a notification says to a DAW; none for what it need not know. None stands for the channel's end."""
    if message is None:
        return [BoothEnded()]
    if isinstance(message, m.ValuesChanged):
        found: list[Notice] = [ValuesChanged(MappingProxyType(dict(message.values)))] if message.values else []
        return [*found, *(GestureChanged(number, begins) for number, begins in message.gestures)]
    if isinstance(message, a.PresetLoaded):
        known = (one for one in descriptor.presets if one.id == message.id and message.id)
        return [PresetLoaded(next(known, None), message.id, message.path)]
    make = _MAKERS.get(type(message))
    return [] if make is None else [make(message)]


_MAKERS: dict[type[m.Message], Callable[..., Notice]] = {
    m.ParametersChanged: lambda _: ParametersChanged(),
    m.BusesChanged: lambda message: BusesChanged(tuple(message.buses)),
    m.LatencyChanged: lambda message: LatencyChanged(message.latency),
    m.TailChanged: lambda message: TailChanged(message.tail),
    m.Restarted: lambda message: Restarted(message.latency, message.tail),
    m.StateDirty: lambda _: StateDirty(),
    m.Log: lambda message: Logged(message.level, message.text),
    a.DescriptionChanged: lambda _: DescriptionChanged(),
    a.PageSuggested: lambda message: PageSuggested(message.id),
    a.TransportRequested: lambda message: TransportRequested(message.action, tuple(message.values)),
    LicenseOnline: lambda message: LicenseAsked(message.number, message.plugin_id, origin_of(message.url)),
    a.UndoNotice: lambda message: UndoNotice(
        message.kind, message.name, message.delta, message.can_undo, message.version
    ),
}
