"""liblilv, which reads the data files of LV2 plugins, as this format uses it.

Bound when the format is used: the host does not link to it, and works without it for every other format. Everything of
lilv's (worlds, nodes, collections, states) is an opaque pointer here. Source: lilv/lilv.h, from version 0.24.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

from isobooth.protocol.errors import UnsupportedFormat

from ..._core import ffi, lib
from ...plugin import CData

SONAMES = ("liblilv-0.so.0", "liblilv-0.so")
_HINT = "install it: package liblilv-0-0 on Debian and Ubuntu, lilv on Fedora and Arch"

# What the functions return and take; "p" is a pointer, "s" a text, "u" and "i" numbers, "b" a truth, "f" a float.
_CODES = {"p": "void *", "s": "char const *", "u": "unsigned int", "i": "int", "b": "_Bool", "f": "float", "v": "void"}
_FUNCTIONS = {
    "lilv_free": "vp",
    "lilv_world_new": "p",
    "lilv_world_free": "vp",
    "lilv_world_set_option": "vpsp",
    "lilv_world_load_all": "vp",
    "lilv_world_load_bundle": "vpp",
    "lilv_world_load_resource": "ipp",
    "lilv_world_get_all_plugins": "pp",
    "lilv_world_find_nodes": "ppppp",
    "lilv_world_get": "ppppp",
    "lilv_plugins_begin": "pp",
    "lilv_plugins_get": "ppp",
    "lilv_plugins_next": "ppp",
    "lilv_plugins_is_end": "bpp",
    "lilv_plugin_get_uri": "pp",
    "lilv_plugin_get_bundle_uri": "pp",
    "lilv_plugin_get_num_ports": "up",
    "lilv_new_uri": "pps",
    "lilv_new_file_uri": "ppss",
    "lilv_new_bool": "ppb",
    "lilv_node_duplicate": "pp",
    "lilv_node_free": "vp",
    "lilv_node_is_uri": "bp",
    "lilv_node_is_blank": "bp",
    "lilv_node_is_int": "bp",
    "lilv_node_is_float": "bp",
    "lilv_node_is_bool": "bp",
    "lilv_node_as_string": "sp",
    "lilv_node_as_float": "fp",
    "lilv_node_as_bool": "bp",
    "lilv_node_get_path": "ppp",
    "lilv_nodes_free": "vp",
    "lilv_nodes_begin": "pp",
    "lilv_nodes_get": "ppp",
    "lilv_nodes_next": "ppp",
    "lilv_nodes_is_end": "bpp",
    "lilv_state_new_from_world": "pppp",
    "lilv_state_new_from_file": "pppps",
    "lilv_state_new_from_instance": "ppppssssppup",
    "lilv_state_free": "vp",
    "lilv_state_get_plugin_uri": "pp",
    "lilv_state_set_label": "vps",
    "lilv_state_restore": "vppppup",
    "lilv_state_save": "ippppsss",
}


class Lilv:
    """The library: its functions are attributes, bound when they are used first."""

    def __init__(self, handle: CData) -> None:
        self._handle = handle

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """A function of lilv's. Raises UnsupportedFormat where the library is too old to have it."""
        codes = _FUNCTIONS[name]
        address = lib.dlsym(self._handle, name.encode())
        if address == ffi.NULL:
            raise UnsupportedFormat(f"the liblilv of this machine has no {name}(): it is too old", hint=_HINT)
        takes = ", ".join(_CODES[code] for code in codes[1:]) or "void"
        function = ffi.cast(f"{_CODES[codes[0]]} (*)({takes})", address)
        setattr(self, name, function)
        return function


@functools.cache
def lilv() -> Lilv:
    """The library, loaded on first use. Raises UnsupportedFormat, with the packages that have it, if it is absent."""
    causes = []
    for name in SONAMES:
        handle = lib.dlopen(os.fsencode(name), lib.RTLD_NOW | lib.RTLD_LOCAL)
        if handle != ffi.NULL:
            return Lilv(handle)
        causes.append(ffi.string(lib.dlerror()).decode("utf-8", "replace"))
    raise UnsupportedFormat(
        "LV2 plugins are described by liblilv, which is not on this machine",
        tried=list(SONAMES),
        cause=causes[0],
        hint=_HINT,
    )
