"""The table: which misdeed, in which place, of which format, ends how. docs/hostile.md is made of it.

A format is one C file ``hostile.<format>.c`` that calls misdeed() in its places, one entry of SUFFIXES and its rows in
PLACES and LIES.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

CRASHED, TIMEOUT = "PluginCrashed", "PluginTimeout"

DEADLY: dict[str, tuple[str, str, str]] = {
    "crash": ("writes to address 8", CRASHED, "SIGSEGV"),
    "abort": ("calls abort()", CRASHED, "SIGABRT"),
    "exit0": ("calls exit(0)", CRASHED, "exit 0"),
    "exit3": ("calls exit(3)", CRASHED, "exit 3"),
    "_exit0": ("calls _exit(0)", CRASHED, "exit 0"),
    "spin": ("spins for ever", TIMEOUT, ""),
    "pause": ("sleeps for ever", TIMEOUT, ""),
    "stop": ("stops its process with SIGSTOP", TIMEOUT, ""),
    "overflow": ("overflows the stack", CRASHED, "SIGSEGV"),
    "free2": ("frees memory twice", CRASHED, "SIGABRT"),
    "bounds": ("writes beyond its memory", CRASHED, "SIGSEGV"),
    "huge": ("allocates 4 EiB and gives up as C++ does", CRASHED, "SIGABRT"),
    "throw": ("throws what nobody catches", CRASHED, "SIGABRT"),
    "divide": ("divides an integer by zero", CRASHED, "SIGFPE"),
    "ignore": ("ignores and blocks all signals, then crashes", CRASHED, "SIGSEGV"),
    "handler": ("handles SIGSEGV by _exit(0), then crashes", CRASHED, "exit 0"),
    "alarm": ("lets a timer's SIGALRM kill the process", CRASHED, "SIGALRM"),
}
"""Misdeed -> (what the plugin does, class of the exception, how the process ended)."""

if platform.machine() != "x86_64":
    del DEADLY["divide"]  # other processors give 0

HANGS = ("spin", "pause", "stop")

PLACES: dict[str, dict[str, tuple[str, str]]] = {
    "clap": {
        "constructor": ("load", "load"),
        "entry": ("load", "entry"),
        "factory": ("load", "entry"),
        "instantiate": ("load", "instantiate"),
        "init": ("load", "instantiate"),
        "extension": ("load", "describe"),
        "describe": ("load", "describe"),
        "activate": ("load", "activate"),
        "start": ("load", "start processing"),
        "process@3": ("process", "process"),
        "parameter": ("parameter", "process"),
        "save": ("save state", "state save"),
        "load": ("load state", "state load"),
        "end": ("end", ""),
        "deactivate": ("end", ""),
        "destroy": ("end", ""),
        "exit": ("end", ""),
        "destructor": ("end", ""),
    },
    "vst3": {
        "constructor": ("load", "load"),
        "entry": ("load", "entry"),
        "factory": ("load", "entry"),
        "instantiate": ("load", "instantiate"),
        "init": ("load", "instantiate"),
        "describe": ("load", "describe"),
        "setup": ("load", "activate"),
        "activate": ("load", "activate"),
        "start": ("load", "start processing"),
        "process@3": ("process", "process"),
        "parameter": ("parameter", "process"),
        "text": ("text", "parameter"),
        "save@2": ("save state", "state save"),
        "load": ("load state", "state load"),
        "end": ("end", ""),
        "deactivate": ("end", ""),
        "terminate": ("end", ""),
        "destroy": ("end", ""),
        "exit": ("end", ""),
        "destructor": ("end", ""),
    },
    "ladspa": {
        "constructor": ("load", "load"),
        "factory": ("load", "entry"),
        "instantiate": ("load", "instantiate"),
        "connect": ("load", "instantiate"),
        "activate": ("load", "start processing"),
        "process@3": ("process", "process"),
        "parameter": ("parameter", "process"),
        "deactivate": ("end", ""),
        "destroy": ("end", ""),
        "destructor": ("end", ""),
    },
    "lv2": {
        "constructor": ("load", "load"),
        "factory": ("load", "entry"),
        "instantiate": ("load", "instantiate"),
        "extension": ("load", "instantiate"),
        "connect": ("load", "instantiate"),
        "activate": ("load", "activate"),
        "process@3": ("process", "process"),
        "parameter": ("parameter", "process"),
        "save": ("save state", "state save"),
        "load": ("load state", "state load"),
        "deactivate": ("end", ""),
        "destroy": ("end", ""),
        "destructor": ("end", ""),
    },
    "vst2": {
        "constructor": ("load", "load"),
        "entry": ("load", "entry"),
        "instantiate": ("load", "instantiate"),
        "setup": ("load", "instantiate"),
        "describe": ("load", "describe"),
        "activate": ("load", "activate"),
        "start": ("load", "start processing"),
        "process@3": ("process", "process"),
        "parameter": ("parameter", "process"),
        "text": ("text", "parameter"),
        "save": ("save state", "state save"),
        "load": ("load state", "state load"),
        "end": ("end", ""),
        "deactivate": ("end", ""),
        "destroy": ("end", ""),
        "destructor": ("end", ""),
    },
}
"""Format -> place, with ``@n`` at its nth call -> (step of the story that raises, phase that the exception names).

The step ``end`` means that nothing is raised: the plugin is being closed, and its process ends one way or the other.
"""

SUFFIXES = {"clap": ".clap", "vst3": ".vst3", "ladspa": ".so", "lv2": ".lv2", "vst2": ".so"}

EVERYTHING = bool(os.environ.get("ISOBOOTH_ALL_HOSTILE"))
"""Do every misdeed in every place of every format, which takes minutes."""
FULL = ("clap",)
"""Formats of which that is done always; of the others each misdeed in SOME, and a crash everywhere."""
SOME = {
    "vst3": ("instantiate", "process@3", "destroy"),
    "ladspa": ("instantiate", "process@3", "destroy"),
    "lv2": ("process@3",),
    "vst2": ("process@3",),
}

SCANNED = ("constructor", "entry", "factory", "instantiate", "init", "extension", "describe", "terminate", "destroy")
"""Places that a scan comes to, as far as a format has them; a misdeed after the report was made is a warning in it."""

MISCHIEF: dict[str, tuple[str, str]] = {
    "locale": ("changes the locale", "undone"),
    "rounding": ("changes the rounding of floating-point numbers", "undone"),
    "traps": ("unmasks floating-point exceptions", "undone"),
    "mask": ("blocks all signals", "undone"),
    "handlers": ("handles or ignores all signals", "undone"),
    "pipe": ("lets SIGPIPE kill the process", "undone"),
    "folder": ("changes the working directory", "undone"),
    "umask": ("changes the file mode mask", "undone"),
    "environment": ("clears the environment", "left: the host read what it needs before"),
    "close100": ("closes descriptors 0 to 100", "undone for 0 to 2; the host's own are not among them"),
    "child": ("forks a process that never ends", "it is killed when the booth ends"),
    "daemon": ("forks a process in a session of its own", "it is killed when the booth ends"),
    "thread": ("leaves a thread behind that spins", "it ends with the booth"),
    "timer": ("starts a timer and handles no SIGALRM", "the signal is ignored"),
    "flood": ("prints 20,000 lines", "the log keeps the last ones"),
}
"""Misdeed that the plugin survives -> (what it does, what becomes of it)."""

THEFTS: dict[str, tuple[str, str]] = {
    "closeall": ("closes every descriptor", CRASHED),
    "steal": ("replaces every descriptor", CRASHED),
    "write": ("writes into every descriptor", "ChannelError"),
}
"""Misdeed that takes the control channel away -> (what the plugin does, class of the exception)."""

REACHES: dict[str, tuple[str, str]] = {
    "traced": ("lets its parent trace it, then writes to address 8", "`PluginCrashed` (SIGSEGV), as untraced"),
    "become": ("runs another program in place of its host", "`PluginCrashed` with the exit status of that"),
    "tracer": (
        "lets a child of its own trace it, and hold it when it ends",
        "both are killed when the booth is to end",
    ),
    "halt": ("stops its parent, from which booths come, with SIGSTOP", "it runs on when it is needed next"),
}
"""Misdeed that reaches for other processes -> (what the plugin does, what becomes of it)."""


@dataclass(frozen=True)
class Lie:
    """What a plugin tells that cannot be, and how the story ends with each format."""

    what: str
    endings: dict[str, str]
    """Format -> ``step: class``, or ``plays``."""


LIES: dict[str, Lie] = {
    "many": Lie(
        "has 10,000 parameters", {"clap": "plays", "vst3": "plays", "ladspa": "plays", "lv2": "plays", "vst2": "plays"}
    ),
    "duplicates": Lie("gives two parameters one id", {"clap": "plays", "vst3": "plays", "lv2": "plays"}),
    "backwards": Lie(
        "has a range that runs backwards, or a default outside",
        {"clap": "plays", "vst3": "plays", "ladspa": "plays", "lv2": "plays", "vst2": "plays"},
    ),
    "nan": Lie(
        "has NaN for bounds, defaults and values",
        {"clap": "plays", "vst3": "plays", "ladspa": "plays", "lv2": "plays", "vst2": "plays"},
    ),
    "infinite": Lie(
        "has infinite defaults", {"clap": "plays", "vst3": "plays", "ladspa": "plays", "lv2": "plays", "vst2": "plays"}
    ),
    "negative": Lie(
        "has negative counts", {"vst3": "plays", "lv2": "load: PluginCrashed", "vst2": "save state: StateError"}
    ),
    "text": Lie(
        "has texts without an end or encoding",
        {"clap": "plays", "vst3": "plays", "ladspa": "plays", "lv2": "plays", "vst2": "plays"},
    ),
    "name": Lie("has a name of 100 kB", {"clap": "plays", "ladspa": "plays", "lv2": "plays", "vst2": "plays"}),
    "counts": Lie(
        "has billions of parameters",
        {
            "clap": "plays",
            "vst3": "plays",
            "ladspa": "load: PluginLoadError",
            "lv2": "load: PluginCrashed",
            "vst2": "plays",
        },
    ),
    "ports": Lie("has billions of buses", {"clap": "load: PluginLoadError", "vst3": "load: PluginError"}),
    "channels": Lie(
        "has billions of channels",
        {"clap": "load: PluginLoadError", "vst3": "load: PluginError", "vst2": "load: PluginLoadError"},
    ),
    "plugins": Lie(
        "has billions of plugins in its file",
        {"clap": "plays", "vst3": "plays", "ladspa": "plays", "lv2": "load: PluginNotFound", "vst2": "plays"},
    ),
    "changing": Lie("has other channels whenever it is asked", {"clap": "plays", "vst3": "plays"}),
    "latency": Lie(
        "has a latency of 2^32 - 1 frames", {"clap": "plays", "vst3": "plays", "lv2": "plays", "vst2": "plays"}
    ),
    "errors": Lie(
        "fails in every call",
        {
            "clap": "save state: StateError",
            "vst3": "load: PluginLoadError",
            "lv2": "save state: StateError",
            "vst2": "plays",
        },
    ),
    "status": Lie(
        "answers a block with a code that is none", {"clap": "plays", "vst3": "process: PluginError", "vst2": "plays"}
    ),
    "entry": Lie("refuses to be entered", {"clap": "load: PluginLoadError", "vst3": "load: PluginLoadError"}),
    "factory": Lie(
        "has no factory, or nothing in it",
        {
            "clap": "load: PluginNotFound",
            "vst3": "load: PluginLoadError",
            "ladspa": "load: PluginNotFound",
            "lv2": "load: PluginLoadError",
            "vst2": "load: PluginLoadError",
        },
    ),
    "create": Lie("creates nothing", dict.fromkeys(PLACES, "load: PluginLoadError")),
    "init": Lie("refuses to be initialised", {"clap": "load: PluginLoadError", "vst3": "load: PluginLoadError"}),
    "setup": Lie("refuses its set-up", {"vst3": "load: PluginError"}),
    "activate": Lie("refuses to be activated", {"clap": "load: PluginError", "vst3": "load: PluginError"}),
    "start": Lie("refuses to start", {"clap": "load: PluginError", "vst3": "plays"}),
    "process": Lie("fails in every block", {"clap": "process: PluginError", "vst3": "process: PluginError"}),
}

SLOW = (("vst2", "counts"), ("lv2", "many"))
"""Lies that take seconds to hear: told where EVERYTHING is."""


def places_of(format_name: str, misdeed: str) -> list[str]:
    """Where a misdeed is done in the plugin of a format."""
    places = PLACES[format_name]
    if EVERYTHING or format_name in FULL or misdeed == "crash":
        return list(places)
    return list(SOME[format_name])


def expected(format_name: str, misdeed: str, place: str) -> str:
    """``step | class | phase | how`` of the ending, as story.Ending writes it."""
    step, phase = PLACES[format_name][place]
    if step == "end":
        return "end |  |  | "
    _, kind, how = DEADLY[misdeed]
    return f"{step} | {kind} | {phase} | {how}"
