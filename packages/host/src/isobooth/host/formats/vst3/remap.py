"""Parameters of a plugin that this one replaces (ivstremapparamid.h, VST 3.7.11): where their automation goes."""

from __future__ import annotations

from collections.abc import Iterable

from ..._core import ffi, lib
from ...plugin import phase
from .ids import id_text
from .interface import OK, Warn
from .pair import Pair
from .parameters import MOST_PARAMETERS, Parameters

GUESSED_IDS = 1024
"""Ids that are asked for, from 0 on, where a state does not say which parameters its plugin had."""
_SHOWN = 8


class Remap:
    """Asks one plugin for the new ids of an older plugin's parameters. All methods run on the main thread.

    Events for such an id reach the new parameter, as long as the plugin has none of its own by that id: then it is not
    to be told which of the two a client means, and the id stays what it is.
    """

    def __init__(self, pair: Pair, parameters: Parameters, class_id: bytes, warn: Warn) -> None:
        self._remapper = pair.of_controller("IRemapParamID")
        self._parameters, self._class_id, self._warn = parameters, class_id, warn
        self._origin: tuple[bytes, list[int]] | None = None

    @property
    def origin(self) -> tuple[bytes, list[int]]:
        """The class whose parameters a client's automation may address, and their ids: what a state is to keep."""
        return self._origin or (self._class_id, [info.id for info in self._parameters.infos if not info.is_output])

    def ask(self, class_id: bytes, ids: Iterable[int]) -> dict[int, int]:
        """The new ids of a class's parameters; what has none here is left out."""
        found: dict[int, int] = {}
        out = ffi.new("uint32_t *")
        with phase(lib.IB_PHASE_PARAMETER):
            for number in ids if self._remapper is not None else ():
                out[0] = lib.VST3_kNoParamId
                known = self._remapper is not None and self._remapper.getCompatibleParamID(class_id, number, out) == OK
                if known and self._parameters.has(int(out[0])):
                    found[number] = int(out[0])
        return found

    def follow(self, class_id: bytes | None, ids: list[int] | None) -> dict[int, int]:
        """A state of that class was loaded, of a plugin with these parameters. Returns the new ids of them all."""
        if class_id is None or class_id == self._class_id:
            self._origin = None
            self._parameters.set_aliases({})
            return {}
        self._origin = class_id, list(range(GUESSED_IDS)) if ids is None else ids[:MOST_PARAMETERS]
        return self.again()

    def again(self) -> dict[int, int]:
        """Ask once more: the answers are others now (kParamIDMappingChanged)."""
        if self._origin is None:
            return {}
        class_id, ids = self._origin
        found = self.ask(class_id, ids)
        aliases = {old: new for old, new in found.items() if not self._parameters.has(old)}
        if self._parameters.set_aliases(aliases) and aliases:
            some = ", ".join(f"{old} is {new} now" for old, new in list(aliases.items())[:_SHOWN])
            more = f" and {len(aliases) - _SHOWN} more" if len(aliases) > _SHOWN else ""
            self._warn(f"it takes the place of {id_text(class_id)}, of whose parameters {some}{more}")
        return found
