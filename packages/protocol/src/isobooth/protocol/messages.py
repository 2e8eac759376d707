"""Every message on the two control descriptors: requests beside their replies, then notifications.

A request carries an ``id`` that its reply repeats. Unknown fields are ignored and missing ones have defaults, so
that peers of one major version understand each other.
"""

from __future__ import annotations

import msgspec

from . import abilities as a
from .descriptors import BusInfo, ParameterInfo, PluginDescriptor
from .licensing import LicenseCheck, LicenseChecked, LicenseOnline, LicenseValidated, LicensingOffer
from .message import Message, Reply, Request

__all__ = [
    "Message",
    "Reply",
    "Request",
]

PROTOCOL_MAJOR = 1
PROTOCOL_MINOR = 0


# -- first frames -----------------------------------------------------------------------------------------------------


class Hello(Message, tag="hello", kw_only=True):
    """The first message in each direction."""

    protocol_major: int
    protocol_minor: int
    layout_major: int
    layout_minor: int
    program: str
    """Distribution name of the sender, for the message that says what to upgrade."""
    version: str
    pid: int = 0
    capabilities: list[str] = []
    licensing: LicensingOffer | None = None
    """Of a client: what plugins are told about licences; None: nothing."""


class Loaded(Message, tag="loaded", kw_only=True):
    """The host has the plugin: what it is. Sent once, unasked, after Hello."""

    descriptor: PluginDescriptor
    values: dict[int, float] = {}
    """Current value of every parameter by id."""
    warnings: list[str] = []


class ErrorInfo(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An error on its way to becoming an exception of isobooth.protocol.errors."""

    kind: str
    """Class name in isobooth.protocol.errors: ``PluginLoadError`` …"""
    message: str
    path: str = ""
    plugin_id: str = ""
    phase: str = ""
    tried: list[str] = []
    cause: str = ""
    hint: str = ""


class LoadFailed(Message, tag="load-failed", kw_only=True):
    """The host could not load the plugin and is about to exit."""

    error: ErrorInfo


class Failed(Reply, tag="failed", kw_only=True):
    """A request could not be done."""

    error: ErrorInfo


class Done(Reply, tag="done", kw_only=True):
    """A request without a result was done."""


# -- life cycle -------------------------------------------------------------------------------------------------------


class Activate(Request, tag="activate", kw_only=True):
    """Map a new segment and make the plugin ready to process through it. An active plugin is deactivated first.

    The geometry (slots, longest block, channels, event room) stands in the segment's own header.
    """

    segment: str
    """Name of the shared-memory object; the client unlinks it after the reply."""
    sample_rate: float
    min_frames: int = 1
    max_frames: int
    flush_denormals: bool = True
    offline: bool = False
    in_place: bool = False
    """Process in place wherever the plugin allows it. Results of separate planes are the defined ones."""
    guard: bool = False
    """Make 0 of output samples that are NaN, infinite or above 100, and count them in ``ib_slot.replaced``."""


class Activated(Reply, tag="activated", kw_only=True):
    """The plugin is active and its audio thread waits for blocks."""

    latency: int
    tail: int
    """Frames; IB_TAIL_INFINITE where it never ends."""
    buses: list[BusInfo]
    realtime: str = ""
    """Why the audio thread has no real-time priority or locked memory; empty if it has."""


class Attach(Request, tag="attach", kw_only=True):
    """Swap the segment for another one of the same channels and longest block.

    The plugin stays active and notices nothing. No block may be in flight.
    """

    segment: str


class Deactivate(Request, tag="deactivate", kw_only=True):
    """Stop processing and deactivate. Answered by Done."""


class SetOffline(Request, tag="set-offline", kw_only=True):
    """Tell the plugin whether it renders offline, where the format knows that. Answered by Done."""

    offline: bool


class Shutdown(Request, tag="shutdown", kw_only=True):
    """Deactivate, destroy, unload, exit. Answered by Done just before the exit."""


class Ping(Request, tag="ping", kw_only=True):
    """Answered by Done."""


# -- parameters, state ------------------------------------------------------------------------------------------------


class Describe(Request, tag="describe", kw_only=True):
    """Read everything again: buses, parameters, values. Answered by Described."""


class Described(Reply, tag="described", kw_only=True):
    """See Describe."""

    descriptor: PluginDescriptor
    values: dict[int, float] = {}
    latency: int = 0
    tail: int = 0


class GetValues(Request, tag="get-values", kw_only=True):
    """Current values; an empty list asks for all. Answered by Values."""

    ids: list[int] = []


class Values(Reply, tag="values", kw_only=True):
    """See GetValues."""

    values: dict[int, float]


class ValuesToText(Request, tag="values-to-text", kw_only=True):
    """How the plugin would write these values. Answered by Texts, in the same order."""

    values: list[tuple[int, float]]


class Texts(Reply, tag="texts", kw_only=True):
    """See ValuesToText."""

    texts: list[str]


class TextToValue(Request, tag="text-to-value", kw_only=True):
    """What the plugin understands a text to mean. Answered by Value, or Failed where it does not."""

    param_id: int
    text: str


class Value(Reply, tag="value", kw_only=True):
    """See TextToValue."""

    value: float


class SaveState(Request, tag="save-state", kw_only=True):
    """Answered by State."""

    purpose: a.Purpose = "project"


class State(Reply, tag="state", kw_only=True):
    """The plugin's own bytes, of any size."""

    data: bytes


class LoadState(Request, tag="load-state", kw_only=True):
    """Restore bytes that SaveState gave. Answered by Values with what all parameters are now."""

    data: bytes
    purpose: a.Purpose = "project"


# -- notifications of the host ----------------------------------------------------------------------------------------


class Log(Message, tag="log", kw_only=True):
    """A line from the plugin or the host. ``level`` is debug, info, warning, error, fatal or misbehaving."""

    level: str
    text: str


class ValuesChanged(Message, tag="values-changed", kw_only=True):
    """The plugin changed parameters outside a block."""

    values: dict[int, float]
    gestures: list[tuple[int, bool]] = []
    """(parameter id, begins) in order."""


class ParametersChanged(Message, tag="parameters-changed", kw_only=True):
    """The plugin's list of parameters, or what is said of them, changed: describe again."""

    parameters: list[ParameterInfo]
    values: dict[int, float] = {}


class BusesChanged(Message, tag="buses-changed", kw_only=True):
    """The plugin has other buses now; it was deactivated and needs a new segment (Activate)."""

    buses: list[BusInfo]


class LatencyChanged(Message, tag="latency-changed", kw_only=True):
    """Frames of delay, from the next block on."""

    latency: int


class TailChanged(Message, tag="tail-changed", kw_only=True):
    """Frames of tail."""

    tail: int


class Restarted(Message, tag="restarted", kw_only=True):
    """The plugin asked to be deactivated and activated again, which has been done."""

    latency: int
    tail: int


class StateDirty(Message, tag="state-dirty", kw_only=True):
    """The plugin's state differs from what was last saved or loaded."""


ToHost = (
    Hello
    | Activate
    | Attach
    | Deactivate
    | SetOffline
    | Shutdown
    | Ping
    | Describe
    | GetValues
    | ValuesToText
    | TextToValue
    | SaveState
    | LoadState
    | a.LoadPreset
    | a.SavePreset
    | a.SetBuses
    | a.SetTrack
    | a.Indicate
    | a.ApplyUndo
    | a.SetUndoContext
    | LicenseChecked
    | LicenseValidated
)
"""What a client may send."""

ToClient = (
    Hello
    | Loaded
    | LoadFailed
    | Failed
    | Done
    | Activated
    | Described
    | Values
    | Texts
    | Value
    | State
    | Log
    | ValuesChanged
    | ParametersChanged
    | BusesChanged
    | LatencyChanged
    | TailChanged
    | Restarted
    | StateDirty
    | a.DescriptionChanged
    | a.PresetLoaded
    | a.PageSuggested
    | a.TransportRequested
    | a.UndoNotice
    | LicenseCheck
    | LicenseOnline
)
"""What a host may send."""
