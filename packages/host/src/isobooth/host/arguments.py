"""The command line of a booth, read without argparse: a booth must start quickly."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from isobooth.protocol.errors import ArgumentError

USAGE = """\
usage: isobooth-host <format> <plugin-path>[#id|::id] <shm-name> <instance-id> <d2h-fd> <h2d-fd>
                     [sample-rate buffer-size num-inputs num-outputs]
       isobooth-host --scan --format <format> --path <plugin-path> [--output <json-path>] [--timeout <seconds>]
       isobooth-host --wclap-cache list | clear | warm <bundle> [<bundle> ...]
       isobooth-host --formats | --version | --help

Runs one audio plugin in this process, for the client that made the shared memory <shm-name> and holds the other
ends of the two descriptors: d2h carries messages to this host, h2d carries its answers. Numbers of channels are
wishes; 0 leaves them to the plugin. The format "auto" finds the format by looking into the file. With --scan,
describes every plugin of a file as one JSON object. With --wclap-cache, shows, empties or fills the cache of
compiled WebAssembly plugins (~/.wclap/cache, or WCLAP_CACHE_DIR) and prints one JSON object; warm runs plugins.
"""

MOST_SAMPLE_RATE = 10_000_000.0
MOST_BLOCK = 1 << 20
MOST_CHANNELS = 1024


@dataclass(frozen=True)
class BoothArguments:
    """What one booth is to do."""

    format: str
    path: str
    plugin_id: str
    segment: str
    instance_id: str
    read_fd: int
    write_fd: int
    sample_rate: float = 48000.0
    block_size: int = 512
    inputs: int = 0
    outputs: int = 0


def split_plugin(text: str) -> tuple[str, str]:
    """Path and id of ``path#id`` or ``path::id``.

    The longest part that exists is the path, so a path may hold either mark.
    """
    if os.path.exists(text):
        return text, ""
    places = sorted(
        (place, len(mark)) for mark in ("#", "::") for place in range(len(text)) if text.startswith(mark, place)
    )
    for place, length in reversed(places):
        if os.path.exists(text[:place]):
            return text[:place], text[place + length :]
    if places:
        place, length = places[0]
        return text[:place], text[place + length :]
    return text, ""


def _number(name: str, text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise ArgumentError(f"{name} is {text!r} and must be a number from {least:g} to {most:g}")
    return value


def _whole(name: str, text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
        raise ArgumentError(f"{name} is {text!r} and must be a whole number from {least} to {most}")
    return int(text)


def parse_booth(arguments: list[str]) -> BoothArguments:
    """Read 6 to 10 arguments. Raises ArgumentError, which names the one that is wrong."""
    if not 6 <= len(arguments) <= 10:
        raise ArgumentError(f"6 to 10 arguments are needed, {len(arguments)} were given")
    name, plugin, segment, instance = arguments[:4]
    if not name:
        raise ArgumentError("the format is empty")
    if not segment.strip("/"):
        raise ArgumentError("the name of the shared memory is empty")
    path, plugin_id = split_plugin(plugin)
    fds = [_whole(what, text, 0, 1 << 20) for what, text in zip(("d2h-fd", "h2d-fd"), arguments[4:6], strict=True)]
    settings = arguments[6:] + ["48000", "512", "0", "0"][len(arguments) - 6 :]
    return BoothArguments(
        format=name,
        path=path,
        plugin_id=plugin_id,
        segment=segment,
        instance_id=instance,
        read_fd=fds[0],
        write_fd=fds[1],
        sample_rate=_number("sample-rate", settings[0], 1.0, MOST_SAMPLE_RATE),
        block_size=_whole("buffer-size", settings[1], 1, MOST_BLOCK),
        inputs=_whole("num-inputs", settings[2], 0, MOST_CHANNELS),
        outputs=_whole("num-outputs", settings[3], 0, MOST_CHANNELS),
    )
