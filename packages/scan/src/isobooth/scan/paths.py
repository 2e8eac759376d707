"""Where the plugins of each format are on Linux.

Each format has a variable of its own, a folder in the home folder, and folders of the system. What the variable does
to the folders is the format's own rule:

========  =============  ========================================================================================
format    variable       rule and source
========  =============  ========================================================================================
clap      CLAP_PATH      searched besides ``~/.clap`` and ``/usr/lib/clap`` ("in addition": CLAP 1.2, entry.h)
vst3      VST3_PATH      replaces; the order of the folders is Steinberg's (VST 3 portal, "Plug-in Locations"), which
                         knows no variable: the name and the rule are Carla's
lv2       LV2_PATH       replaces (LV2 Filesystem Hierarchy Standard; lilv_world_load_all)
vst2      VST_PATH       replaces; by convention, VST 2.4 has no rule. LXVST_PATH, Ardour's name, where it is unset
ladspa    LADSPA_PATH    replaces ("indicating directories that should be searched (in order)": ladspa.h)
ladspa0   LADSPA_PATH    as ladspa: both live in the same folders
wclap     WCLAP_PATH     searched besides, as with CLAP; the format itself knows only ``~/.wclap``, ``/usr/lib/wclap``
========  =============  ========================================================================================

A variable that is set but empty counts as unset. Distributions put libraries of the system into ``lib``, ``lib64``
(Fedora) or ``lib/<triplet>`` (Debian's multiarch): all three are searched.
"""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from isobooth.protocol.descriptors import FORMATS
from isobooth.protocol.errors import UnsupportedFormat, did_you_mean

_LOCAL, _SYSTEM = "/usr/local", "/usr"


@dataclass(frozen=True)
class _Rule:
    """Where one format lives. ``folders`` are names below a ``lib`` folder, and with a dot in the home folder."""

    folders: tuple[str, ...]
    variables: tuple[str, ...]
    replaces: bool
    prefixes: tuple[str, ...] = (_LOCAL, _SYSTEM)


_RULES: dict[str, _Rule] = {
    "clap": _Rule(("clap",), ("CLAP_PATH",), replaces=False),
    "vst3": _Rule(("vst3",), ("VST3_PATH",), replaces=True, prefixes=(_SYSTEM, _LOCAL)),
    "lv2": _Rule(("lv2",), ("LV2_PATH",), replaces=True),
    "vst2": _Rule(("vst", "lxvst"), ("VST_PATH", "LXVST_PATH"), replaces=True),
    "ladspa": _Rule(("ladspa",), ("LADSPA_PATH",), replaces=True),
    "ladspa0": _Rule(("ladspa",), ("LADSPA_PATH",), replaces=True),
    "wclap": _Rule(("wclap",), ("WCLAP_PATH",), replaces=False),
}


def search_paths(format: str) -> list[Path]:  # noqa: A002  (the word that users know)
    """Return the folders in which a format's plugins are looked for, in order, whether they exist or not.

    ``null`` needs no file and has none. Raises UnsupportedFormat for a name that is none of FORMATS.
    """
    if format == "null":
        return []
    rule = _RULES.get(format)
    if rule is None:
        raise UnsupportedFormat(
            f"there is no plugin format {format!r}",
            hint=did_you_mean(format, FORMATS) or f"known are {', '.join(FORMATS)}",
        )
    from_variable = _variable_folders(rule)
    if from_variable and rule.replaces:
        return from_variable
    home = Path("~").expanduser() if _has_home() else None
    folders = [home / f".{name}" for name in rule.folders] if home else []
    folders += [
        Path(prefix, *library, name)
        for prefix in rule.prefixes
        for name in rule.folders
        for library in (("lib",), ("lib", multiarch()), ("lib64",))
    ]
    return list(dict.fromkeys(from_variable + folders))


def multiarch() -> str:
    """Return the name of this machine's folder below ``lib``: ``x86_64-linux-gnu`` and the like."""
    known = sysconfig.get_config_var("MULTIARCH") or getattr(sys.implementation, "_multiarch", "")
    if known:
        return str(known)
    machine = platform.machine()
    names = {"i686": "i386-linux-gnu", "armv7l": "arm-linux-gnueabihf"}
    return names.get(machine, f"{machine}-linux-gnu")


def _has_home() -> bool:
    return os.path.expanduser("~") != "~"  # noqa: PTH111  (pathlib raises where there is none)


def _variable_folders(rule: _Rule) -> list[Path]:
    for name in rule.variables:
        words = os.environ.get(name, "").split(os.pathsep)
        folders = [Path(os.path.expanduser(word)).absolute() for word in words if word]  # noqa: PTH111  (see above)
        if folders:
            return list(dict.fromkeys(folders))
    return []
