"""A plugin's parameters: what they are, what they are now, how they are written.

Values are VST2's own, 0 … 1: it has no others. What they mean, the plugin tells for its present value alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from isobooth.protocol.descriptors import ParameterInfo
from isobooth.protocol.errors import ParameterError
from isobooth.protocol.identifiers import identifiers

from ..._core import ffi, lib
from ...plugin import CData
from .effect import Effect, field, shortest
from .library import MOST_PARAMETERS

MOST_STEPS = 100_000
BYPASS: int = lib.IB_VST2_BYPASS
"""Id of the parameter that stands for the plugin's soft bypass."""
_ON_OFF = ("Off", "On")


class Parameters:
    """Reads and keeps the parameters of one effect. All methods run on the main thread."""

    def __init__(self, effect: Effect, vst2: CData, name: str, warn: Callable[[str], None]) -> None:
        self._effect, self._vst2, self._name, self._warn = effect, vst2, name, warn
        self._defaults: list[float] = []
        self.infos: list[ParameterInfo] = []
        self.read()

    # -- what they are --------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Ask for everything again. Defaults are the values that the plugin began with."""
        effect, vst2 = self._effect, self._vst2
        count = int(effect.pointer.param_count)
        if not 0 <= count <= MOST_PARAMETERS or (count and effect.pointer.set_parameter == ffi.NULL):
            used = min(max(count, 0), MOST_PARAMETERS)
            self._warn(f"it says that it has {count} parameters; the first {used} are used")
            count = used
        vst2.params = count
        self._defaults += [effect.get_parameter(index) for index in range(len(self._defaults), count)]
        self.infos = [self._describe(index) for index in range(count)]
        vst2.has_bypass = effect.can_do("bypass") == 1
        if vst2.has_bypass:
            bypass = ParameterInfo(id=BYPASS, name="Bypass", steps=2, is_integer=True, is_toggled=True, is_bypass=True)
            self.infos.append(bypass)
        times = Counter(info.name for info in self.infos)
        names = [f"{info.module} {info.name}" if times[info.name] > 1 else info.name for info in self.infos]
        for info, identifier in zip(self.infos, identifiers(names), strict=True):
            info.identifier = identifier

    def _describe(self, index: int) -> ParameterInfo:
        effect = self._effect
        info = ParameterInfo(
            id=index,
            name=effect.text(lib.VST2_GET_PARAM_NAME, index=index) or f"Parameter {index}",
            default=self._defaults[index],
            is_automatable=effect.call(lib.VST2_CAN_BE_AUTOMATED, index=index) != 0,
        )
        answered, said = effect.struct(lib.VST2_GET_PARAM_INFO, "vst2_param_info", index=index)
        if answered == 1:
            _add_properties(info, said)
        return info

    # -- what they are now ----------------------------------------------------------------------------------------

    def values(self) -> dict[int, float]:
        """The current value of each."""
        found = {info.id: self._effect.get_parameter(info.id) for info in self.infos if info.id != BYPASS}
        if self._vst2.has_bypass:
            found[BYPASS] = float(self._vst2.bypass)
        return found

    def set_value(self, param_id: int, value: float) -> None:
        """Give one a value; an id that the plugin does not have is left out."""
        if param_id == BYPASS and self._vst2.has_bypass:
            self._vst2.bypass = value >= 0.5
            self._effect.call(lib.VST2_SET_BYPASS, value=int(value >= 0.5))
        elif 0 <= param_id < self._vst2.params and math.isfinite(value):
            self._effect.set_parameter(param_id, min(max(value, 0.0), 1.0))

    # -- how they are written -------------------------------------------------------------------------------------

    def find(self, param_id: int) -> ParameterInfo:
        """Raises ParameterError for an unknown id."""
        if 0 <= param_id < self._vst2.params:
            return self.infos[param_id]
        if param_id == BYPASS and self._vst2.has_bypass:
            return self.infos[-1]
        raise ParameterError(f"{self._name!r} has no parameter {param_id}; it has {len(self.infos)}, from 0 on")

    def _written(self, index: int) -> str:
        """The present value as the plugin writes it, with its unit."""
        text = self._effect.text(lib.VST2_GET_PARAM_DISPLAY, index=index)
        unit = self._effect.text(lib.VST2_GET_PARAM_LABEL, index=index)
        return text if not text or not unit or text.endswith(unit) else f"{text} {unit}"

    def value_to_text(self, param_id: int, value: float, *, may_try: bool) -> str:
        """As the plugin writes it.

        VST2 writes present values alone: another one has to be set for a moment, which only happens if ``may_try``
        (the plugin is silent); otherwise, and where it writes nothing, the text is the number. Raises ParameterError.
        """
        info = self.find(param_id)
        if not math.isfinite(value):
            raise ParameterError(f"parameter {info.name!r} cannot have the value {value}, which is no finite number")
        if param_id == BYPASS:
            return _ON_OFF[value >= 0.5]
        wanted, before = shortest(min(max(value, 0.0), 1.0)), self._effect.get_parameter(param_id)
        if wanted == before:
            return self._written(param_id) or f"{wanted:g}"
        if not may_try:
            return f"{wanted:g}"
        try:
            self._effect.set_parameter(param_id, wanted)
            return self._written(param_id) or f"{wanted:g}"
        finally:
            self._effect.set_parameter(param_id, before)

    def text_to_value(self, param_id: int, text: str, *, may_try: bool) -> float:
        """As the plugin reads it; a number from 0 to 1 where it reads nothing. Raises ParameterError.

        VST2 sets what it reads, so the plugin is asked only if ``may_try``.
        """
        info = self.find(param_id)
        wanted = text.strip()
        if param_id == BYPASS:
            known = {"on": 1.0, "off": 0.0, "1": 1.0, "0": 0.0}
            if wanted.casefold() in known:
                return known[wanted.casefold()]
            raise ParameterError(f"parameter {info.name!r} is On or Off, not {text!r}")
        before = self._effect.get_parameter(param_id)
        if wanted and wanted == self._written(param_id):
            return before
        if may_try and wanted:
            try:
                if self._effect.tell(lib.VST2_STRING_TO_PARAM, wanted, index=param_id) == 1:
                    return self._effect.get_parameter(param_id)
            finally:
                self._effect.set_parameter(param_id, before)
        try:
            value = float(wanted)
        except ValueError:
            value = math.nan
        if 0.0 <= value <= 1.0:
            return value
        raise ParameterError(
            f"parameter {info.name!r} of {self._name!r} does not understand {text!r} - write a number from 0 to 1"
            f" (now it writes {self._written(param_id)!r})"
        )


def _add_properties(info: ParameterInfo, said: CData) -> None:
    """What VST2_GET_PARAM_INFO tells beyond the name. Values stay 0 … 1 whatever their integers are."""
    flags = said.flags
    info.name = field(said.label) or info.name
    if flags & lib.VST2_PARAM_HAS_CATEGORY and said.category > 0:
        info.module = field(said.category_label)
    if flags & lib.VST2_PARAM_IS_SWITCH:
        info.steps, info.is_toggled, info.is_integer = 2, True, True
    elif flags & lib.VST2_PARAM_HAS_INTEGERS and 0 < said.maximum - said.minimum < MOST_STEPS:
        info.steps = said.maximum - said.minimum + 1
    elif flags & lib.VST2_PARAM_HAS_FLOAT_STEP and 1.0 / MOST_STEPS < said.step <= 1.0:
        info.steps = round(1.0 / said.step) + 1
