"""A plugin's state: out of both halves into one blob, and back (ivstcomponent.h, ivsteditcontroller.h)."""

from __future__ import annotations

import struct
from collections.abc import Callable

from isobooth.protocol.abilities import Purpose
from isobooth.protocol.descriptors import PluginDescriptor
from isobooth.protocol.errors import StateError

from ..._core import lib
from ...plugin import CData, phase
from .container import Saved, is_container, pack, unpack
from .ids import id_text
from .interface import OK, Interface, Warn, result_name
from .pair import Pair
from .parameters import Parameters
from .preset_file import COMPONENT, CONTROLLER, INFO, PROGRAM, info_xml, is_preset, read_preset, write_preset
from .remap import Remap
from .streams import NoState, give, written

Accepts = Callable[[str], bool]
"""Is a class id (32 upper-case hex digits) this plugin's, or that of one that it replaces?"""


class State:
    """Saves and restores one plugin. All methods run on the main thread; the plugin may be active."""

    def __init__(
        self, pair: Pair, parameters: Parameters, remap: Remap, vst3: CData, listed: PluginDescriptor, warn: Warn
    ) -> None:
        self._pair, self._parameters, self._remap, self._vst3, self._warn = pair, parameters, remap, vst3, warn
        self._listed, self._name = listed, listed.name
        self.purpose: Purpose = "project"
        self._untaken: tuple[bytes, bytes, int] | None = None
        """A state that was loaded, what the component still writes of itself, the frames played until then."""

    # -- save -----------------------------------------------------------------------------------------------------

    def exists(self, component: bytes | None) -> bool:
        """Is there anything to save, given what the component's getState wrote?"""
        return component is not None or any(not info.is_output for info in self._parameters.infos)

    def read(self) -> Saved:
        """What there is to save. Raises StateError."""
        self._parameters.hear()
        saved = Saved(bytes.fromhex(self._listed.id), automated=self._remap.origin)
        with phase(lib.IB_PHASE_STATE_SAVE):
            try:
                saved.component = self._written(self._pair.component, "component")
                saved.values = self._unplayed() or None
            except NoState:
                saved.values = self._parameters.normalised()
            if self._pair.controller is not None:
                try:
                    saved.controller = self._written(self._pair.controller, "controller")
                except NoState:
                    pass  # most controllers have none of their own
                except StateError as error:
                    self._warn(f"{error}; the state is saved without the controller's own part")
        saved.programs = self._parameters.programs() or None
        if saved.component is not None:
            loaded, written_then, played = self._untaken or (b"", b"", -1)
            if saved.component == written_then and self._vst3.played == played:
                saved.component = loaded
            normal = self._parameters.normalised()
            saved.all_values = {number: normal[number] for number in normal if number not in (saved.programs or {})}
        if self._pair.is_one_object and saved.controller == saved.component:
            saved.controller = None  # one getState serves both roles
        if saved.component is None and not saved.values and not saved.controller:
            raise StateError(f"{self._name!r} has no state to save: its getState says kNotImplemented")
        return saved

    def _unplayed(self) -> dict[int, float]:
        """Values that the component was given without frames: some (DPF's) take them in with the next block only."""
        waiting = [info.id for info in self._parameters.infos if lib.ib_vst3_is_unplayed(self._vst3, info.id)]
        normal = self._parameters.normalised() if waiting else {}
        return {number: normal[number] for number in waiting if number in normal}

    def _written(self, half: Interface, what: str) -> bytes:
        return written(self._pair.host, half.getState, f"getState() of the {what} of {self._name!r}", self.purpose)

    def save(self) -> bytes:
        """The blob. Raises StateError."""
        return pack(self.read())

    def save_preset(self, preset: str) -> bytes:
        """What a .vstpreset file is to hold. Raises StateError."""
        saved = self.read()
        if saved.component is None:
            raise StateError(f"{self._name!r} cannot make a preset file: its component has no state")
        chunks = {COMPONENT: saved.component}
        if saved.controller is not None:
            chunks[CONTROLLER] = saved.controller
        chunks[INFO] = info_xml(
            {
                "MediaType": "VstPreset",
                "PlugInName": self._name,
                "PlugInVendor": self._listed.vendor,
                "PlugInCategory": "|".join(self._listed.features),
                "Name": preset,
            }
        )
        return write_preset(self._listed.id, chunks)

    # -- load -----------------------------------------------------------------------------------------------------

    def load(self, data: bytes, accepts: Accepts, what: str = "") -> None:
        """Restore a blob, the bytes of a .vstpreset, or what a component's getState wrote. Raises StateError.

        A plugin that refuses gets back what it had.
        """
        what = what or f"the state of {len(data)} bytes"
        program = None
        if is_container(data):
            saved = unpack(data, self._name)
            class_id = id_text(saved.class_id or b"")
        elif is_preset(data):
            preset = read_preset(data, what)
            class_id, program = preset.class_id, preset.chunks.get(PROGRAM)
            saved = Saved(component=preset.chunks.get(COMPONENT), controller=preset.chunks.get(CONTROLLER))
            if saved.component is None and program is None:
                raise StateError(f"{what} holds no settings: its chunks are {sorted(preset.chunks)}")
        else:
            saved, class_id = Saved(component=data), self._listed.id
        saved.class_id = bytes.fromhex(class_id)
        if not accepts(class_id):
            raise StateError(
                f"{what} belongs to another plugin: its class id is {class_id}, that of {self._name!r} is"
                f" {self._listed.id}"
            )
        with phase(lib.IB_PHASE_STATE_LOAD):
            if saved.component is None and program is not None:
                self._load_program(program, what)
                self._forget()
            else:
                self._apply(saved, what)

    def _forget(self) -> None:
        """What was sent to the plugin before is not what it has now."""
        lib.ib_vst3_forget_values(self._vst3)
        lib.ib_vst3_forget_flushed(self._vst3)

    def _apply(self, saved: Saved, what: str) -> None:
        pair = self._pair
        self._parameters.hear()  # what was on its way is older than the state
        if saved.class_id == bytes.fromhex(self._listed.id):
            self._parameters.show_programs(saved.programs or {})  # first, so that all else is the state's
        if saved.component is not None:
            self._give_component(saved, saved.component, what)
        if saved.controller is not None and pair.controller is not None:
            result = give(pair.host, pair.controller.setState, saved.controller, what, self.purpose)
            if result != OK:
                self._warn(f"setState() of its controller returned {result_name(result)}")
        self._forget()  # before these, which are to be heard with the next frames too
        renamed = self._remap.follow(*(saved.automated or (saved.class_id, None)))
        if saved.class_id != bytes.fromhex(self._listed.id):
            renamed |= self._remap.ask(saved.class_id or b"", saved.values or {})
        else:
            renamed = {}  # its values are those of the plugin's own parameters
        changes = dict(self._parameters.program_changes.values())
        for number, normal in sorted((saved.values or {}).items(), key=lambda one: one[0] not in changes):
            self.set_value(renamed.get(number, number), normal)

    def _give_component(self, saved: Saved, state: bytes, what: str) -> None:
        pair = self._pair
        before = pair.component_state()
        result = give(pair.host, pair.component.setState, state, what, self.purpose)
        if result == OK:
            # Some take a state in with the next block only (mda's, all that use the SDK's RTTransfer): until then their
            # getState says what was, and that is not to be saved.
            untaken = before is not None and before != state and pair.component_state() == before
            self._untaken = (state, before, self._vst3.played) if untaken and before is not None else None
        elif before == state:
            self._warn("it refuses the state that it has, so that one is left alone")  # DPF, without parameters
        else:
            takes_none = before is not None and give(pair.host, pair.component.setState, before, what) != OK
            if not takes_none or not saved.all_values:
                raise StateError(
                    f"{self._name!r} refused {what}: setState() of its component returned {result_name(result)} -"
                    " is it a state of this plugin?"
                )
            self._warn("its component refuses even its own state; of a state the values of its parameters are restored")
            saved.values = saved.all_values | (saved.values or {})
            return
        pair.tell_controller(state)

    def set_value(self, number: int, normal: float) -> None:
        """Give both halves a normalised value; an id that the plugin does not have is left out."""
        if lib.ib_vst3_table_find(self._vst3.table, number):
            self._parameters.set_normalised(number, normal)
            lib.ib_vst3_edit_push(self._vst3, number, min(max(normal, 0.0), 1.0))

    def _load_program(self, chunk: bytes, what: str) -> None:
        """A preset of one program or unit: its id and its data (IUnitData, IProgramListData)."""
        if len(chunk) < 4:
            raise StateError(f"{what} is no usable VST3 preset: its program has {len(chunk)} bytes")
        number, data, pair = struct.unpack_from("<i", chunk)[0], chunk[4:], self._pair
        units, lists = pair.of_component("IUnitData"), pair.of_component("IProgramListData")
        info = pair.of_controller("IUnitInfo")
        if units is not None and units.unitDataSupported(number) == OK:
            result = give(pair.host, lambda stream: int(units.setUnitData(number, stream)), data, what)
            program = -1
        elif lists is not None and lists.programDataSupported(number) == OK:
            result = give(pair.host, lambda stream: int(lists.setProgramData(number, 0, stream)), data, what)
            program = 0
        else:
            raise StateError(f"{self._name!r} refused {what}: it takes no data for the unit or list {number}")
        if result != OK:
            raise StateError(f"{self._name!r} refused {what}: it returned {result_name(result)}")
        if info is not None:
            give(pair.host, lambda stream: int(info.setUnitProgramData(number, program, stream)), data, what)
