"""Messages about what only some plugins can do: presets, other buses, display on a track, undo.

A plugin that cannot do what is asked answers Failed with PluginError; nothing has changed then.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .descriptors import PluginDescriptor
from .message import Message, Request

Purpose = Literal["project", "duplicate", "preset"]
"""What a state is saved or loaded for; CLAP's state-context, VST3's stream attributes."""

# -- presets ----------------------------------------------------------------------------------------------------------


class LoadPreset(Request, tag="load-preset", kw_only=True):
    """Load a preset: one that the descriptor lists, by its id, or a preset file. Answered by Values.

    With both, it is the preset of that id in that file. LV2: one of the presets in a bundle, a Turtle file or an
    archive, by its URI; for a file that is no preset, the property that it is the value of. VST2: a bank, and then that
    program of it; or the program that a single one is loaded into. CLAP: the file instead of the one in the id, which
    may also be the load key alone.
    """

    preset: str = ""
    path: str = ""
    """Absolute path of a preset file; empty for one of the list."""


class SavePreset(Request, tag="save-preset", kw_only=True):
    """What a preset file of the plugin's format is to hold (VST3: a .vstpreset, VST2: an .fxp). Answered by State."""

    name: str = ""
    """Of the preset. VST2: one that ends in ``.fxb`` asks for a bank of that name."""


class PresetLoaded(Message, tag="preset-loaded", kw_only=True):
    """The plugin has loaded a preset of its own accord, for instance from its window."""

    id: str = ""
    path: str = ""


# -- buses ------------------------------------------------------------------------------------------------------------


class BusRequest(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How one bus is wished to be."""

    channels: int
    """0 leaves the bus as it is."""
    layout: str = ""
    """``mono``, ``stereo``, ``5.1``, ``ambisonic`` …; empty: the usual one for that many channels."""
    active: bool = True
    """False: its audio is not needed, the plugin may skip it. Its channels stay in the segment."""


class SetBuses(Request, tag="set-buses", kw_only=True):
    """Change the channels of buses. The plugin is deactivated for it and needs Activate afterwards.

    Answered by Described, or by Failed where the plugin refuses: then its buses are what they were.
    """

    inputs: list[BusRequest] = []
    """In bus order; buses beyond the end of the list stay as they are. So for ``outputs``."""
    outputs: list[BusRequest] = []


# -- where the plugin sits --------------------------------------------------------------------------------------------


class TrackInfo(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The mixer track that a plugin sits on, for plugins that show it."""

    name: str = ""
    color: tuple[int, int, int, int] | None = None
    """Red, green, blue, alpha, each 0 … 255."""
    channels: int = 0
    """0: not said."""
    layout: str = ""
    index: int = 0
    """Place of the track in the mixer, from 0."""
    kind: Literal["", "return", "bus", "master"] = ""


class SetTrack(Request, tag="set-track", kw_only=True):
    """Tell the plugin about its track. Answered by Done."""

    track: TrackInfo


class Indicate(Request, tag="indicate", kw_only=True):
    """Tell the plugin what the DAW does with a parameter, so that it can show it. Answered by Done."""

    param_id: int
    mapped: bool = False
    """A hardware control is mapped to it."""
    label: str = ""
    """Of the hardware control."""
    description: str = ""
    automation: Literal["none", "present", "playing", "recording", "overriding"] = "none"
    color: tuple[int, int, int, int] | None = None


# -- what the plugin says ---------------------------------------------------------------------------------------------


class DescriptionChanged(Message, tag="description-changed", kw_only=True):
    """Presets, note names, note ports, voices, remote control pages or expressions changed."""

    descriptor: PluginDescriptor


class PageSuggested(Message, tag="page-suggested", kw_only=True):
    """The plugin would like this page of remote controls to be shown."""

    id: int


class TransportRequested(Message, tag="transport-requested", kw_only=True):
    """The plugin would like the song to start, stop, jump … ``values`` are in seconds or beats as the action says."""

    action: Literal[
        "start", "stop", "continue", "pause", "toggle-play", "jump", "loop-region", "toggle-loop", "enable-loop",
        "record", "toggle-record",
    ]  # fmt: skip
    values: list[float] = []
    """``jump``: [beats]; ``loop-region``: [start beats, length in beats]; ``enable-loop`` and ``record``: [0 or 1]."""


# -- undo -------------------------------------------------------------------------------------------------------------


class UndoNotice(Message, tag="undo-notice", kw_only=True):
    """The plugin has made, begins or gives up a change that can be undone, or its user asks for an undo or redo."""

    kind: Literal["begin", "cancel", "change", "undo", "redo"]
    name: str = ""
    delta: bytes = b""
    """Of ``change``: what ApplyUndo takes; empty: only the whole state can undo it."""
    can_undo: bool = False
    """The delta also works backwards."""
    version: int = 0
    """Of the delta's form."""


class ApplyUndo(Request, tag="apply-undo", kw_only=True):
    """Undo or redo a change by its delta. Answered by Values."""

    delta: bytes
    version: int
    redo: bool = False


class SetUndoContext(Request, tag="set-undo-context", kw_only=True):
    """What undo and redo would do now, for plugins that show it. Answered by Done."""

    can_undo: bool = False
    can_redo: bool = False
    undo_name: str = ""
    redo_name: str = ""
