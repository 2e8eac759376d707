"""The VST3 format: what the registry and the scan call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from isobooth.protocol.descriptors import ScanReport

from ..._core import ffi
from ...plugin import LoadRequest
from .factory import ClassInfo
from .instance import Vst3Instance
from .module import Module, open_module
from .scanning import scan_module

_RATE, _BLOCK = 48000.0, 512


def load(request: LoadRequest) -> Vst3Instance:
    """Load one plugin, by class id or name. Raises PluginNotFound or PluginLoadError."""
    module = open_module(request.path)
    try:
        named = [one for one in module.plugins if request.plugin_id and one.name == request.plugin_id]
        chosen = named[0] if len(named) == 1 else module.pick(request.plugin_id)
    except BaseException:
        module.release()
        raise
    return Vst3Instance(module, chosen, request)


def scan(path: str, report: ScanReport) -> None:
    """Describe every plugin of a bundle. Raises PluginLoadError if the bundle itself cannot be used."""
    scan_module(path, report, _describe)


@contextmanager
def _describe(module: Module, one: ClassInfo) -> Iterator[Vst3Instance]:
    """Make an instance for the with-block. Raises PluginLoadError."""
    module.users += 1  # the instance's
    request = LoadRequest(
        path=module.path,
        plugin_id=one.id,
        sample_rate=_RATE,
        block_size=_BLOCK,
        inputs=0,
        outputs=0,
        mailbox=ffi.new("struct ib_mailbox *", {"wake_fd": -1}),
    )
    instance = Vst3Instance(module, one, request)
    try:
        yield instance
    finally:
        instance.close()
