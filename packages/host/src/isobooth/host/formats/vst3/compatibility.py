"""Which older plugins a module replaces, asked of the module itself (iplugincompatibility.h, VST 3.7.5).

A module without moduleinfo.json, such as a single file, can have a class that writes the same list.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from isobooth.protocol.errors import PluginError

from ..._core import ffi, lib
from ...plugin import CData, phase
from .factory import Factory
from .interface import wrap
from .moduleinfo import ModuleInfo, parse_replaced
from .streams import NoState, written

CATEGORY = "Plugin Compatibility Class"


def ask_replaced(factory: Factory, found: ModuleInfo, after_unload: list[Callable[[], None]]) -> None:
    """Add to ``found`` what the module's compatibility class says; what is wrong with it goes to ``found.problems``.

    What the module might keep is freed by a callback in ``after_unload``.
    """
    one = next((one for one in factory.classes if one.category == CATEGORY), None)
    if one is None:
        return
    found.source = "its compatibility class"
    mailbox = ffi.new("struct ib_mailbox *", {"wake_fd": -1})
    host = lib.ib_vst3_host_new(mailbox, ffi.NULL, b"isobooth")
    if host == ffi.NULL:
        found.complain("was not asked: there is no memory")
        return
    after_unload.append(partial(_free, host, mailbox))
    try:
        with phase(lib.IB_PHASE_DESCRIBE):
            made = wrap(factory.create(one.cid, lib.vst3_IPluginCompatibility_iid), "IPluginCompatibility")
            try:
                data = written(host, partial(made.getCompatibilityJSON), "getCompatibilityJSON")
            finally:
                made.release()
        parse_replaced(data, found)
    except NoState:
        return
    except PluginError as error:
        found.complain(f"says nothing: {error}")
    finally:
        lib.ib_vst3_host_close(host)


def _free(host: CData, mailbox: CData) -> None:
    del mailbox  # it had to live as long
    lib.ib_vst3_host_free(host)
