"""Properties whose values are no numbers, paths above all: patch:Set and patch:Get messages to and from the plugin."""

from __future__ import annotations

import os
import struct

from ..._core import ffi, lib
from ...plugin import CData
from .memory import uri_of, urid
from .uris import ATOM, PATCH

_TEXTS = frozenset({f"{ATOM}Path", f"{ATOM}String", f"{ATOM}URI"})


def _property(key: str, kind: str, body: bytes) -> bytes:
    padding = bytes(-len(body) % 8)
    return struct.pack("=IIII", urid(key), 0, len(body), urid(kind)) + body + padding


def _message(kind: str, *properties: bytes) -> bytes:
    body = struct.pack("=II", 0, urid(f"{PATCH}{kind}")) + b"".join(properties)
    return struct.pack("=II", len(body), urid(f"{ATOM}Object")) + body


def _send(lv2: CData, message: bytes) -> bool:
    area = ffi.new("uint64_t[]", len(message) // 8 + 1)
    memoryview(ffi.buffer(area))[0 : len(message)] = message
    return bool(lib.ib_lv2_send(lv2, area, len(message)))


def send_path(lv2: CData, uri: str, path: str) -> bool:
    """Set a property to a path. False: there is no port for it, or no room now."""
    key = _property(f"{PATCH}property", f"{ATOM}URID", struct.pack("=I", urid(uri)))
    return _send(lv2, _message("Set", key, _property(f"{PATCH}value", f"{ATOM}Path", os.fsencode(path) + b"\0")))


def send_get(lv2: CData) -> bool:
    """Ask for the values of all properties."""
    return _send(lv2, _message("Get"))


def receive(lv2: CData) -> dict[str, str]:
    """What the plugin has said of properties with texts or paths since the last call, by URI."""
    area = ffi.new("uint8_t[]", lib.IB_LV2_MOST_ATOM_BYTES)
    found: dict[str, str] = {}
    while size := int(lib.ib_lv2_receive(lv2, area)):
        found.update(_read(bytes(ffi.buffer(area, size))))
    return found


def _read(data: bytes) -> dict[str, str]:
    """Of a patch:Set: property and value. Of anything else, or where it does not add up: nothing."""
    if len(data) < 16 or uri_of(struct.unpack_from("=I", data, 12)[0]) != f"{PATCH}Set":
        return {}
    at, uri, text = 16, "", None
    while at + 16 <= len(data):
        key, _, size, kind = struct.unpack_from("=IIII", data, at)
        body = data[at + 16 : at + 16 + size]
        if uri_of(key) == f"{PATCH}property" and len(body) >= 4:
            uri = uri_of(struct.unpack_from("=I", body)[0])
        elif uri_of(key) == f"{PATCH}value" and uri_of(kind) in _TEXTS:
            text = body.rstrip(b"\0").decode("utf-8", "replace")
        at += 16 + (size + 7) // 8 * 8
    return {uri: text} if uri and text is not None else {}
