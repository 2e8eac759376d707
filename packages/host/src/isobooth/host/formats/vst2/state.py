"""Saving and restoring a VST2 plugin: chunks of its own, or all of its parameters; preset files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from isobooth.protocol.errors import PluginError, StateError

from ..._core import ffi, lib
from ...plugin import CData
from .container import Saved, is_container, pack, unpack
from .effect import Effect, id_text
from .parameters import BYPASS, Parameters
from .preset_file import PresetFile, Program, is_preset_file, read_preset_file, write_preset_file
from .programs import current_program, program_count, program_name, set_program

MOST_CHUNK = 1 << 30
"""Bytes of a chunk that are believed."""
BANK_SUFFIX = ".fxb"
_BANK, _PROGRAM = 0, 1


class State:
    """Does it for one effect. All methods run on the main thread."""

    def __init__(
        self, effect: Effect, vst2: CData, parameters: Parameters, name: str, warn: Callable[[str], None]
    ) -> None:
        self._effect, self._vst2, self._parameters, self._name, self._warn = effect, vst2, parameters, name, warn

    # -- what the plugin has --------------------------------------------------------------------------------------

    @property
    def exists(self) -> bool:
        """Is there anything to save?"""
        return bool(self._effect.has(lib.VST2_FLAG_HAS_CHUNKS) or self._vst2.params)

    def _chunk(self, which: int) -> bytes | None:
        """A copy of its chunk; None where it has none. Raises StateError for one that cannot be."""
        if not self._effect.has(lib.VST2_FLAG_HAS_CHUNKS):
            return None
        place = ffi.new("void **")
        size = self._effect.call(lib.VST2_GET_CHUNK, index=which, ptr=place)
        if size == 0 or place[0] == ffi.NULL:
            return None
        if not 0 < size <= MOST_CHUNK:
            raise StateError(f"{self._name!r} says that its state has {size} bytes: that cannot be")
        return bytes(ffi.buffer(place[0], size))

    def _values(self) -> list[float]:
        return [self._effect.get_parameter(index) for index in range(self._vst2.params)]

    # -- save -----------------------------------------------------------------------------------------------------

    def save(self) -> bytes:
        """The chunk of the bank; without one, all parameters and the number of the present program."""
        effect = self._effect
        saved = Saved(effect.unique_id, int(effect.pointer.version), current_program(effect))
        if self._vst2.has_bypass:
            saved.bypass = bool(self._vst2.bypass)
        saved.chunk = self._chunk(_BANK)
        if saved.chunk is None:
            if effect.has(lib.VST2_FLAG_HAS_CHUNKS):
                self._warn("it gives no chunk although it says that it has one: its parameters are saved instead")
            saved.values = self._values()
            saved.program_name = effect.text(lib.VST2_GET_PROGRAM_NAME)
        return pack(saved)

    def save_preset(self, name: str) -> bytes:
        """What a preset file is to hold: a bank if its name ends in .fxb, else the present program.

        A bank without a chunk is read program by program, since VST2 shows the values of the present one alone; a
        block that is played at that moment may be heard in another program.
        """
        effect = self._effect
        is_bank = name.lower().endswith(BANK_SUFFIX)
        stem = os.path.splitext(os.path.basename(name))[0] if name.lower().endswith((BANK_SUFFIX, ".fxp")) else name
        preset = PresetFile(effect.unique_id, int(effect.pointer.version), is_bank)
        chunk = self._chunk(_BANK if is_bank else _PROGRAM)
        preset.count = max(1, program_count(effect)) if is_bank else int(self._vst2.params)
        if not is_bank:
            title = stem or program_name(effect, current_program(effect))
            preset.programs = [Program(title, [] if chunk is not None else self._values(), chunk)]
        elif chunk is not None:
            preset.chunk, preset.current = chunk, current_program(effect)
        else:
            preset.programs, preset.current = self._all_programs(), current_program(effect)
        return write_preset_file(preset)

    def _all_programs(self) -> list[Program]:
        effect, before = self._effect, current_program(self._effect)
        count = program_count(effect)
        if count < 2:
            return [Program(program_name(effect, 0), self._values())]
        found = []
        for number in range(count):
            set_program(effect, number)
            found.append(Program(program_name(effect, number), self._values()))
        set_program(effect, before)
        return found

    # -- load -----------------------------------------------------------------------------------------------------

    def load(self, data: bytes, what: str = "", program: int | None = None) -> None:
        """Restore a blob, or the bytes of an .fxp or .fxb file. Raises StateError, having changed nothing.

        ``program`` is the present one afterwards: that of a bank which is wanted, or the one that an .fxp file becomes.
        """
        what = what or f"the state of {len(data)} bytes"
        if is_preset_file(data):
            self._load_preset(read_preset_file(data, what), what, program)
        elif is_container(data):
            self._load_saved(unpack(data, self._name), what)
        else:
            raise StateError(
                f"{what} is no state of {self._name!r}: it is neither of isobooth's form nor an .fxp or .fxb file"
            )

    def _check(self, unique_id: int, plugin_version: int, what: str) -> None:
        ours = self._effect.unique_id
        if unique_id != ours:
            raise StateError(
                f"{what} belongs to another plugin: its id is {id_text(unique_id)}, that of {self._name!r} is"
                f" {id_text(ours)}"
            )
        if plugin_version != int(self._effect.pointer.version) & 0xFFFFFFFF:
            self._warn(f"{what} was made by version {plugin_version} of it; this is {self._effect.pointer.version}")

    def _check_chunk(self, what: str) -> None:
        if not self._effect.has(lib.VST2_FLAG_HAS_CHUNKS):
            raise StateError(f"{what} holds a chunk, and {self._name!r} takes none: another version of it may")

    def _announce(self, opcode: int, elements: int, what: str) -> None:
        """Ask the plugin whether it takes it; it says "no" by -1."""
        info = ffi.new("struct vst2_chunk_info *")
        info.version, info.elements = 1, elements
        info.unique_id, info.plugin_version = self._effect.pointer.unique_id, self._effect.pointer.version
        if self._effect.call(opcode, ptr=info) == -1:
            raise StateError(f"{self._name!r} refused {what}")

    def _set_chunk(self, which: int, chunk: bytes) -> None:
        memory = ffi.new("char[]", chunk + b"\0")  # plugins look for an end of text
        self._effect.call(lib.VST2_SET_CHUNK, index=which, value=len(chunk), ptr=memory)

    def _set_values(self, values: list[float]) -> None:
        for index, value in enumerate(values[: self._vst2.params]):
            self._parameters.set_value(index, value)

    def _load_saved(self, saved: Saved, what: str) -> None:
        self._check(saved.unique_id, saved.plugin_version, what)
        if saved.chunk is None and saved.values is None:
            raise StateError(f"{what} holds no settings of {self._name!r}")
        if saved.chunk is not None:
            self._check_chunk(what)
            self._announce(lib.VST2_BEGIN_LOAD_BANK, program_count(self._effect), what)
            self._set_chunk(_BANK, saved.chunk)
        elif saved.values is not None:
            if 0 <= saved.program < program_count(self._effect) and saved.program != current_program(self._effect):
                set_program(self._effect, saved.program)
            self._name_program(saved.program_name or "")
            self._set_values(saved.values)
        if saved.bypass is not None:
            self._parameters.set_value(BYPASS, float(saved.bypass))

    def _name_program(self, name: str) -> None:
        if name and name != self._effect.text(lib.VST2_GET_PROGRAM_NAME):
            self._effect.tell(lib.VST2_SET_PROGRAM_NAME, name)

    def _load_preset(self, preset: PresetFile, what: str, wanted: int | None) -> None:
        self._check(preset.unique_id, preset.plugin_version, what)
        if preset.chunk is not None or any(program.chunk is not None for program in preset.programs):
            self._check_chunk(what)
        opcode = lib.VST2_BEGIN_LOAD_BANK if preset.is_bank else lib.VST2_BEGIN_LOAD_PROGRAM
        self._announce(opcode, preset.count, what)
        if wanted is not None and not preset.is_bank:
            set_program(self._effect, wanted)
        if preset.chunk is not None:
            self._set_chunk(_BANK, preset.chunk)
            if wanted is not None:
                set_program(self._effect, wanted)
        elif not preset.is_bank:
            self._load_program(preset.programs[0])
        else:
            self._load_programs(preset.programs, preset.current if wanted is None else wanted)

    def _load_programs(self, programs: list[Program], wanted: int | None) -> None:
        """All of them, and then the one that is wanted; the present one of before if that is none."""
        count, before = program_count(self._effect), current_program(self._effect)
        for number, program in enumerate(programs[: max(1, count)]):
            if count > 1:
                set_program(self._effect, number)
            self._load_program(program)
        if count > 1:
            set_program(self._effect, before if wanted is None or not 0 <= wanted < count else wanted)

    def _load_program(self, program: Program) -> None:
        if program.chunk is not None:
            self._set_chunk(_PROGRAM, program.chunk)
            return
        self._name_program(program.name)
        self._set_values(program.values)


def read_file(path: str) -> bytes:
    """The bytes of a preset file. Raises PluginError where it cannot be read."""
    try:
        if not os.path.isfile(path):
            raise PluginError(f"the preset {path!r} is no file")
        if os.path.getsize(path) > MOST_CHUNK:
            raise PluginError(f"the preset {path!r} is longer than {MOST_CHUNK} bytes")
        return Path(path).read_bytes()
    except OSError as error:
        raise PluginError(f"the preset {path!r} could not be read: {error.strerror or error}") from error
