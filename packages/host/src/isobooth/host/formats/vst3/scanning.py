"""Describing every plugin of a VST3 bundle or file.

Buses and parameters are known to instances only, so a scan loads the module and makes an instance of each class; what a
bundle's moduleinfo.json says is compared with that. Where the loader or the module itself refuses, moduleinfo.json is
all that there is: its plugins are then listed, beside the error, so that a plugin that lacks a library is found by its
name and says so when it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from isobooth.protocol.descriptors import ScanProblem, ScanReport
from isobooth.protocol.errors import PluginLoadError

from ...library import whole_image
from ...piecemeal import begin, begin_closing
from .bundle import Bundle, find_bundle
from .factory import ClassInfo
from .module import Module, open_module
from .moduleinfo import mismatches, read_info

if TYPE_CHECKING:
    from .instance import Vst3Instance

Describe = Callable[[Module, ClassInfo], AbstractContextManager["Vst3Instance"]]
"""Makes an instance of a class for a with-block. Raises PluginLoadError.

It leaves the module's users as they were.
"""


def scan_module(path: str, report: ScanReport, describe: Describe | None = None) -> None:
    """Describe every plugin of a bundle or file into ``report``.

    A plugin that cannot be made keeps what its factory says of it, beside an error; without ``describe`` the factory is
    all that is asked. Raises PluginLoadError if the file itself cannot be used; plugins that its moduleinfo.json names
    are in the report then, unless the file is none for this machine.
    """
    bundle = find_bundle(path)
    with whole_image(path, bundle.binary):
        pass
    try:
        module = open_module(path)
    except PluginLoadError:
        _take_info(bundle, report)
        raise
    try:
        _warn(report, module.warnings + module.info.problems + mismatches(module.info, module.plugins), module.path)
        if not module.plugins:
            _warn(report, ["its factory lists no plugin (no class of the category Audio Module Class)"], module.path)
        for one in module.plugins:
            _scan_one(module, one, report, describe)
        begin(report, "unload")
    finally:
        module.release()


def _scan_one(module: Module, one: ClassInfo, report: ScanReport, describe: Describe | None) -> None:
    descriptor = module.describe(one)
    descriptor.replaces = module.info.older(one.id)
    if not begin(report, "plugin", descriptor.index, one.id, descriptor.name, len(module.plugins)):
        return
    if describe is None:
        report.plugins.append(descriptor)
        return
    try:
        with describe(module, one) as instance:
            instance.descriptor.replaces = descriptor.replaces
            report.plugins.append(instance.descriptor)
            told = instance.warnings
            _warn(report, [sentence for sentence in told if sentence not in module.warnings], module.path, one.id)
            begin_closing(report)
    except PluginLoadError as error:
        report.plugins.append(descriptor)
        report.errors.append(ScanProblem(path=module.path, reason=str(error), plugin_id=one.id, phase=error.phase))
        return
    _warn(report, [sentence for sentence in instance.warnings if sentence not in told], module.path, one.id)


def _take_info(bundle: Bundle, report: ScanReport) -> None:
    info = read_info(bundle.info)
    for at, one in enumerate(info.plugins):
        descriptor = one.describe(bundle.path, at, info.info)
        descriptor.replaces = info.older(one.id)
        report.plugins.append(descriptor)
    _warn(report, [*bundle.warnings, *info.problems], bundle.path)


def _warn(report: ScanReport, sentences: list[str], path: str, plugin_id: str = "") -> None:
    report.warnings += [ScanProblem(path=path, reason=sentence, plugin_id=plugin_id) for sentence in sentences]
