"""The CLAP format: what the registry and the scan call."""

from __future__ import annotations

from isobooth.protocol.descriptors import ScanProblem, ScanReport
from isobooth.protocol.errors import PluginError, PluginLoadError
from isobooth.protocol.phases import phase_name

from ..._core import ffi, lib
from ...licensing.line import Terms
from ...piecemeal import begin, begin_again, begin_closing
from ...plugin import Activation, CData, LoadRequest
from ..shared.warnings import Warnings
from .apart import ApartError
from .call import text
from .entry import Entry, Listed, open_entry
from .instance import ClapInstance
from .presets import add_presets, discover

_ERROR_LEVEL = 3
"""Lines that a plugin logs at this level or above while it is scanned become warnings (ext/log.h)."""

_SCAN_RATE = 48000.0
_SCAN_FRAMES = 1024
"""How a plugin is activated that is only looked at."""


def load(request: LoadRequest) -> ClapInstance:
    """Load one plugin. Raises PluginNotFound or PluginLoadError."""
    return load_from(open_entry(request.path), request)


def load_from(entry: Entry, request: LoadRequest, kind: type[ClapInstance] = ClapInstance) -> ClapInstance:
    """Load one plugin of an open file, which is released with it. Raises PluginNotFound or PluginLoadError."""
    try:
        listed = entry.pick(request.plugin_id)
    except PluginLoadError:
        entry.release()
        raise
    instance = _instantiate(entry, listed, request.mailbox, kind, request.licensing)
    instance.wish(request.inputs, request.outputs)
    return instance


def _instantiate(
    entry: Entry, listed: Listed, mailbox: CData, kind: type[ClapInstance], licensing: Terms | None = None
) -> ClapInstance:
    """Raises PluginLoadError; the instance, or its failure, releases the entry."""
    try:
        return kind(entry, listed, mailbox, licensing)
    except PluginLoadError:
        raise
    except PluginError as error:
        raise PluginLoadError(
            f"{listed.descriptor.id} of {entry.path} could not be described",
            path=entry.path,
            plugin_id=listed.descriptor.id,
            phase=phase_name(lib.IB_PHASE_DESCRIBE),
            cause=str(error),
        ) from error


def scan(path: str, report: ScanReport) -> None:
    """Describe every plugin of a file. Ports and parameters are known only to instances, so each is made for a moment.

    A plugin that cannot be made keeps what its factory says of it, beside an error. Raises PluginLoadError if the file
    itself cannot be opened.
    """
    scan_entry(open_entry(path), report)


def scan_entry(entry: Entry, report: ScanReport, kind: type[ClapInstance] = ClapInstance) -> None:
    """Describe every plugin of an open file, and release it."""
    try:
        report.warnings += [ScanProblem(path=entry.path, reason=reason) for reason in entry.warnings.list()]
        for listed in entry.plugins:
            one = listed.descriptor
            if begin(report, "plugin", one.index, one.id, one.name, len(entry.plugins)):
                entry.users += 1  # the instance's
                _scan_one(entry, listed, report, kind)
        if begin(report, "presets"):
            _add_presets(entry, report)
        begin(report, "unload")
    finally:
        entry.release()


def _scan_one(entry: Entry, listed: Listed, report: ScanReport, kind: type[ClapInstance]) -> None:
    identity = listed.descriptor.id
    mailbox = ffi.new("struct ib_mailbox *", {"wake_fd": -1})
    try:
        instance = _instantiate(entry, listed, mailbox, kind)
    except PluginLoadError as error:
        report.plugins.append(listed.descriptor)
        report.errors.append(ScanProblem(path=entry.path, reason=str(error), plugin_id=identity, phase=error.phase))
        return
    try:
        _look_at_voices(instance)
        report.plugins.append(instance.descriptor)
        _warn(entry, report, identity, [one for one in instance.warnings if one not in entry.warnings.list()])
        begin_closing(report)
    finally:
        instance.close()
    _warn(entry, report, identity, _logged())


def _warn(entry: Entry, report: ScanReport, identity: str, reasons: list[str]) -> None:
    report.warnings += [ScanProblem(path=entry.path, reason=reason, plugin_id=identity) for reason in reasons]


def _look_at_voices(instance: ClapInstance) -> None:
    """Plugins tell their voices only while they are active (ext/voice-info.h): those with voices are for a moment."""
    if not instance.tells_voices:
        return
    try:
        instance.activate(Activation(_SCAN_RATE, 1, _SCAN_FRAMES, 4, offline=False))
    except PluginError as error:
        instance.complain(f"its voices are not known: {error}")
        return
    instance.deactivate()
    instance.descriptor.latency = None  # it holds for that rate


def _add_presets(entry: Entry, report: ScanReport) -> None:
    warnings = Warnings()
    factory = entry.find_presets(warnings.add)
    if factory is not None:
        try:
            found = discover(factory)
            for reason in found.warnings:
                warnings.add(reason)
            add_presets(found.presets, report.plugins, warnings.add)
            begin_again(report)
        except ApartError as error:
            warnings.add(f"its presets are not known: while they were looked for, {error}")
    report.warnings += [ScanProblem(path=entry.path, reason=reason) for reason in warnings.list()]


def _logged() -> list[str]:
    """Errors and faults that the plugin left in the log."""
    line = ffi.new("char[]", lib.IB_LOG_TEXT_BYTES)
    found: dict[str, None] = {}
    while (level := lib.ib_log_pop(line)) >= 0:
        if level >= _ERROR_LEVEL:
            found[text(line)] = None
    return list(found)
