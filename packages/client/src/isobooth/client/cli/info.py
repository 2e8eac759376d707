"""``isobooth info``: everything that is known of one plugin."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from isobooth.protocol.descriptors import BusInfo, NoteName, ParameterInfo, PluginDescriptor
from isobooth.scan import find_plugin

from .output import plain, print_json, print_table

HELP = "describe one plugin: buses, parameters, presets"
DESCRIPTION = "Describe one plugin. It is looked into in a throw-away process, never in this one."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command can be told."""
    parser.add_argument("plugin", metavar="PLUGIN", help="name, [format:]id, or [format:]path[#id]")
    parser.add_argument("--json", action="store_true", help="print one JSON object (schema: plugin-descriptor)")


def run(options: argparse.Namespace) -> int:
    """Run the command."""
    found = find_plugin(options.plugin)
    if options.json:
        print_json(found)
        return 0
    for label, value in _facts(found):
        print(f"{label + ':':<14}{plain(value)}")
    if found.parameters:
        # a head of its own, since a pipe gets none
        print(f"{len(found.parameters)} parameters:")
        sys.stdout.flush()
        print_table(
            ("parameter", "name", "range", "default", "unit", "kind"),
            [_parameter_row(one) for one in found.parameters],
        )
    return 0


def _facts(one: PluginDescriptor) -> Iterator[tuple[str, str]]:
    yield "name", one.name
    yield "format", one.format
    yield "path", one.path or "(built in)"
    yield "id", one.id
    for label, value in (
        ("unique id", "" if one.unique_id is None else str(one.unique_id)),
        ("vendor", one.vendor),
        ("version", one.version),
        ("description", one.description),
        ("url", one.url),
        ("licence", one.licence),
        ("features", ", ".join(one.features)),
    ):
        if value:
            yield label, value
    yield "inputs", _buses(one, "input")
    yield "outputs", _buses(one, "output")
    for port in one.note_ports:
        yield f"note {port.direction}", f"{port.name} ({', '.join(port.dialects)})"
    if one.latency is not None:
        yield "latency", f"{one.latency} frames"
    if one.voices is not None:
        overlap = ", notes of one key may overlap" if one.voices.can_overlap else ""
        yield "voices", f"{one.voices.count} of {one.voices.capacity}{overlap}"
    for label, names in (
        ("layouts", one.layouts),
        ("expressions", [expression.name for expression in one.expressions]),
        ("pages", [page.name for page in one.pages]),
        ("note names", [_note_name(name) for name in one.note_names]),
        ("presets", [f"{preset.bank}/{preset.name}" if preset.bank else preset.name for preset in one.presets]),
    ):
        if names:
            yield label, ", ".join(names)


def _note_name(one: NoteName) -> str:
    key = "all keys" if one.key < 0 else str(one.key)
    last = "" if one.last_key is None else f" to {one.last_key}"
    channel = "" if one.channel < 0 else f", channel {one.channel + 1}"
    return f"{one.name} ({key}{last}{channel})"


def _buses(one: PluginDescriptor, direction: str) -> str:
    found = [_bus(bus) for bus in one.buses if bus.direction == direction]
    return ", ".join(found) or "none"


def _bus(bus: BusInfo) -> str:
    channels = f"{bus.channels} channel{'s' if bus.channels != 1 else ''}"
    return f"{bus.name or 'unnamed'} ({channels}{'' if bus.is_main else ', side chain or auxiliary'})"


def _parameter_row(one: ParameterInfo) -> tuple[str, ...]:
    kinds = (
        ("output", one.is_output),
        ("toggle", one.is_toggled),
        ("integer", one.is_integer and not one.is_toggled),
        ("logarithmic", one.is_logarithmic),
        ("enumeration", one.is_enumeration),
        ("bypass", one.is_bypass),
        ("hidden", one.is_hidden),
    )
    name = f"{one.module}/{one.name}" if one.module else one.name
    return (
        one.identifier or str(one.id),
        name,
        f"{one.minimum:g} … {one.maximum:g}",
        f"{one.default:g}",
        one.unit,
        ", ".join(word for word, holds in kinds if holds),
    )
