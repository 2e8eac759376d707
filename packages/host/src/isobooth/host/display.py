"""Booths on machines without a display."""

from __future__ import annotations

import os


def do_without_display() -> None:
    """Let plugins that make a Qt application where there is no display do so, in whichever call they do it.

    Qt ends the process where it finds none, unless it is told to draw into memory (QT_QPA_PLATFORM, Qt for Embedded
    Linux). To be called before a plugin's library is loaded: some make it in a constructor. What the user has set
    stays, and where there is a display, Qt is left to find it: windows are to be seen there.
    """
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
