"""The CLAP format: what the registry and the scan call."""

from __future__ import annotations

from isobooth.protocol.descriptors import ScanProblem, ScanReport
from isobooth.protocol.errors import PluginError, PluginLoadError
from isobooth.protocol.phases import phase_name

from ..._core import ffi, lib
from ...plugin import CData, LoadRequest
from .call import text
from .entry import Entry, Listed, open_entry
from .instance import ClapInstance

_ERROR_LEVEL = 3
"""Lines that a plugin logs at this level or above while it is scanned become warnings (ext/log.h)."""


def load(request: LoadRequest) -> ClapInstance:
    """Load one plugin. Raises PluginNotFound or PluginLoadError."""
    entry = open_entry(request.path)
    try:
        listed = entry.pick(request.plugin_id)
    except PluginLoadError:
        entry.release()
        raise
    return _instantiate(entry, listed, request.mailbox)


def _instantiate(entry: Entry, listed: Listed, mailbox: CData) -> ClapInstance:
    """Raises PluginLoadError; the instance, or its failure, releases the entry."""
    try:
        return ClapInstance(entry, listed, mailbox)
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
    entry = open_entry(path)
    try:
        report.warnings += [ScanProblem(path=entry.path, reason=reason) for reason in entry.warnings.list()]
        for listed in entry.plugins:
            entry.users += 1  # the instance's
            _scan_one(entry, listed, report)
    finally:
        entry.release()


def _scan_one(entry: Entry, listed: Listed, report: ScanReport) -> None:
    identity = listed.descriptor.id
    mailbox = ffi.new("struct ib_mailbox *", {"wake_fd": -1})
    try:
        instance = _instantiate(entry, listed, mailbox)
    except PluginLoadError as error:
        report.plugins.append(listed.descriptor)
        report.errors.append(ScanProblem(path=entry.path, reason=str(error), plugin_id=identity, phase=error.phase))
        return
    try:
        report.plugins.append(instance.descriptor)
        odd = [reason for reason in instance.warnings if reason not in entry.warnings.list()]
    finally:
        instance.close()
    odd += _logged()
    report.warnings += [ScanProblem(path=entry.path, reason=reason, plugin_id=identity) for reason in odd]


def _logged() -> list[str]:
    """Errors and faults that the plugin left in the log."""
    line = ffi.new("char[]", lib.IB_LOG_TEXT_BYTES)
    found: dict[str, None] = {}
    while (level := lib.ib_log_pop(line)) >= 0:
        if level >= _ERROR_LEVEL:
            found[text(line)] = None
    return list(found)
