"""What a VST2 plugin is: everything that its descriptor says, asked of the plugin itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from isobooth.protocol.descriptors import BusInfo, NoteName, NotePortInfo, PluginDescriptor, PresetInfo

from ..._core import lib
from ...plugin import CData
from .buses import Direction, read_buses
from .effect import Effect, id_text
from .features import features_of, version_text
from .library import FORMAT
from .midi_programs import list_key_names, list_midi_programs
from .parameters import Parameters
from .programs import list_programs
from .state import State


class Description:
    """Reads and keeps it for one effect. All methods run on the main thread."""

    def __init__(
        self, effect: Effect, vst2: CData, path: str, index: int, listed_name: str, warn: Callable[[str], None]
    ) -> None:
        self._effect, self._vst2, self._path, self._index = effect, vst2, path, index
        product = effect.text(lib.VST2_GET_PRODUCT)
        self.name = effect.text(lib.VST2_GET_EFFECT_NAME) or product or listed_name or Path(path).stem
        self._product = product if product != self.name else ""
        self.unique_id = effect.unique_id
        self.parameters = Parameters(effect, vst2, self.name, warn)
        self.state = State(effect, vst2, self.parameters, self.name, warn)
        self.buses: list[BusInfo] = []
        self.note_ports: list[NotePortInfo] = []
        self.note_names: list[NoteName] = []
        self.presets: list[PresetInfo] = []
        self.read_buses()
        self.read_notes()
        self.read_presets()

    def read_presets(self) -> None:
        """Its programs, and those of MIDI channels."""
        self.presets = list_programs(self._effect) + list_midi_programs(self._effect)

    def read_buses(self) -> None:
        """Channels and pins, as they are now."""
        effect, vst2 = self._effect, self._vst2
        vst2.inputs, vst2.outputs = (min(max(int(n), 0), lib.IB_VST2_MOST_CHANNELS) for n in self.channels)
        directions: tuple[tuple[Direction, int], ...] = (("input", vst2.inputs), ("output", vst2.outputs))
        self.buses = [bus for direction, count in directions for bus in read_buses(effect, direction, count)]

    @property
    def channels(self) -> tuple[int, int]:
        """Inputs and outputs that the plugin says it has now, whatever was read before."""
        return int(self._effect.pointer.inputs), int(self._effect.pointer.outputs)

    @property
    def has_other_channels(self) -> bool:
        """Has their number changed since the buses were read?"""
        return self.channels != (self._vst2.inputs, self._vst2.outputs)

    def read_notes(self, *, wants_midi: bool = False) -> None:
        """Whether it takes and gives MIDI, and what its keys are called."""
        effect, vst2 = self._effect, self._vst2
        receives = effect.can_do("receiveVstMidiEvent") == 1 or effect.can_do("receiveVstEvents") == 1
        sends = effect.can_do("sendVstMidiEvent") == 1 or effect.can_do("sendVstEvents") == 1
        takes = receives or wants_midi or bool(vst2.takes_events) or effect.has(lib.VST2_FLAG_IS_SYNTH)
        vst2.takes_events = takes
        vst2.takes_sysex = takes and effect.can_do("receiveVstSysexEvent") != -1
        self.note_ports = [_midi_port("input")] if takes else []
        self.note_ports += [_midi_port("output")] if sends else []
        self.note_names = list_key_names(effect) if takes else []

    def read(self, *, is_active: bool) -> None:
        """Ask for everything again; channels only while they may change."""
        self.parameters.read()
        if not is_active:
            self.read_buses()
        self.read_notes()
        self.read_presets()

    def descriptor(self) -> PluginDescriptor:
        """What was read, with the latency of now."""
        effect = self._effect
        version = effect.call(lib.VST2_GET_VENDOR_VERSION) or int(effect.pointer.version)
        return PluginDescriptor(
            format=FORMAT,
            path=self._path,
            id=id_text(self.unique_id),
            name=self.name,
            vendor=effect.text(lib.VST2_GET_VENDOR),
            version=version_text(version),
            description=self._product,
            features=features_of(effect),
            unique_id=self.unique_id,
            index=self._index,
            buses=self.buses,
            note_ports=self.note_ports,
            parameters=self.parameters.infos,
            presets=self.presets,
            note_names=self.note_names,
            latency=int(lib.ib_vst2_latency(self._vst2)),
            has_state=self.state.exists,
            has_gui=effect.has(lib.VST2_FLAG_HAS_EDITOR),
        )


def _midi_port(direction: Direction) -> NotePortInfo:
    name = "MIDI in" if direction == "input" else "MIDI out"
    return NotePortInfo(index=0, name=name, direction=direction, dialects=["midi"], preferred="midi")
