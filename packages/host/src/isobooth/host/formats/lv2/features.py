"""What this host offers to LV2 plugins, and what a plugin's class says of it in the words of a descriptor."""

from __future__ import annotations

from isobooth.protocol.errors import PluginLoadError

from .read import Description
from .uris import (
    ATOM,
    BUF_SIZE,
    CORE,
    EVENT,
    LOG,
    MIDI,
    OPTIONS,
    PARAMETERS,
    PORT_PROPS,
    RESIZE,
    STATE,
    URI_MAP,
    URID,
    WORKER,
    tail,
)

WITH_DATA = (
    f"{URID}map",
    f"{URID}unmap",
    URI_MAP,
    EVENT.rstrip("#"),
    f"{OPTIONS}options",
    f"{WORKER}schedule",
    f"{LOG}log",
    f"{RESIZE}resize",
    f"{STATE}makePath",
    f"{STATE}mapPath",
    f"{STATE}freePath",
)
"""Features that come with a pointer."""
WITHOUT_DATA = (
    f"{CORE}isLive",
    f"{CORE}inPlaceBroken",
    f"{CORE}hardRTCapable",
    f"{BUF_SIZE}boundedBlockLength",
    f"{BUF_SIZE}coarseBlockLength",
    f"{STATE}threadSafeRestore",
    f"{STATE}loadDefaultState",
    f"{PORT_PROPS}supportsStrictBounds",
)
"""Features that are a promise and nothing more."""
WHEN_REQUIRED = (f"{BUF_SIZE}fixedBlockLength", f"{BUF_SIZE}powerOf2BlockLength")
"""Promises that cost latency: given to a plugin that cannot do without."""
OFFERED = frozenset({*WITH_DATA, *WITHOUT_DATA, *WHEN_REQUIRED, f"{EVENT}event"})

SAMPLE_RATE = f"{PARAMETERS}sampleRate"
OPTIONS_GIVEN = frozenset(
    {
        SAMPLE_RATE,
        f"{BUF_SIZE}minBlockLength",
        f"{BUF_SIZE}maxBlockLength",
        f"{BUF_SIZE}nominalBlockLength",
        f"{BUF_SIZE}sequenceSize",
    }
)


def check(description: Description) -> None:
    """Raise PluginLoadError if the plugin cannot do without something that this host does not have."""
    missing = sorted(description.required - OFFERED)
    if missing:
        raise _lacks(description, f"requires the feature {missing[0]}", missing)
    missing = sorted(description.required_options - OPTIONS_GIVEN)
    if missing:
        raise _lacks(description, f"requires the option {missing[0]}", missing)
    for port in description.ports:
        if not port.is_optional and not _is_known(port.kind, port.buffer_type):
            classes = sorted(port.classes - {f"{CORE}InputPort", f"{CORE}OutputPort", f"{CORE}Port"})
            what = port.buffer_type if port.kind else (classes or ["no type at all"])[0]
            raise _lacks(description, f"has the port {port.symbol!r} of the type {what}", [what])


def _is_known(kind: str, buffer_type: str) -> bool:
    return bool(kind) and (kind != "atom" or buffer_type in {"", f"{ATOM}Sequence"})


def _lacks(description: Description, what: str, missing: list[str]) -> PluginLoadError:
    more = f" (and {', '.join(missing[1:])})" if len(missing) > 1 else ""
    return PluginLoadError(
        f"{description.name!r} ({description.uri}) {what}, which this host does not have{more}",
        path=description.bundle,
        plugin_id=description.uri,
        phase="describe",
    )


_WORDS = {
    "InstrumentPlugin": ("instrument", "synthesizer"),
    "OscillatorPlugin": ("generator",),
    "GeneratorPlugin": ("generator",),
    "ConstantPlugin": ("generator",),
    "MIDIPlugin": ("note-effect",),
    "AnalyserPlugin": ("analyzer",),
    "AmplifierPlugin": ("audio-effect", "utility"),
    "ChorusPlugin": ("audio-effect", "chorus"),
    "CombPlugin": ("audio-effect", "filter"),
    "AllpassPlugin": ("audio-effect", "filter"),
    "BandpassPlugin": ("audio-effect", "filter"),
    "HighpassPlugin": ("audio-effect", "filter"),
    "LowpassPlugin": ("audio-effect", "filter"),
    "FilterPlugin": ("audio-effect", "filter"),
    "CompressorPlugin": ("audio-effect", "compressor"),
    "ConverterPlugin": ("utility",),
    "DelayPlugin": ("audio-effect", "delay"),
    "DistortionPlugin": ("audio-effect", "distortion"),
    "DynamicsPlugin": ("audio-effect",),
    "EnvelopePlugin": ("audio-effect", "transient-shaper"),
    "EQPlugin": ("audio-effect", "equalizer"),
    "MultiEQPlugin": ("audio-effect", "equalizer"),
    "ParaEQPlugin": ("audio-effect", "equalizer"),
    "ExpanderPlugin": ("audio-effect", "expander"),
    "FlangerPlugin": ("audio-effect", "flanger"),
    "FunctionPlugin": ("utility",),
    "GatePlugin": ("audio-effect", "gate"),
    "LimiterPlugin": ("audio-effect", "limiter"),
    "MixerPlugin": ("audio-effect", "mixing"),
    "ModulatorPlugin": ("audio-effect",),
    "PhaserPlugin": ("audio-effect", "phaser"),
    "PitchPlugin": ("audio-effect", "pitch-shifter"),
    "ReverbPlugin": ("audio-effect", "reverb"),
    "SimulatorPlugin": ("audio-effect",),
    "SpatialPlugin": ("audio-effect",),
    "SpectralPlugin": ("audio-effect",),
    "UtilityPlugin": ("utility",),
    "WaveshaperPlugin": ("audio-effect", "distortion"),
}


def words(description: Description, inputs: int, outputs: int, *, notes_in: bool, notes_out: bool) -> list[str]:
    """Features in a descriptor's vocabulary: from the classes, and from the ports where those say nothing."""
    found: list[str] = []
    for name in sorted(description.classes):
        if name.startswith(CORE):
            found += _WORDS.get(tail(name), ())
    if not found:
        if inputs and outputs:
            found.append("audio-effect")
        elif outputs:
            found.append("instrument" if notes_in else "generator")
        elif notes_in and notes_out:
            found.append("note-effect")
        elif inputs:
            found.append("analyzer")
    widest = {1: "mono", 2: "stereo"}.get(outputs or inputs)
    return list(dict.fromkeys([*found, *([widest] if widest else [])]))


def is_midi(supports: frozenset[str]) -> bool:
    """Do these events include MIDI?"""
    return f"{MIDI}MidiEvent" in supports
