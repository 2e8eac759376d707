"""Finds and describes the audio plugins of a machine, each file in a throw-away process.

>>> from isobooth.scan import scan
>>> catalogue = scan()
>>> [one.name for one in catalogue.search(feature="reverb")]
"""

from __future__ import annotations

from .catalogue import PREFERENCE, Catalogue
from .paths import search_paths
from .scanner import MOST_JOBS, TIMEOUT, Progress, find_plugin, scan

__all__ = [
    "MOST_JOBS",
    "PREFERENCE",
    "TIMEOUT",
    "Catalogue",
    "Progress",
    "find_plugin",
    "scan",
    "search_paths",
]
