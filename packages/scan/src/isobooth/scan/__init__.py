"""Finds and describes the audio plugins of a machine, each file in a throw-away process.

>>> from isobooth.scan import scan
>>> catalogue = scan()
>>> [one.name for one in catalogue.search(feature="reverb")]
"""

from __future__ import annotations

from .cache import blocklist
from .catalogue import PREFERENCE, Catalogue
from .entries import PluginEntry
from .groups import Group
from .lookup import find_plugin
from .paths import search_paths
from .probe import MEMORY
from .scanner import MOST_JOBS, TIMEOUT, Progress, scan

__all__ = [
    "MEMORY",
    "MOST_JOBS",
    "PREFERENCE",
    "TIMEOUT",
    "Catalogue",
    "Group",
    "PluginEntry",
    "Progress",
    "blocklist",
    "find_plugin",
    "scan",
    "search_paths",
]
