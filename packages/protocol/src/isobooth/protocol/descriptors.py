"""What a plugin is: the structs that scans print, messages carry and clients show.

Every struct tolerates unknown fields, so that a newer host can tell an older client more than it asks for.
"""

from __future__ import annotations

from typing import Literal

import msgspec

FORMATS: tuple[str, ...] = ("clap", "vst3", "lv2", "vst2", "ladspa", "ladspa0", "wclap", "null")
"""Every format name that a locator, a command line or a descriptor may hold."""


class BusInfo(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One audio bus of a plugin: channels that belong together.

    ``index`` counts the buses of one direction from 0. ``channels`` is at least 1.
    """

    index: int
    name: str
    channels: int
    direction: Literal["input", "output"]
    is_main: bool = True
    """False for side chains and auxiliary outputs."""
    layout: str = ""
    """``mono``, ``stereo``, ``surround``, ``ambisonic`` …, empty where the plugin does not say."""
    supports_float64: bool = False
    prefers_float64: bool = False
    in_place_pair: int | None = None
    """Index of the bus of the other direction that may share its memory; None if separate buffers are needed."""
    id: int = 0
    """The format's own number for the bus (CLAP's port id), its index elsewhere."""


class NotePortInfo(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One port for notes and MIDI. ``dialects`` holds any of ``clap``, ``midi``, ``mpe``, ``midi2``."""

    index: int
    name: str
    direction: Literal["input", "output"]
    dialects: list[str] = []
    preferred: str = ""
    id: int = 0


class EnumValue(msgspec.Struct, kw_only=True):
    """A value of a parameter that has a name of its own."""

    value: float
    label: str


class ParameterInfo(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One parameter. Values are in the parameter's own unit, between ``minimum`` and ``maximum``."""

    id: int
    """Stable across versions of the plugin; what events address."""
    name: str
    identifier: str = ""
    """The name as a Python identifier, unique within the plugin: ``threshold``, ``attack_ms``."""
    module: str = ""
    """Path of groups, ``Oscillator 1/Filter``, empty at the top."""
    unit: str = ""
    minimum: float = 0.0
    maximum: float = 1.0
    default: float = 0.0
    steps: int = 0
    """Number of distinct values; 0 for a continuous parameter."""
    is_integer: bool = False
    is_toggled: bool = False
    is_logarithmic: bool = False
    is_enumeration: bool = False
    is_output: bool = False
    """Read-only: a meter or another value that the plugin computes."""
    is_hidden: bool = False
    is_bypass: bool = False
    """Takes the plugin out of the signal's way, with its larger value; LV2's (``lv2:enabled``) with its smaller one."""
    is_automatable: bool = True
    is_modulatable: bool = False
    is_periodic: bool = False
    is_per_note: bool = False
    """Takes values or modulation for single notes, keys, channels or ports."""
    requires_process: bool = False
    values: list[EnumValue] = []
    """Named values, where the format lists them."""


class PresetInfo(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One factory preset or program."""

    id: str
    name: str
    bank: str = ""
    author: str = ""
    description: str = ""
    path: str = ""
    """The file that holds it; empty where it is inside the plugin."""
    features: list[str] = []
    is_factory: bool = True
    """False for a preset of the user's own."""


class NoteName(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a key plays: a drum, a key switch. -1 in ``port``, ``channel`` or ``key`` stands for all."""

    name: str
    port: int = -1
    channel: int = -1
    key: int = -1
    last_key: int | None = None
    """The last of several keys that do the same."""
    is_keyswitch: bool = False


class NoteExpressionInfo(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A kind of note expression that the plugin understands."""

    id: int
    """As in NoteExpression events."""
    name: str
    unit: str = ""
    minimum: float = 0.0
    maximum: float = 1.0
    default: float = 0.0
    steps: int = 0
    """Number of distinct values; 0: continuous."""
    port: int = 0
    channel: int = -1
    param_id: int | None = None
    """The parameter that it follows, where there is one."""


class ControlPage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Parameters that belong together on eight knobs; None where a knob is left free."""

    id: int
    name: str
    section: str = ""
    params: list[int | None] = []
    is_for_preset: bool = False
    """Belongs to the preset, not to the plugin: another preset may bring other pages."""


class VoiceInfo(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How many voices an instrument plays."""

    count: int
    """In use with the present settings."""
    capacity: int
    """At most."""
    can_overlap: bool = False
    """Several notes of one key may sound, told apart by their note id."""


class PluginDescriptor(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One plugin in a file. (``format``, ``path``, ``id``) is its key: an id alone is not unique."""

    format: str
    path: str
    """Absolute path of the file or bundle."""
    id: str
    """CLAP id, LV2 URI, LADSPA label, VST3 class id in hex …"""
    name: str
    vendor: str = ""
    version: str = ""
    description: str = ""
    url: str = ""
    licence: str = ""
    features: list[str] = []
    """Lower-case words in CLAP's vocabulary: ``instrument``, ``audio-effect``, ``compressor``, ``stereo`` …"""
    unique_id: int | None = None
    """LADSPA's and VST2's number."""
    index: int = 0
    """Place in its file, from 0."""
    replaces: list[str] = []
    """Ids of older plugins that this one stands in for, where a scan learns of them; they find it as well."""
    buses: list[BusInfo] = []
    note_ports: list[NotePortInfo] = []
    parameters: list[ParameterInfo] = []
    presets: list[PresetInfo] = []
    note_names: list[NoteName] = []
    expressions: list[NoteExpressionInfo] = []
    pages: list[ControlPage] = []
    """Pages of remote controls."""
    voices: VoiceInfo | None = None
    layouts: list[str] = []
    """Names of the bus configurations that the plugin offers, where the format lists them."""
    latency: int | None = None
    """Frames, where it is known without running."""
    is_in_place_broken: bool = False
    is_hard_realtime: bool = False
    has_state: bool = False
    has_gui: bool = False
    """Whether it has a window of its own, by what it says: CLAP's clap.gui with a window system of this machine, VST2's
    effFlagsHasEditor, the user interfaces in LV2's data files. False where that is not known, as in VST3, which tells
    only by making one."""
    format_version: str = ""
    """Of the interface that the plugin was built for, where it says so: ``1.2.0`` of CLAP."""

    def channels(self, direction: Literal["input", "output"]) -> int:
        """Channels of all buses of one direction together."""
        return sum(bus.channels for bus in self.buses if bus.direction == direction)


class PluginSummary(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a list of plugins shows of one: the fields of PluginDescriptor that are short, and counts of the others.

    (``format``, ``path``, ``id``) is its key, as there.
    """

    format: str
    path: str
    id: str
    name: str
    vendor: str = ""
    version: str = ""
    category: str = ""
    """One of CATEGORIES: the first that ``features`` names, else what the buses make of it; empty for neither."""
    features: list[str] = []
    unique_id: int | None = None
    index: int = 0
    replaces: list[str] = []
    input_channels: int = 0
    """Of all audio buses together."""
    output_channels: int = 0
    note_inputs: int = 0
    """Number of ports that take notes or MIDI."""
    note_outputs: int = 0
    parameter_count: int = 0
    """All parameters, those included that are hidden or computed by the plugin."""
    preset_count: int = 0
    has_state: bool = False
    has_gui: bool = False
    source: str = ""
    """``manifest``: taken from the manifest.json of a WCLAP, which knows nothing of ports, parameters and presets.

    Empty: the plugin itself has said so.
    """
    verified: bool = True
    """False for what a manifest says, until the plugin has been looked into or loaded."""


CATEGORIES: tuple[str, ...] = ("instrument", "audio-effect", "note-effect", "note-detector", "analyzer")
"""What a plugin is above all, in CLAP's words (plugin-features.h, "Plugin category")."""


def summarize(one: PluginDescriptor) -> PluginSummary:
    """Return the summary of a descriptor."""
    count = {(way, kind): 0 for way in ("input", "output") for kind in ("audio", "notes")}
    for bus in one.buses:
        count[bus.direction, "audio"] += bus.channels
    for port in one.note_ports:
        count[port.direction, "notes"] += 1
    category = next((word for word in one.features if word in CATEGORIES), "")
    if not category and count["output", "audio"]:
        if count["input", "audio"]:
            category = "audio-effect"
        elif count["input", "notes"]:
            category = "instrument"
    return PluginSummary(
        format=one.format,
        path=one.path,
        id=one.id,
        name=one.name,
        vendor=one.vendor,
        version=one.version,
        category=category,
        features=one.features,
        unique_id=one.unique_id,
        index=one.index,
        replaces=one.replaces,
        input_channels=count["input", "audio"],
        output_channels=count["output", "audio"],
        note_inputs=count["input", "notes"],
        note_outputs=count["output", "notes"],
        parameter_count=len(one.parameters),
        preset_count=len(one.presets),
        has_state=one.has_state,
        has_gui=one.has_gui,
    )


class ScanProblem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Why something could not be described, or what is odd about it."""

    path: str
    reason: str
    plugin_id: str = ""
    plugin_name: str = ""
    """As far as the file had told it; only of a plugin that took down the process that looked."""
    phase: str = ""
    """Where it happened: ``find`` (looking for files), ``look`` (at one, without loading it), ``load``, ``unload`` …

    ``format``: what the format itself needs is not installed. ``manifest``: the manifest of a WCLAP is not believed;
    ``reason`` then begins with ``manifest-garbage:``, ``manifest-stale:`` or ``manifest-mismatch:``.
    """
    ended: str = ""
    """How the process that looked was ended: ``crash``, ``exit``, ``timeout`` or ``memory``; empty where it was not."""


SCAN_TOTAL = 20
"""How many times as long a whole file may take to be described as each of its plugins may."""


class ScanReport(msgspec.Struct, kw_only=True):
    """What ``isobooth-host --scan`` prints: one JSON object for one file."""

    format: str
    path: str
    plugins: list[PluginDescriptor] = []
    errors: list[ScanProblem] = []
    warnings: list[ScanProblem] = []
