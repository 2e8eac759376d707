"""Choosing one of a plugin's own programs: by the parameter of their unit that is there for it (ivstunits.h)."""

from __future__ import annotations

from isobooth.protocol.errors import PluginError

from ..._core import lib
from ...plugin import phase
from .description import Description
from .pair import Pair
from .presets import program_of
from .state import State


def load_program(preset: str, pair: Pair, description: Description, state: State) -> bool:
    """Choose ``program:<list>:<index>`` or ``parameter:<id>:<index>``. False: the preset has another kind of id.

    Raises PluginError where there is no such program, or no way to choose it.
    """
    listed, lone = program_of(preset), program_of(preset, "parameter")
    with phase(lib.IB_PHASE_STATE_LOAD):
        if listed is not None:
            _choose_listed(*listed, pair, description, state)
        elif lone is not None:
            _choose(*lone, description, state, f"{preset!r}")
    return listed is not None or lone is not None


def _choose_listed(list_id: int, index: int, pair: Pair, description: Description, state: State) -> None:
    found = next((one for one in description.units.lists if one.id == list_id), None)
    if found is None or not 0 <= index < len(found.programs):
        raise PluginError(f"the plugin has no program {index} in a list {list_id}")
    unit = description.units.unit_of_list(list_id)
    changes = description.parameters.program_changes
    change = changes.get(unit) or (next(iter(changes.values())) if len(changes) == 1 else None)
    if change is None:
        raise PluginError(f"the plugin lists its program {found.programs[index]!r}, but has no parameter to choose it")
    info = pair.of_controller("IUnitInfo")
    if info is not None and info.getSelectedUnit() != unit:
        info.selectUnit(unit)
    _choose(change[0], index, description, state, repr(found.programs[index]))


def _choose(number: int, index: int, description: Description, state: State, what: str) -> None:
    steps = dict(description.parameters.program_changes.values()).get(number, 0)
    if not 0 <= index <= steps or not steps:
        raise PluginError(f"the plugin has no program {index} ({what}) that its parameter {number} could choose")
    state.set_value(number, index / steps)
