"""A plugin called directly in this process, without any booth. See c/direct.h."""

from __future__ import annotations

import ctypes
import functools
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchmarks import _compile

if TYPE_CHECKING:
    from benchmarks._plugins import Measured

Audio = npt.NDArray[np.float32]


@functools.cache
def _library(kind: str) -> ctypes.CDLL:
    library = ctypes.CDLL(str(_compile.library(f"direct_{kind}")))
    library.direct_open.restype = ctypes.c_void_p
    library.direct_open.argtypes = [
        *[ctypes.c_char_p] * 2,
        ctypes.c_double,
        ctypes.c_uint32,
        ctypes.c_char_p,
        ctypes.c_size_t,
    ]
    for name in ("direct_inputs", "direct_outputs"):
        getattr(library, name).restype = ctypes.c_uint32
        getattr(library, name).argtypes = [ctypes.c_void_p]
    library.direct_run.restype = ctypes.c_uint64
    library.direct_run.argtypes = [*[ctypes.c_void_p] * 3, ctypes.c_uint64]
    library.direct_close.argtypes = [ctypes.c_void_p]
    if kind == "ladspa":
        library.direct_set.restype = None
        library.direct_set.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_float]
    return library


class Direct:
    """One plugin instance with its default parameters. Raises RuntimeError with the loader's or plugin's words.

    ``controls``, of a LADSPA plugin only: values by the number of their port, for defaults that are not in the hints.
    """

    def __init__(
        self, plugin: Measured, sample_rate: float, block: int, controls: Mapping[int, float] | None = None
    ) -> None:
        self._library = _library(plugin.format)
        self._thread = threading.get_ident()
        error = ctypes.create_string_buffer(512)
        path = str(plugin.path).encode()
        self._plugin = self._library.direct_open(path, plugin.id.encode(), sample_rate, block, error, len(error))
        if not self._plugin:
            raise RuntimeError(f"{plugin.title} cannot be called directly: {error.value.decode(errors='replace')}")
        for port, value in (controls or {}).items():
            self._library.direct_set(self._plugin, port, value)
        self.inputs = int(self._library.direct_inputs(self._plugin))
        self.outputs = int(self._library.direct_outputs(self._plugin))

    def run(self, dry: Audio, wet: Audio) -> float:
        """All of ``dry`` through the plugin into ``wet``; the seconds it took."""
        channels, frames = dry.shape
        if channels != self.inputs or wet.shape != (self.outputs, frames):
            raise ValueError(f"{self.inputs} channels go in and {self.outputs} come out")
        took = self._library.direct_run(self._plugin, dry.ctypes.data, wet.ctypes.data, frames)
        if took == 0:
            raise RuntimeError("the plugin reported an error")
        return float(took) / 1e9

    def close(self) -> None:
        """End the instance."""
        self._library.direct_close(self._plugin)
