"""``isobooth wclap view``: a plugin's page in a browser or a window, for as long as the command runs."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..plugin import Plugin
    from ..webview import WebView  # needs an extra, whose absence open_web_view tells of

HELP = "show a plugin's page"
DESCRIPTION = (
    "Load a plugin that has a page for a window (a WCLAP, or a CLAP with the webview extension), and show the page"
    " until Ctrl-C, or until its window is closed. The plugin plays silence meanwhile. Needs the extra webview of"
    " isobooth-client."
)
_FRAMES = 512
_MOST_BEHIND = 0.25
"""Seconds; who is further behind does not try to catch up."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command can be told."""
    parser.add_argument("plugin", metavar="PLUGIN", help="name, [format:]id, or [format:]path[#id]")
    parser.add_argument(
        "--show",
        choices=("browser", "window", "none"),
        default="browser",
        help="where to show it; none: print its address, for a browser of this machine (default: browser)",
    )
    parser.add_argument("--allow-remote", action="store_true", help="also show a page that is on another computer")
    parser.add_argument("--sample-rate", type=float, default=48000.0, metavar="HZ", help="default: 48000")


def run(options: argparse.Namespace) -> int:
    """Run the command."""
    from ..loading import load

    with load(
        options.plugin, sample_rate=options.sample_rate, block_size=_FRAMES, restart="back-off", on_crash="silence"
    ) as plugin:
        view = plugin.open_web_view(options.show, allow_remote=options.allow_remote)
        if options.show == "none":
            print(view.url, flush=True)
        try:
            _play(plugin, view, until_closed=options.show == "window")
        except KeyboardInterrupt:
            return 0  # the way to end it
    return 0


def _play(plugin: Plugin, view: WebView, *, until_closed: bool) -> None:
    """Silence in real time: parameters arrive and meters move."""
    import numpy as np

    channels = sum(bus.channels for bus in plugin.buses if bus.direction == "input")
    silence = np.zeros((channels, _FRAMES), np.float32) if channels else None
    due = time.monotonic()
    while view.is_open and (view.has_window or not until_closed):
        plugin.process(silence, frames=None if channels else _FRAMES)
        plugin.take_events()
        due = max(due + _FRAMES / plugin.sample_rate, time.monotonic() - _MOST_BEHIND)
        time.sleep(max(0.0, due - time.monotonic()))
