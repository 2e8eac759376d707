"""What compiled code depends on, and the key of the cache that is made of it.

``key = SHA-256("wclap-aot/1" NUL, then of each field: its length as 4 bytes, little-endian, and the field)`` in hex.
The fields, in order:

1. SHA-256 of module.wasm, 32 bytes
2. the full version of wasmtime, such as ``50.0.1``: a patch release may fix what an older one compiled wrongly
3. the target triple
4. SHA-256 of what the engine makes of a small module that never changes (``ib_wclap_sample`` in runtime.c), 32 bytes:
   its header names wasmtime's release, the processor's features and every setting that code depends on, and its code
   shows what the header does not
5. the settings, ``name=value`` in the order of their names, a line each

How much memory a plugin may have is no part of the code, nor of the key. That calls are interrupted, and that memories
are reserved as they grow, is: a module that is used with and without has an entry for each.
"""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import dataclass

from ..._core import ffi, lib
from ...plugin import CData
from .runtime import wasmtime_version

_DOMAIN = b"wclap-aot/1\0"
_SAMPLE_ROOM = 1 << 20


@dataclass(frozen=True)
class Target:
    """What code is compiled for."""

    wasmtime: str
    triple: str
    engine: str
    config: dict[str, str]

    def key(self, wasm_sha256: str) -> str:
        """The key of a module of that hash."""
        settings = "\n".join(f"{name}={value}" for name, value in sorted(self.config.items()))
        digest = hashlib.sha256(_DOMAIN)
        for field in (
            bytes.fromhex(wasm_sha256),
            self.wasmtime.encode(),
            self.triple.encode(),
            bytes.fromhex(self.engine),
            settings.encode(),
        ):
            digest.update(len(field).to_bytes(4, "little"))
            digest.update(field)
        return digest.hexdigest()


def triple() -> str:
    """The name of this kind of machine, as compilers know it."""
    try:
        is_glibc = bool(os.confstr("CS_GNU_LIBC_VERSION"))
    except (ValueError, OSError):
        is_glibc = False
    return f"{platform.machine()}-unknown-linux-{'gnu' if is_glibc else 'musl'}"


def target(limits: CData) -> Target | None:
    """What this process compiles for. wasmtime must be open. None if it cannot be told."""
    room = ffi.new("uint8_t[]", _SAMPLE_ROOM)
    size = lib.ib_wclap_sample_code(limits, room, _SAMPLE_ROOM)
    if not 0 < size <= _SAMPLE_ROOM:
        return None
    return Target(
        wasmtime=wasmtime_version(),
        triple=triple(),
        engine=hashlib.sha256(ffi.buffer(room, size)).hexdigest(),
        config={
            "epoch_interruption": "1" if limits.interrupt_ms else "0",
            "memory_bounded": "1" if limits.is_bounded else "0",
            "shared_memory": "1",
            "wasm_threads": "1",
        },
    )
