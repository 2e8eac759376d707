"""A plugin's parameters: what they are, what they are now, how they are written (ivsteditcontroller.h).

VST3's values are normalised, 0 .. 1; isobooth's are in the parameter's own unit. The table of the C half converts.
"""

from __future__ import annotations

import math
import re
import time
from collections import Counter

from isobooth.protocol.descriptors import EnumValue, ParameterInfo
from isobooth.protocol.errors import ParameterError, PluginError
from isobooth.protocol.identifiers import identifiers

from ..._core import ffi, lib
from ...plugin import CData
from .interface import OK, Interface, Warn, new_text16, text16
from .mapping import Mapping, find_mapping, neat

MOST_PARAMETERS = 100_000
"""Parameters of one plugin that are used."""
MOST_LABELS = 129
"""Values of one parameter that are listed by name: a stepCount of 128."""
MOST_ALL_LABELS = 20_000
"""... and of all of a plugin together."""
CURVE_SECONDS = 2.0
"""How long the curves of all parameters together may be looked at."""
_HEARD_ROOM = 1024
_NUMBER = re.compile(r"[+-]?\.?\d")
_KINDS = {
    "normal": lib.IB_VST3_NORMAL,
    "linear": lib.IB_VST3_LINEAR,
    "stepped": lib.IB_VST3_STEPPED,
    "curve": lib.IB_VST3_CURVE,
}


class Parameters:
    """Reads and keeps the parameters of one controller, or of none. All methods run on the main thread."""

    def __init__(self, controller: Interface | None, vst3: CData) -> None:
        self._controller = controller
        self._vst3 = vst3
        self._text = new_text16(" " * 1023)  # plugins overrun
        self._value = ffi.new("double *")
        self._ids = ffi.new("uint32_t[]", _HEARD_ROOM)
        self._heard = ffi.new("double[]", _HEARD_ROOM)
        self._labels_left = MOST_ALL_LABELS
        self._deadline = 0.0
        self.infos: list[ParameterInfo] = []
        self.program_changes: dict[int, tuple[int, int]] = {}
        """Unit -> id and stepCount of the parameter that changes its program."""
        self._program_ids: set[int] = set()
        self._by_id: dict[int, ParameterInfo] = {}
        self._aliases: dict[int, int] = {}
        self._last: tuple[dict[int, str], Warn] | None = None

    # -- what they are --------------------------------------------------------------------------------------------

    def read(self, paths: dict[int, str], warn: Warn) -> None:
        """Ask for everything again and hand the table to the C half. ``paths`` are those of the units, by id."""
        self._last = paths, warn
        controller = self._controller
        count = int(controller.getParameterCount()) if controller is not None else 0
        if not 0 <= count <= MOST_PARAMETERS:
            warn(f"it says it has {count} parameters; the first {min(max(count, 0), MOST_PARAMETERS)} are used")
            count = min(max(count, 0), MOST_PARAMETERS)
        table = lib.ib_vst3_table_new(count)
        if table == ffi.NULL:
            raise PluginError(f"there is no memory for a table of {count} parameters")
        self._labels_left = MOST_ALL_LABELS
        self._deadline = time.monotonic() + CURVE_SECONDS
        self.infos, self.program_changes, self._program_ids = [], {}, set()
        nameless = 0
        for index in range(count):
            raw = ffi.new("struct vst3_ParameterInfo *")
            if controller is None or controller.getParameterInfo(index, raw) != OK:
                nameless += 1
                continue
            self._add(table, raw, paths, warn)
        if nameless:
            warn(f"{nameless} of its parameters have no description and were left out")
        for old, new in sorted(self._aliases.items()):
            lib.ib_vst3_table_alias(table, old, new)
        lib.ib_vst3_table_install(self._vst3, table)
        times = Counter(info.name for info in self.infos)
        names = [f"{info.module} {info.name}" if times[info.name] > 1 else info.name for info in self.infos]
        for info, identifier in zip(self.infos, identifiers(names), strict=True):
            info.identifier = identifier
        self._by_id = {info.id: info for info in self.infos}

    def set_aliases(self, aliases: dict[int, int]) -> bool:
        """Ids of other parameters by which events reach some of these, from now on. False if they did so before."""
        if aliases == self._aliases:
            return False
        self._aliases = aliases
        if self._last is not None:
            self.read(*self._last)
        return True

    def has(self, number: int) -> bool:
        """Is there a parameter with that id?"""
        return number in self._by_id

    def _add(self, table: CData, raw: CData, paths: dict[int, str], warn: Warn) -> None:
        number = int(raw.id)
        name = text16(raw.title) or text16(raw.shortTitle) or f"Parameter {number}"
        if number == lib.IB_VST3_NO_PARAM:
            warn(f"its parameter {name!r} has no valid id and was left out")
            return
        mapping = find_mapping(lambda normal: self._to_plain(number, normal), raw.stepCount, self._may_sample)
        points = ffi.new("double[]", mapping.points) if mapping.points else ffi.NULL
        done = lib.ib_vst3_table_add(
            table, number, raw.flags & 0xFFFFFFFF, mapping.steps, _KINDS[mapping.kind], mapping.at_zero,
            mapping.at_one, points, len(mapping.points), self._normalised(number),
        )  # fmt: skip
        if not done:
            warn(f"its parameter {name!r} has the id {number} of another one and was left out")
            return
        raw_default = raw.defaultNormalizedValue
        default = lib.ib_vst3_to_plain(lib.ib_vst3_table_find(table, number), raw_default)
        if not math.isfinite(default):
            warn(f"its parameter {name!r} has the default {raw_default}; {mapping.minimum:g} is used")
            default = mapping.minimum
        default = neat(float(default), mapping.at_one - mapping.at_zero)
        info = _describe(raw, name, mapping, default)
        info.module = paths.get(int(raw.unitId), "")
        if mapping.steps and (info.is_enumeration or self._is_worded(number, raw_default)):
            info.values = self._labels(table, info)
        if raw.flags & lib.VST3_kIsProgramChange:
            self._program_ids.add(number)
            self.program_changes.setdefault(int(raw.unitId), (number, mapping.steps))
        self.infos.append(info)

    def _may_sample(self) -> bool:
        return time.monotonic() < self._deadline

    def _to_plain(self, number: int, normal: float) -> float:
        return float(self._controller.normalizedParamToPlain(number, normal)) if self._controller else normal

    def _normalised(self, number: int) -> float:
        return float(self._controller.getParamNormalized(number)) if self._controller else math.nan

    def _is_worded(self, number: int, normal: float) -> bool:
        """Does the plugin write this parameter in words, though it does not call it a list?"""
        written = self._write(number, normal)
        return bool(written) and _NUMBER.match(written or "") is None

    def _labels(self, table: CData, info: ParameterInfo) -> list[EnumValue]:
        if not 0 < info.steps <= min(MOST_LABELS, self._labels_left):
            return []
        self._labels_left -= info.steps
        param = lib.ib_vst3_table_find(table, info.id)
        found: list[EnumValue] = []
        for step in range(info.steps):
            normal = step / (info.steps - 1)
            plain = float(lib.ib_vst3_to_plain(param, normal))
            found.append(EnumValue(value=plain, label=self._write(info.id, normal) or f"{plain:g}"))
        return found

    # -- what they are now ----------------------------------------------------------------------------------------

    def hear(self) -> int:
        """Tell the controller what the processor was sent or has put out since the last call. How many values."""
        told = 0
        while True:
            count = lib.ib_vst3_take_heard(self._vst3, self._ids, self._heard, _HEARD_ROOM)
            if count and self._controller is not None:
                self._tell({int(self._ids[at]): float(self._heard[at]) for at in range(count)})
            told += count
            if count < _HEARD_ROOM:
                return told

    def set_normalised(self, number: int, normal: float) -> None:
        """Give the controller a value."""
        self._tell({number: normal})

    def _tell(self, values: dict[int, float]) -> None:
        """Give the controller values; where it changes others for a program, the processor gets those.

        A processor is to change its program itself, and then has these values already. Those of DPF's plugins with two
        halves do nothing: there the controller alone knows its programs.
        """
        if self._controller is None:
            return
        watched = bool(self._program_ids.intersection(values))
        before = self._read_all() if watched else {}
        for number, normal in values.items():
            self._controller.setParamNormalized(number, normal)
        for number, normal in (self._read_all() if watched else {}).items():
            if number not in values and number not in self._program_ids and normal != before.get(number):
                lib.ib_vst3_edit_push(self._vst3, number, min(max(normal, 0.0), 1.0))

    def programs(self) -> dict[int, float]:
        """The normalised values of the parameters that choose programs."""
        return {number: value for number, value in self._read_all().items() if number in self._program_ids}

    def show_programs(self, values: dict[int, float]) -> None:
        """Have the controller, and it alone, show that these programs are chosen; a state follows that says the rest.

        DPF's plugins with two halves note a program nowhere else: the state of their components always says the first.
        """
        for number, normal in values.items():
            if self._controller is not None and number in self._program_ids and self._normalised(number) != normal:
                self._controller.setParamNormalized(number, min(max(normal, 0.0), 1.0))

    def _read_all(self) -> dict[int, float]:
        found = {info.id: self._normalised(info.id) for info in self.infos if not info.is_output}
        return {number: value for number, value in found.items() if math.isfinite(value)}

    def normalised(self) -> dict[int, float]:
        """The controller's current normalised values, those of meters excepted; what is no number is left out."""
        self.hear()
        return self._read_all()

    def values(self) -> dict[int, float]:
        """The current value of each, in its own unit. One that is no number is the default."""
        self.hear()
        table, found = self._vst3.table, {}
        for info in self.infos:
            value = lib.ib_vst3_to_plain(lib.ib_vst3_table_find(table, info.id), self._normalised(info.id))
            near = abs(value - info.default) <= (info.maximum - info.minimum) * 1e-7  # as far as float32 can tell
            found[info.id] = float(value) if math.isfinite(value) and not near else info.default
        return found

    # -- how they are written -------------------------------------------------------------------------------------

    def find(self, param_id: int) -> ParameterInfo:
        """Raises ParameterError for an unknown id."""
        info = self._by_id.get(param_id)
        if info is None:
            raise ParameterError(f"the plugin has no parameter with the id {param_id}; it has {len(self.infos)} others")
        return info

    def to_normal(self, param_id: int, value: float) -> float:
        """The normalised value of one in the parameter's unit, held in range."""
        return float(lib.ib_vst3_to_normal(lib.ib_vst3_table_find(self._vst3.table, param_id), value))

    def _write(self, param_id: int, normal: float) -> str | None:
        if self._controller is None:
            return None
        self._text[0] = 0
        if self._controller.getParamStringByValue(param_id, normal, self._text) != OK:
            return None
        return text16(self._text)

    def value_to_text(self, param_id: int, value: float) -> str:
        """As the plugin writes it; as a plain number where the plugin will not. Raises ParameterError."""
        info = self.find(param_id)
        if not math.isfinite(value):
            raise ParameterError(f"parameter {info.name!r} cannot have the value {value}, which is no finite number")
        written = self._write(param_id, self.to_normal(param_id, value))
        if not written:
            written = f"{value:g}"
        return written

    def text_to_value(self, param_id: int, written: str) -> float:
        """As the plugin reads it, or one of the listed names. Raises ParameterError where it is neither."""
        info = self.find(param_id)
        self._value[0] = math.nan
        understood = (
            self._controller is not None
            and "\0" not in written
            and self._controller.getParamValueByString(param_id, new_text16(written), self._value) == OK
        )
        if understood and math.isfinite(self._value[0]):
            return float(lib.ib_vst3_to_plain(lib.ib_vst3_table_find(self._vst3.table, param_id), self._value[0]))
        for named in info.values:
            if named.label.casefold() == written.strip().casefold():
                return named.value
        example = self._write(param_id, self.to_normal(param_id, info.default))
        hint = f"; it writes its default as {example!r}" if example else ""
        raise ParameterError(f"parameter {info.name!r} of the plugin does not understand {written!r}{hint}")


def _describe(raw: CData, name: str, mapping: Mapping, default: float) -> ParameterInfo:
    flags = raw.flags
    return ParameterInfo(
        id=raw.id,
        name=name,
        unit=text16(raw.units),
        minimum=mapping.minimum,
        maximum=mapping.maximum,
        default=default,
        steps=mapping.steps + 1 if mapping.steps else 0,
        is_integer=mapping.kind == "stepped" and mapping.at_zero == round(mapping.at_zero),
        is_toggled=mapping.steps == 1,
        is_enumeration=bool(flags & lib.VST3_kIsList) and mapping.steps > 0,
        is_output=bool(flags & lib.VST3_kIsReadOnly),
        is_hidden=bool(flags & lib.VST3_kIsHidden),
        is_bypass=bool(flags & lib.VST3_kIsBypass),
        is_automatable=bool(flags & lib.VST3_kCanAutomate),
        is_periodic=bool(flags & lib.VST3_kIsWrapAround),
    )
