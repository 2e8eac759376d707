"""What an instance gets from its host: the array of features and the options, alive as long as the instance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..._core import ffi
from ...plugin import CData
from .features import SAMPLE_RATE, WHEN_REQUIRED, WITHOUT_DATA
from .memory import urid
from .paths import Paths
from .read import Description
from .uris import ATOM, BUF_SIZE, EVENT, LOG, OPTIONS, RESIZE, STATE, URI_MAP, URID, WORKER

SEQUENCE_BYTES = 8192
"""bufsz:sequenceSize: room for events in a port that asks for no more."""


@dataclass(frozen=True)
class Lengths:
    """Lengths of the runs that are to come, in frames."""

    minimum: int
    maximum: int
    nominal: int


def run_frames(description: Description, longest: int) -> int:
    """The one length that every run must have, 0 where any will do (buf-size).

    Of two, where a power of two is asked for, the largest that is not above ``longest``.
    """
    if f"{BUF_SIZE}powerOf2BlockLength" in description.required:
        return 1 << (max(longest, 1).bit_length() - 1)
    return longest if f"{BUF_SIZE}fixedBlockLength" in description.required else 0


class Features:
    """The features of one instance at one sample rate."""

    def __init__(self, lv2: CData, description: Description, paths: Paths, rate: float, lengths: Lengths) -> None:
        self._keep: list[CData] = []
        self._options = self._new_options(rate, lengths)
        always: dict[str, CData] = {
            f"{URID}map": ffi.addressof(lv2, "urid_map"),
            f"{URID}unmap": ffi.addressof(lv2, "urid_unmap"),
            URI_MAP: ffi.addressof(lv2, "uri_map"),
            f"{OPTIONS}options": self._options,
            f"{WORKER}schedule": ffi.addressof(lv2, "worker_schedule"),
            f"{LOG}log": ffi.addressof(lv2, "log"),
        }
        files: dict[str, CData] = {
            f"{STATE}makePath": paths.make_path,
            f"{STATE}mapPath": paths.map_path,
            f"{STATE}freePath": paths.free_path,
        }
        others: dict[str, CData] = {
            EVENT.rstrip("#"): ffi.addressof(lv2, "old_events"),
            f"{RESIZE}resize": ffi.addressof(lv2, "resize_port"),
        }
        promises = [*WITHOUT_DATA, *(one for one in WHEN_REQUIRED if one in description.required)]
        nothing = dict.fromkeys(promises, ffi.NULL)
        self.of_instance = self._array({**always, **files, **others, **nothing}.items())
        """For instantiate()."""
        # Another struct for the same thing: some plugins take the one of instantiate() for a host that lacks this one.
        schedule = self._kept(ffi.new("struct ib_lv2_worker_schedule *", lv2.worker_schedule))
        always[f"{WORKER}schedule"] = schedule
        self.of_state = self._array({**always, **files}.items())
        """For save() and restore()."""
        self.of_preset = self._array(always.items())
        """The same for lilv, which adds its own features of paths."""

    def _kept(self, memory: CData) -> CData:
        self._keep.append(memory)
        return memory

    def _array(self, features: Iterable[tuple[str, CData]]) -> CData:
        listed = list(features)
        array = self._kept(ffi.new("struct ib_lv2_feature *[]", len(listed) + 1))
        for place, (uri, data) in enumerate(listed):
            text = self._kept(ffi.new("char[]", uri.encode()))
            array[place] = self._kept(
                ffi.new("struct ib_lv2_feature *", {"uri": text, "data": ffi.cast("void *", data)})
            )
        return ffi.cast("struct ib_lv2_feature const *const *", array)

    def _new_options(self, rate: float, lengths: Lengths) -> CData:
        numbers = {
            f"{BUF_SIZE}minBlockLength": lengths.minimum,
            f"{BUF_SIZE}maxBlockLength": lengths.maximum,
            f"{BUF_SIZE}nominalBlockLength": lengths.nominal,
            f"{BUF_SIZE}sequenceSize": SEQUENCE_BYTES,
        }
        options = self._kept(ffi.new("struct ib_lv2_option[]", len(numbers) + 2))
        whole, decimal = urid(f"{ATOM}Int"), urid(f"{ATOM}Float")
        given = [(SAMPLE_RATE, decimal, self._kept(ffi.new("float *", rate)))]
        given += [(uri, whole, self._kept(ffi.new("int32_t *", number))) for uri, number in numbers.items()]
        for option, (uri, kind, value) in zip(options, given, strict=False):
            option.key, option.type, option.size, option.value = urid(uri), kind, 4, value
        return options
