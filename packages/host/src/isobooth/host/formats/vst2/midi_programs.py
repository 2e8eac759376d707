"""Programs that a plugin keeps for each MIDI channel, which MIDI program changes select; and names of keys.

VST 2.4 lists them by channel, in categories that may have parents. A plugin in omni mode has one list for all channels
and is asked for channel 0 alone. Ids in descriptions are ``midi:<channel>:<index>``.
"""

from __future__ import annotations

from isobooth.protocol.descriptors import NoteName, PresetInfo
from isobooth.protocol.errors import PluginError

from ..._core import lib
from ...plugin import CData
from .effect import Effect, field

PREFIX = "midi:"
_CHANNELS = 16
_KEYS = 128
_MOST = 16384
"""Programs of one channel: as many as MIDI has banks; more are not listed."""
_MOST_PARENTS = 16
_NO_BANK = 0xFF


def _channels(effect: Effect) -> tuple[list[tuple[int, int]], bool]:
    """Channels that have programs, with how many; and whether the first stands for all."""
    found: list[tuple[int, int]] = []
    for channel in range(_CHANNELS):
        count, said = effect.struct(lib.VST2_GET_MIDI_PROGRAM_NAME, "vst2_midi_program", index=channel)
        if count > 0:
            found.append((channel, min(count, _MOST)))
        if channel == 0 and count > 0 and said.flags & lib.VST2_MIDI_PROGRAM_IS_OMNI:
            return found, True
    return found, False


def list_midi_programs(effect: Effect) -> list[PresetInfo]:
    """Those that MIDI can select. ``bank`` is the channel, where there are several, and the category."""
    channels, is_omni = _channels(effect)
    found = []
    for channel, count in channels:
        prefix = [] if is_omni else [f"Channel {channel + 1}"]
        for index in range(count):
            _, said = effect.struct(lib.VST2_GET_MIDI_PROGRAM_NAME, "vst2_midi_program", index=channel, number=index)
            name = field(said.name)
            if said.program < 0 or not name:  # some plugins answer 1 to whatever they do not know
                continue
            bank = "/".join([*prefix, *_categories(effect, channel, said.parent)])  # last: it is told in the same room
            found.append(PresetInfo(id=f"{PREFIX}{channel}:{index}", name=name, bank=bank))
    return found


def _categories(effect: Effect, channel: int, number: int) -> list[str]:
    """The names of a category and of what it is in, the outermost first."""
    names: list[str] = []
    while number >= 0 and len(names) < _MOST_PARENTS:
        count, said = effect.struct(
            lib.VST2_GET_MIDI_PROGRAM_CATEGORY, "vst2_midi_category", index=channel, number=number
        )
        name = field(said.name) if number < count else ""
        if not name:
            break
        names.insert(0, name)
        number = int(said.parent)
    return names


def have_midi_programs_changed(effect: Effect) -> bool:
    """Does the plugin say so of any channel? It is to be asked after it has said that its display has changed."""
    changed = [effect.call(lib.VST2_HAVE_MIDI_PROGRAMS_CHANGED, index=channel) == 1 for channel in range(_CHANNELS)]
    return any(changed)


def select_midi_program(effect: Effect, vst2: CData, preset: str, name: str) -> None:
    """Have bank select and program change sent at the start of the next block. Raises PluginError."""
    words = preset.removeprefix(PREFIX).split(":")
    listed = {one.id for one in list_midi_programs(effect)}
    if preset not in listed or len(words) != 2:
        raise PluginError(f"{name!r} has no preset {preset!r} - it has {len(listed)} programs of MIDI channels")
    if not vst2.takes_events:
        raise PluginError(f"{name!r} lists {preset!r}, which MIDI selects, and says that it takes no MIDI")
    channel, index = int(words[0]), int(words[1])
    _, said = effect.struct(lib.VST2_GET_MIDI_PROGRAM_NAME, "vst2_midi_program", index=channel, number=index)
    high, low = (int(byte) if byte >= 0 else _NO_BANK for byte in (said.bank_high, said.bank_low))
    lib.ib_vst2_select_midi_program(vst2, channel, said.program, high, low)


def list_key_names(effect: Effect) -> list[NoteName]:
    """What single keys play in the present program of each MIDI channel, where the plugin tells."""
    channels, is_omni = _channels(effect)
    found: list[NoteName] = []
    for channel, _ in channels or [(0, 0)]:
        answered, _ = effect.struct(lib.VST2_GET_CURRENT_MIDI_PROGRAM, "vst2_midi_program", index=channel)
        program = max(answered, 0)
        for key in range(_KEYS):
            answered, said = effect.struct(
                lib.VST2_GET_MIDI_KEY_NAME, "vst2_midi_key", index=channel, program=program, key=key
            )
            if answered == 1 and (name := field(said.name)):
                found.append(NoteName(name=name, port=0, channel=-1 if is_omni else channel, key=key))
    return found
