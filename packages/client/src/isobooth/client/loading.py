"""From what a user calls a plugin to the plugin."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from isobooth.protocol.descriptors import PluginDescriptor, PluginSummary
from isobooth.protocol.errors import PluginLoadError, PluginNotFound
from isobooth.protocol.locator import formats_of_path, parse_locator

from .connection import Target
from .licensing import Licensing
from .options import OnCrash, Options, Restart, check_options
from .plugin import Plugin
from .policies import Limits, RestartPolicy

AUTO = "auto"
"""Format name that lets the host look into the file."""


def load(
    plugin: str | os.PathLike[str] | PluginDescriptor | PluginSummary,
    *,
    sample_rate: float = 48000.0,
    block_size: int = 512,
    inputs: int | str = 0,
    outputs: int | str = 0,
    denormals: Literal["flush", "keep"] = "flush",
    precision: Literal["auto", "float32", "float64"] = "auto",
    offline: bool = False,
    on_crash: OnCrash = "raise",
    timeout: float = 10.0,
    load_timeout: float = 30.0,
    slots: int = 0,
    event_bytes: int = 8192,
    in_place: bool = False,
    guard: bool = False,
    restart: Restart | RestartPolicy = "never",
    limits: Limits | None = None,
    fade: float = 0.005,
    licensing: Licensing | Literal["off"] | None = None,
) -> Plugin:
    """Load a plugin into a process of its own.

    ``plugin`` is a name (``"Zam Comp"``), an id (``"clap:com.zamaudio.ZamComp"``, an LV2 URI), a path, with ``#id``
    where a file holds several plugins, or a descriptor from a scan.

    sample_rate: Hz, 1 to 10,000,000.
    block_size: frames of the longest block, 1 to 1,048,576; longer audio is cut.
    inputs, outputs: wished numbers of main channels, or layouts such as ``"stereo"`` and ``"5.1"`` (that many
        channels); 0 for the plugin's own. A plugin that has others keeps them: see ``buses``, and ``set_buses``.
    denormals: ``"flush"`` takes denormal numbers for zero (as DAWs do), ``"keep"`` computes with them.
    precision: what the plugin computes with. ``"auto"`` is float64 where the plugin prefers it and takes it on all
        buses (``supports_float64``), else float32; ``"float64"`` is a PluginError where a bus does not support it.
    offline: the plugin may take its time; no real-time priority is asked for.
    on_crash: what ``process`` does when the plugin dies or hangs: raise, or go on with bypassed or silent audio.
    timeout: seconds that a block or a request may take before the plugin is taken to hang.
    load_timeout: seconds that loading and activating may take each.
    slots: blocks that can be in flight, 1 to 64; 0 for what suits the block size.
    event_bytes: room for the events of a block; ``process`` makes more where it is needed.
    in_place: let the plugin find its input where its output goes, on buses that it pairs; the samples are the same.
    guard: make silence of output samples that are NaN, infinite or 40 dB over full scale; ``stats.replaced`` counts.
    restart: when the plugin's process has died, start another by itself, on a thread of its own: ``"never"``,
        ``"once"``, ``"back-off"`` (five times a minute, with growing pauses, then it is given up), or a RestartPolicy.
        It has state, preset, parameters, buses, track, bypass and song position of the one before; Recovered says what
        it lost. Meanwhile calls do what ``on_crash`` says; ``render`` (and ``process`` if ``offline``) waits for it.
    limits: memory, descriptors, processor and so on that the plugin's process may take. No core dumps without it.
    fade: seconds, 0 to 1, over which sound goes from the plugin to what stands in for it and back; 0 for a cut.
    licensing: what plugins that ask about licences are told. None: as Licensing(). ``"off"``: most run as a demo.

    Raises PluginNotFound, PluginLoadError (with the loader's own words), PluginCrashed or PluginTimeout while loading,
    HostNotFound, IncompatiblePeer, ArgumentError, ArgumentTypeError.
    """
    options = check_options(
        sample_rate=sample_rate, block_size=block_size, inputs=inputs, outputs=outputs, slots=slots,
        event_bytes=event_bytes, denormals=denormals, precision=precision, offline=offline, on_crash=on_crash,
        timeout=timeout, load_timeout=load_timeout, in_place=in_place, guard=guard, restart=restart, limits=limits,
        fade=fade, licensing=licensing,
    )  # fmt: skip
    return _made(find_target(plugin), options)


def _made(target: Target, options: Options) -> Plugin:
    """Make the plugin. A WCLAP is held against its manifest, which other formats do not have."""
    try:
        made = Plugin(target, options)
    except PluginNotFound:
        if target.format == "wclap" or (target.format == AUTO and formats_of_path(target.path) == ("wclap",)):
            from isobooth.scan.wclap_scan import check_absent  # as below

            check_absent(target.path, target.id)
        raise
    if made.format == "wclap":
        from isobooth.scan.wclap_scan import check_loaded

        check_loaded(made.descriptor)
    return made


def _check_utf8(path: str) -> None:
    """Raise PluginLoadError for a path that no message can carry."""
    name = os.fsencode(path)
    try:
        name.decode("utf-8")
    except UnicodeDecodeError as error:
        shown = name.decode("utf-8", "backslashreplace")
        raise PluginLoadError(
            f"{shown} cannot be loaded", path=shown, cause="its name is not UTF-8", hint="rename it"
        ) from error


def find_target(plugin: str | os.PathLike[str] | PluginDescriptor | PluginSummary) -> Target:
    """Format, path and id of what a user calls a plugin. Looks at the disk for names and ids only."""
    if isinstance(plugin, (PluginDescriptor, PluginSummary)):
        return Target(plugin.format, plugin.path, plugin.id)
    locator = parse_locator(os.fspath(plugin) if isinstance(plugin, os.PathLike) else plugin)
    if locator.format == "null":
        return Target("null", "", locator.id)
    if locator.path:
        path = str(Path(locator.path).expanduser().absolute())
        _check_utf8(path)
        return Target(locator.format or AUTO, path, locator.id)
    from isobooth.scan import find_plugin  # a scan is only needed for names and ids

    found = find_plugin(locator)
    return Target(found.format, found.path, found.id)
