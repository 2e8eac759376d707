"""Describing and loading plugins of numbered ports: all that LADSPA and its first proposal have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from isobooth.protocol.descriptors import ScanProblem, ScanReport
from isobooth.protocol.errors import ArgumentError, PluginError, PluginLoadError, PluginNotFound, did_you_mean

from ...library import Library
from ...plugin import CData, LoadRequest
from .describe import build
from .hints import SCAN_SAMPLE_RATE
from .instance import Loaded, PortInstance, whole_rate
from .read import BadDescriptor, Description

_MOST_LISTED = 20

Instance = TypeVar("Instance", bound=PortInstance)
Read = Callable[[list[str]], tuple[CData, Description]]
"""Reads one plugin and adds what is odd to the list. May raise BadDescriptor."""


def not_one(path: str, plugin_id: str, what: str, known: Sequence[str], hint: str = "") -> PluginNotFound:
    """The error for an id that means none, or more than one, of the plugins ``known`` in a file.

    ``what`` is a clause about the file. Without a hint there is one with near names, or how to name a plugin.
    """
    more = len(known) - _MOST_LISTED
    listed = ", ".join(known[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
    near = did_you_mean(plugin_id, known) if plugin_id else "name one: path#label"
    return PluginNotFound(
        f"{path} {what}",
        path=path,
        plugin_id=plugin_id,
        phase="load",
        tried=[f"it has: {listed}"] if known else [],
        hint=hint or (near if known else ""),
    )


def scan_one(format_name: str, path: str, plugin_id: str, read: Read, report: ScanReport) -> None:
    """Describe one plugin into a report; a broken one is an error there."""
    warnings: list[str] = []
    try:
        model = build(format_name, path, read(warnings)[1], SCAN_SAMPLE_RATE)
    except (BadDescriptor, PluginLoadError) as error:
        wrong = error.as_load_error(path) if isinstance(error, BadDescriptor) else error
        report.errors.append(ScanProblem(path=path, plugin_id=plugin_id, reason=str(wrong), phase="describe"))
        return
    report.plugins.append(model.descriptor)
    report.warnings += [
        ScanProblem(path=path, plugin_id=plugin_id, reason=reason) for reason in (*warnings, *model.warnings)
    ]


def absolute(path: str) -> str:
    """The path for a scan's report."""
    return str(Path(path).absolute())


def load_from_library(
    request: LoadRequest,
    format_name: str,
    find: Callable[[Library, list[str]], Read],
    make: Callable[[Loaded, CData, LoadRequest], Instance],
    call: str,
) -> Instance:
    """Open a library, find the plugin in it, instantiate it. The library is closed where that does not work.

    ``find`` chooses the plugin that the request means; ``call`` is what the format calls its instantiation.

    Raises PluginLoadError, PluginNotFound or, for a sample rate that cannot be, ArgumentError.
    """
    whole_rate(request.sample_rate)
    library = Library(request.path)
    label, warnings = request.plugin_id, list[str]()
    try:
        abi, description = find(library, warnings)(warnings)
        label = description.label
        return make(Loaded(format_name, library, library.path, description, warnings), abi, request)
    except BadDescriptor as error:
        library.close()
        raise error.as_load_error(request.path) from error
    except (PluginLoadError, ArgumentError):
        library.close()
        raise
    except PluginError as error:
        library.close()
        raise PluginLoadError(
            str(error), path=request.path, plugin_id=label, phase="instantiate", tried=[call]
        ) from error
