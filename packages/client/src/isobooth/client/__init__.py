"""Play audio plugins as if they were local objects, each in a process of its own.

>>> from isobooth.client import load
>>> with load("/usr/lib/ladspa/amp.so#amp_mono") as amp:
...     wet = amp.process(dry)
"""

from __future__ import annotations

from isobooth.protocol.abilities import BusRequest, TrackInfo
from isobooth.protocol.descriptors import (
    BusInfo,
    NoteExpressionInfo,
    NoteName,
    ParameterInfo,
    PluginDescriptor,
    PresetInfo,
    VoiceInfo,
)
from isobooth.protocol.errors import (
    ArgumentError,
    ArgumentTypeError,
    CrashReport,
    HostFailed,
    HostNotFound,
    IncompatiblePeer,
    IsoboothError,
    LocatorError,
    ParameterError,
    PluginClosed,
    PluginCrashed,
    PluginError,
    PluginLoadError,
    PluginNotFound,
    PluginTimeout,
    SegmentError,
    StateError,
    UnsupportedFormat,
)
from isobooth.protocol.events import (
    Event,
    GestureBegin,
    GestureEnd,
    Midi,
    Midi2,
    NoteChoke,
    NoteEnd,
    NoteExpression,
    NoteOff,
    NoteOn,
    ParamMod,
    ParamValue,
    Sysex,
)
from isobooth.protocol.transport import Transport

from .chain import Chain
from .facts import Page
from .loading import load
from .notices import (
    BoothEnded,
    BusesChanged,
    DescriptionChanged,
    GestureChanged,
    LatencyChanged,
    Logged,
    Lost,
    Notice,
    PageSuggested,
    ParametersChanged,
    PresetLoaded,
    Restarted,
    StateDirty,
    TailChanged,
    TransportRequested,
    UndoNotice,
    ValuesChanged,
)
from .parameters import Parameter, Parameters
from .plugin import Plugin
from .status import BlockStatus, Stats
from .version import __version__

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "BlockStatus",
    "BoothEnded",
    "BusInfo",
    "BusRequest",
    "BusesChanged",
    "Chain",
    "CrashReport",
    "DescriptionChanged",
    "Event",
    "GestureBegin",
    "GestureChanged",
    "GestureEnd",
    "HostFailed",
    "HostNotFound",
    "IncompatiblePeer",
    "IsoboothError",
    "LatencyChanged",
    "LocatorError",
    "Logged",
    "Lost",
    "Midi",
    "Midi2",
    "NoteChoke",
    "NoteEnd",
    "NoteExpression",
    "NoteExpressionInfo",
    "NoteName",
    "NoteOff",
    "NoteOn",
    "Notice",
    "Page",
    "PageSuggested",
    "ParamMod",
    "ParamValue",
    "Parameter",
    "ParameterError",
    "ParameterInfo",
    "Parameters",
    "ParametersChanged",
    "Plugin",
    "PluginClosed",
    "PluginCrashed",
    "PluginDescriptor",
    "PluginError",
    "PluginLoadError",
    "PluginNotFound",
    "PluginTimeout",
    "PresetInfo",
    "PresetLoaded",
    "Restarted",
    "SegmentError",
    "StateDirty",
    "StateError",
    "Stats",
    "Sysex",
    "TailChanged",
    "TrackInfo",
    "Transport",
    "TransportRequested",
    "UndoNotice",
    "UnsupportedFormat",
    "ValuesChanged",
    "VoiceInfo",
    "__version__",
    "load",
]
