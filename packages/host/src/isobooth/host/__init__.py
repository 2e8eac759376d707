"""The booth: one process that runs one plugin and plays it over shared memory.

A client starts this package as a program (``isobooth-host``) and never imports it.
"""

from __future__ import annotations

__version__ = "0.1.0"
