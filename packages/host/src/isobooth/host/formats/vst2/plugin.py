"""The VST2 format: what the registry and the scan call."""

from __future__ import annotations

from isobooth.protocol.descriptors import ScanProblem, ScanReport
from isobooth.protocol.errors import PluginLoadError

from ..._core import ffi, lib
from ...piecemeal import begin, begin_closing
from ...plugin import CData, LoadRequest
from .effect import Effect, id_text
from .instance import Vst2Instance
from .library import Listed, Module, choose, is_shell, list_shell

_RATE, _BLOCK = 48000.0, 512


def load(request: LoadRequest) -> Vst2Instance:
    """Load one plugin, by its four characters, its number or its name. Raises PluginNotFound or PluginLoadError."""
    module = Module(request.path)
    try:
        vst2, effect, listed = _make(module, request)
    except PluginLoadError:
        module.close()
        raise
    return Vst2Instance(module, vst2, effect, listed, request)


def _make(module: Module, request: LoadRequest) -> tuple[CData, Effect, Listed]:
    """Make the plugin that is asked for: at once, or, if the file is a shell, after a look at what it holds."""
    vst2, effect = module.make(request)
    shell = is_shell(effect)
    try:
        names = list_shell(effect, []) if shell else [Listed(effect.unique_id, _name(effect), 0)]
        found = choose(module.path, names, request.plugin_id)
    except PluginLoadError:
        module.end(vst2, effect)
        raise
    if not shell:
        return vst2, effect, found
    module.end(vst2, effect)
    return (*_make_inner(module, request, found), found)


def _name(effect: Effect) -> str:
    return effect.text(lib.VST2_GET_EFFECT_NAME) or effect.text(lib.VST2_GET_PRODUCT)


def _make_inner(module: Module, request: LoadRequest, found: Listed) -> tuple[CData, Effect]:
    vst2, effect = module.make(request, found.unique_id)
    if is_shell(effect) or effect.unique_id != found.unique_id:
        made = "the shell itself" if is_shell(effect) else f"plugin {id_text(effect.unique_id)}"
        module.end(vst2, effect)
        raise module.error(
            f"would not make its plugin {id_text(found.unique_id)} ({found.name!r}): it made {made}",
            number=found.unique_id,
        )
    return vst2, effect


def scan(path: str, report: ScanReport) -> None:
    """Describe every plugin of a file. A broken one of a shell is an error that spoils no other.

    Raises PluginLoadError if the file itself cannot be used.
    """
    module = Module(path)
    _scan_module(module, report)
    begin(report, "unload")
    module.close()


def _scan_module(module: Module, report: ScanReport) -> None:
    request = LoadRequest(
        path=module.path,
        plugin_id="",
        sample_rate=_RATE,
        block_size=_BLOCK,
        inputs=0,
        outputs=0,
        mailbox=ffi.new("struct ib_mailbox *", {"wake_fd": -1}),
    )
    vst2, effect = module.make(request)
    if not is_shell(effect):
        _describe(module, vst2, effect, Listed(effect.unique_id, _name(effect), 0), request, report)
        return
    warnings: list[str] = []
    listed = list_shell(effect, warnings)
    module.end(vst2, effect)
    if not listed:
        warnings.append("it is a shell with no plugin in it")
    report.warnings += [ScanProblem(path=module.path, reason=reason) for reason in warnings]
    for one in listed:
        if not begin(report, "plugin", one.index, id_text(one.unique_id), one.name, len(listed)):
            continue
        try:
            vst2, effect = _make_inner(module, request, one)
        except PluginLoadError as error:
            problem = ScanProblem(path=module.path, reason=str(error), plugin_id=error.plugin_id, phase=error.phase)
            report.errors.append(problem)
            continue
        _describe(module, vst2, effect, one, request, report)


def _describe(
    module: Module, vst2: CData, effect: Effect, listed: Listed, request: LoadRequest, report: ScanReport
) -> None:
    instance = Vst2Instance(module, vst2, effect, listed, request)
    report.plugins.append(instance.descriptor)
    report.warnings += [
        ScanProblem(path=module.path, plugin_id=instance.descriptor.id, reason=reason) for reason in instance.warnings
    ]
    begin_closing(report)
    module.end(vst2, effect)
