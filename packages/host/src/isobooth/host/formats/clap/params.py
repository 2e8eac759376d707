"""A plugin's parameters: what they are, what they are now, how they are written (ext/params.h)."""

from __future__ import annotations

import math
import re
from collections import Counter

from isobooth.protocol.descriptors import EnumValue, ParameterInfo
from isobooth.protocol.errors import ParameterError, PluginError
from isobooth.protocol.identifiers import identifiers

from ..._core import ffi, lib
from ...plugin import CData
from ..shared.warnings import Warn
from .call import text

MOST_PARAMETERS = 100_000
"""Parameters of one plugin that are used."""
MOST_LABELS = 256
"""Named values that are listed of one enumeration."""
MOST_ALL_LABELS = 20_000
"""... and of all of a plugin together."""
MOST_STEPS = 1 << 31
TEXT_BYTES = 512

_NUMBER_AND_UNIT = re.compile(r"([+-]?(?:\d+(?:\.(\d*))?|\.(\d+)))\s*([^\d\s.,+-][^\d]{0,11})")
_NUMBER = re.compile(r"[+-]?\.?\d")
_PER_NOTE = (
    lib.CLAP_PARAM_IS_AUTOMATABLE_PER_NOTE_ID
    | lib.CLAP_PARAM_IS_AUTOMATABLE_PER_KEY
    | lib.CLAP_PARAM_IS_AUTOMATABLE_PER_CHANNEL
    | lib.CLAP_PARAM_IS_AUTOMATABLE_PER_PORT
    | lib.CLAP_PARAM_IS_MODULATABLE_PER_NOTE_ID
    | lib.CLAP_PARAM_IS_MODULATABLE_PER_KEY
    | lib.CLAP_PARAM_IS_MODULATABLE_PER_CHANNEL
    | lib.CLAP_PARAM_IS_MODULATABLE_PER_PORT
)


def unit_of(written: str, value: float) -> str | None:
    """The unit in how a plugin writes ``value``: ``dB`` of ``-20.00 dB``.

    None where the text is not that number (to its last digit) followed by a short word: ``1.5 kHz`` for 1500 says
    nothing about the unit in which the parameter counts.
    """
    match = _NUMBER_AND_UNIT.fullmatch(written.strip())
    if match is None:
        return None
    digits = len(match[2] or match[3] or "")
    if abs(float(match[1]) - value) > 0.500001 * 10.0**-digits:
        return None
    return match[4].strip()


def sane_range(minimum: float, maximum: float, default: float) -> tuple[float, float, float, str]:
    """A range that can be used, and what was wrong with the plugin's (empty if nothing)."""
    wrong = []
    if not (math.isfinite(minimum) and math.isfinite(maximum)):
        wrong.append(f"has the range {minimum} .. {maximum}")
        minimum = minimum if math.isfinite(minimum) else min(0.0, maximum) if math.isfinite(maximum) else 0.0
        maximum = maximum if math.isfinite(maximum) else max(1.0, minimum)
    if minimum > maximum:
        wrong.append(f"has the range {minimum:g} .. {maximum:g}, which runs backwards")
        minimum, maximum = maximum, minimum
    if not minimum <= default <= maximum:
        wrong.append(f"has the default {default:g} outside of its range")
        default = min(max(default, minimum), maximum) if math.isfinite(default) else minimum
    return minimum, maximum, default, " and ".join(wrong)


class Parameters:
    """Reads and keeps the parameters of one plugin. All methods run on the main thread; the plugin may be active."""

    def __init__(self, plugin: CData, functions: CData | None) -> None:
        self._plugin = plugin
        self._functions = functions
        self._buffer = ffi.new("char[]", TEXT_BYTES)
        self._value = ffi.new("double *")
        self._labels_left = MOST_ALL_LABELS
        self._nameless = 0
        self.infos: list[ParameterInfo] = []
        self._by_id: dict[int, ParameterInfo] = {}

    # -- what they are --------------------------------------------------------------------------------------------

    def read(self, warn: Warn) -> CData:
        """Ask for everything again.

        Returns the ``struct ib_clap_table *`` for the audio thread, which the caller owns.
        """
        count = self._functions.count(self._plugin) if self._functions is not None else 0
        if count > MOST_PARAMETERS:
            warn(f"it says it has {count} parameters; the first {MOST_PARAMETERS} are used")
            count = MOST_PARAMETERS
        table = lib.ib_clap_table_new(count)
        if table == ffi.NULL:
            raise PluginError(f"there is no memory for a table of {count} parameters")
        self._labels_left = MOST_ALL_LABELS
        self._nameless = 0
        found = (self._read_one(index, table, warn) for index in range(count))
        self.infos = [info for info in found if info is not None]
        if self._nameless:
            warn(f"{self._nameless} of its parameters have no description and were left out")
        times = Counter(info.name for info in self.infos)
        names = [f"{info.module} {info.name}" if times[info.name] > 1 else info.name for info in self.infos]
        for info, identifier in zip(self.infos, identifiers(names), strict=True):
            info.identifier = identifier
        self._by_id = {info.id: info for info in self.infos}
        return table

    def _read_one(self, index: int, table: CData, warn: Warn) -> ParameterInfo | None:
        raw = ffi.new("struct clap_param_info *")
        if self._functions is None or not self._functions.get_info(self._plugin, index, raw):
            self._nameless += 1
            return None
        name = text(raw.name)
        minimum, maximum, default, wrong = sane_range(raw.min_value, raw.max_value, raw.default_value)
        if wrong:
            warn(f"its parameter {name!r} ({raw.id}) {wrong}; {minimum:g} .. {maximum:g} and {default:g} are used")
        if raw.id == lib.CLAP_INVALID_ID:
            warn(f"its parameter {name!r} has no valid id and was left out")
            return None
        if not lib.ib_clap_table_add(table, raw.id, raw.flags, raw.cookie, minimum, maximum):
            warn(f"its parameter {name!r} has the id {raw.id} of another one and was left out")
            return None
        info = self._describe(raw, name or f"Parameter {index + 1}", (minimum, maximum, default))
        if info.is_enumeration or (info.is_integer and self._is_worded(info)):
            info.values = self._labels(info)
        elif not info.is_hidden:
            info.unit = self._unit(info)
        return info

    @staticmethod
    def _describe(raw: CData, name: str, limits: tuple[float, float, float]) -> ParameterInfo:
        flags = raw.flags
        minimum, maximum, default = limits
        stepped = bool(flags & (lib.CLAP_PARAM_IS_STEPPED | lib.CLAP_PARAM_IS_BYPASS | lib.CLAP_PARAM_IS_ENUM))
        steps = min(maximum - minimum, float(MOST_STEPS)) if stepped else -1.0
        return ParameterInfo(
            id=raw.id,
            name=name,
            module=text(raw.module),
            minimum=minimum,
            maximum=maximum,
            default=default,
            steps=int(steps) + 1 if steps < MOST_STEPS else 0,
            is_integer=stepped,
            is_toggled=stepped and maximum - minimum == 1.0,
            is_enumeration=bool(flags & lib.CLAP_PARAM_IS_ENUM),
            is_output=bool(flags & lib.CLAP_PARAM_IS_READONLY),
            is_hidden=bool(flags & lib.CLAP_PARAM_IS_HIDDEN),
            is_bypass=bool(flags & lib.CLAP_PARAM_IS_BYPASS),
            is_automatable=bool(flags & lib.CLAP_PARAM_IS_AUTOMATABLE),
            is_modulatable=bool(flags & lib.CLAP_PARAM_IS_MODULATABLE),
            is_periodic=bool(flags & lib.CLAP_PARAM_IS_PERIODIC),
            is_per_note=bool(flags & _PER_NOTE),
            requires_process=bool(flags & lib.CLAP_PARAM_REQUIRES_PROCESS),
        )

    def _unit(self, info: ParameterInfo) -> str:
        """The unit that the texts of two values agree on: one alone, ``0.0 kHz``, would do for a parameter in hertz."""
        other = info.maximum if info.maximum != info.default else info.minimum
        first = unit_of(self._write(info.id, info.default) or "", info.default)
        if not first:
            return ""
        return first if unit_of(self._write(info.id, other) or "", other) == first else ""

    def _is_worded(self, info: ParameterInfo) -> bool:
        """Does the plugin write this parameter in words, though it does not call it an enumeration?"""
        written = self._write(info.id, info.default)
        return bool(written) and _NUMBER.match(written or "") is None

    def _labels(self, info: ParameterInfo) -> list[EnumValue]:
        if not 0 < info.steps <= min(MOST_LABELS, self._labels_left):
            return []
        self._labels_left -= info.steps
        values = [math.ceil(info.minimum) + step for step in range(info.steps)]
        return [EnumValue(value=float(v), label=self._write(info.id, float(v)) or f"{v:g}") for v in values]

    # -- what they are now ----------------------------------------------------------------------------------------

    def values(self) -> dict[int, float]:
        """The current value of each. One that is no finite number, or that the plugin will not tell, is the default."""
        found: dict[int, float] = {}
        functions, plugin, out = self._functions, self._plugin, self._value
        if functions is None:
            return found
        get_value = functions.get_value
        for info in self.infos:
            known = get_value(plugin, info.id, out)
            value = out[0]
            found[info.id] = value if known and math.isfinite(value) else info.default
        return found

    # -- how they are written -------------------------------------------------------------------------------------

    def find(self, param_id: int) -> ParameterInfo:
        """Raises ParameterError for an unknown id."""
        info = self._by_id.get(param_id)
        if info is None:
            raise ParameterError(f"the plugin has no parameter with the id {param_id}; it has {len(self.infos)} others")
        return info

    def _write(self, param_id: int, value: float) -> str | None:
        if self._functions is None:
            return None
        self._buffer[0] = b"\0"
        if not self._functions.value_to_text(self._plugin, param_id, value, self._buffer, TEXT_BYTES):
            return None
        return text(self._buffer)

    def value_to_text(self, param_id: int, value: float) -> str:
        """As the plugin writes it; as a plain number where the plugin will not. Raises ParameterError."""
        info = self.find(param_id)
        if not math.isfinite(value):
            raise ParameterError(f"parameter {info.name!r} cannot have the value {value}, which is no finite number")
        written = self._write(param_id, value)
        return f"{value:g}" if written is None else written

    def text_to_value(self, param_id: int, written: str) -> float:
        """As the plugin reads it. Raises ParameterError where it does not understand the text."""
        info = self.find(param_id)
        self._value[0] = math.nan
        understood = (
            self._functions is not None
            and "\0" not in written
            and self._functions.text_to_value(self._plugin, param_id, written.encode("utf-8", "replace"), self._value)
        )
        value = self._value[0]
        if not understood or not math.isfinite(value):
            example = self._write(param_id, info.default)
            hint = f"; it writes its default as {example!r}" if example else ""
            raise ParameterError(f"parameter {info.name!r} of the plugin does not understand {written!r}{hint}")
        return float(value)
