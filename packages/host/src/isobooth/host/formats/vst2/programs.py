"""Programs: what a plugin lists beside its parameters."""

from __future__ import annotations

from isobooth.protocol.descriptors import PresetInfo
from isobooth.protocol.errors import PluginError

from ..._core import lib
from .effect import Effect
from .library import MOST_PROGRAMS

PREFIX = "program:"
_BY_NO_CATEGORY = -1


def program_count(effect: Effect) -> int:
    """How many, within reason."""
    return min(max(int(effect.pointer.program_count), 0), MOST_PROGRAMS)


def current_program(effect: Effect) -> int:
    """Number of the present one; 0 where the plugin says something else than one of its own."""
    number = effect.call(lib.VST2_GET_PROGRAM)
    return number if 0 <= number < program_count(effect) else 0


def program_name(effect: Effect, number: int) -> str:
    """What one is called; the present one can be asked even where the plugin lists no names."""
    answered, name = effect.ask_text(lib.VST2_GET_PROGRAM_NAME_AT, index=number, value=_BY_NO_CATEGORY)
    if (answered == 0 or not name) and number == current_program(effect):
        name = effect.text(lib.VST2_GET_PROGRAM_NAME)
    return name or f"Program {number + 1}"


def list_programs(effect: Effect) -> list[PresetInfo]:
    """All, if there is a choice; ids are ``program:<number>``."""
    count = program_count(effect)
    if count < 2:
        return []
    return [PresetInfo(id=f"{PREFIX}{number}", name=program_name(effect, number)) for number in range(count)]


def program_of(effect: Effect, preset: str, name: str) -> int:
    """The number in an id of the list. Raises PluginError, which names the plugin ``name``."""
    count, number = program_count(effect), preset.removeprefix(PREFIX)
    if preset.startswith(PREFIX) and number.isascii() and number.isdecimal() and int(number) < count:
        return int(number)
    raise PluginError(
        f"{name!r} has no preset {preset!r} - it has {count} programs, {PREFIX}0 to {PREFIX}{count - 1}"
        if count
        else f"{name!r} has no preset {preset!r}: it has no programs"
    )


def set_program(effect: Effect, number: int) -> None:
    """Change over to another one."""
    with effect.changing_program():
        effect.call(lib.VST2_SET_PROGRAM, value=number)
