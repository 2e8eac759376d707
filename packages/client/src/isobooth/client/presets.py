"""From what a user calls a preset to what the host is asked for; preset files."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from isobooth.protocol.abilities import LoadPreset
from isobooth.protocol.descriptors import PluginDescriptor, PresetInfo, ScanProblem
from isobooth.protocol.errors import ArgumentError, ArgumentTypeError, PluginError, did_you_mean
from isobooth.protocol.hostcommand import find_host_command

_MOST_NAMED = 8

FOUND_BY_SCAN = ("clap", "wclap")
"""Formats whose presets are found through the plugin's file and not by the plugin (CLAP: preset-discovery.h)."""


def presets_by_scan(descriptor: PluginDescriptor, timeout: float) -> list[PresetInfo]:
    """Ask the plugin's file for its presets, in a throw-away process. Raises PluginError if that cannot be done."""
    from isobooth.scan.probe import probe  # only for this

    result = probe(find_host_command(), descriptor.format, descriptor.path, timeout=timeout)
    if isinstance(result, ScanProblem):
        raise PluginError(f"the presets of {descriptor.name!r} could not be listed: {result.reason}")
    return next((one.presets for one in result.plugins if one.id == descriptor.id), [])


def find_preset(wanted: object, presets: list[PresetInfo], name: str) -> LoadPreset:
    """See Plugin.load_preset for what may be wanted. ``name`` is the plugin's."""
    if isinstance(wanted, PresetInfo):
        if any(one.id == wanted.id for one in presets) or not wanted.path:
            return LoadPreset(preset=wanted.id)
        return LoadPreset(preset=wanted.id, path=_absolute(wanted.path))
    if isinstance(wanted, os.PathLike):
        return LoadPreset(path=_existing(os.fspath(wanted), name))
    if not isinstance(wanted, str):
        raise ArgumentTypeError(f"a preset is a name, an id, a path or a PresetInfo, not {type(wanted).__name__}")
    found = _by_text(wanted, presets, name)
    if found is not None:
        return LoadPreset(preset=found.id)
    if wanted and (os.sep in wanted or Path(wanted).exists()):
        return LoadPreset(path=_existing(wanted, name))
    raise ArgumentError(f"{name} has no preset {wanted!r} - {_hint(wanted, presets)}")


def _by_text(wanted: str, presets: list[PresetInfo], name: str) -> PresetInfo | None:
    """By ``Bank/Name``, name, id, and last by name in other letters. Raises ArgumentError where several fit."""
    for one in presets:
        if one.id == wanted and wanted:
            by_id = one
            break
    else:
        by_id = None
    folded = wanted.casefold()
    for fits in (
        [one for one in presets if wanted in {one.name, _full(one)}],
        [by_id] if by_id is not None else [],
        [one for one in presets if folded in {one.name.casefold(), _full(one).casefold()}],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits and by_id is None:
            raise ArgumentError(f"{name} has {len(fits)} presets named {wanted!r} - write {_choices(wanted, fits)}")
    return None


def _full(one: PresetInfo) -> str:
    return f"{one.bank}/{one.name}" if one.bank else one.name


def _choices(wanted: str, fits: list[PresetInfo]) -> str:
    ways = [_full(one) for one in fits]
    if len(set(ways)) < len(ways) or wanted in ways:
        ways = [one.id for one in fits]
    return " or ".join(map(repr, ways[:_MOST_NAMED])) + (" …" if len(ways) > _MOST_NAMED else "")


def _hint(wanted: str, presets: list[PresetInfo]) -> str:
    if not presets:
        return "it lists none; a preset file is named by its path"
    names = [one.name for one in presets]
    more = " …" if len(names) > _MOST_NAMED else ""
    return did_you_mean(wanted, names) or f"it has {', '.join(map(repr, names[:_MOST_NAMED]))}{more}"


def _absolute(path: str | bytes) -> str:
    return str(Path(os.fsdecode(path)).expanduser().absolute())


def _existing(path: str | bytes, name: str) -> str:
    absolute = _absolute(path)
    if not Path(absolute).exists():
        raise ArgumentError(f"{name} cannot load the preset file {absolute}: there is no such file")
    return absolute


def write_file(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:  # Ctrl-C as well
        beside.unlink(missing_ok=True)
        raise
