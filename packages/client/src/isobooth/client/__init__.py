"""Play audio plugins as if they were local objects, each in a process of its own.

>>> from isobooth.client import load
>>> with load("/usr/lib/ladspa/amp.so#amp_mono") as amp:
...     wet = amp.process(dry)
"""

from __future__ import annotations

from isobooth.protocol.descriptors import BusInfo, ParameterInfo, PluginDescriptor, PresetInfo
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
from .loading import load
from .parameters import Parameter, Parameters
from .plugin import Plugin
from .status import BlockStatus, Stats
from .version import __version__

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "BlockStatus",
    "BusInfo",
    "Chain",
    "CrashReport",
    "Event",
    "GestureBegin",
    "GestureEnd",
    "HostFailed",
    "HostNotFound",
    "IncompatiblePeer",
    "IsoboothError",
    "LocatorError",
    "Midi",
    "Midi2",
    "NoteChoke",
    "NoteEnd",
    "NoteExpression",
    "NoteOff",
    "NoteOn",
    "ParamMod",
    "ParamValue",
    "Parameter",
    "ParameterError",
    "ParameterInfo",
    "Parameters",
    "Plugin",
    "PluginClosed",
    "PluginCrashed",
    "PluginDescriptor",
    "PluginError",
    "PluginLoadError",
    "PluginNotFound",
    "PluginTimeout",
    "PresetInfo",
    "SegmentError",
    "StateError",
    "Stats",
    "Sysex",
    "Transport",
    "UnsupportedFormat",
    "__version__",
    "load",
]
