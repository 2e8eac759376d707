"""Everything that a plugin says of itself, brought into one descriptor."""

from __future__ import annotations

from isobooth.protocol.descriptors import NoteExpressionInfo, NoteName, PluginDescriptor, PresetInfo

from ..._core import lib
from ...plugin import CData, phase
from .buses import Buses, read_buses
from .interface import Warn
from .midi_mapping import Assignment, MidiMap, note_controllers, read_midi_mapping
from .notes import read_expressions, read_keyswitches
from .pair import Pair
from .parameters import Parameters
from .presets import find_preset_files
from .remap import Remap
from .units import Units, pitch_names, read_units, unit_of_channel


class Description:
    """Reads one plugin's halves, part by part, and keeps what they say. All methods run on the main thread."""

    def __init__(self, listed: PluginDescriptor, pair: Pair, vst3: CData, warn: Warn) -> None:
        self._listed, self._pair, self._vst3, self._warn = listed, pair, vst3, warn
        self.parameters = Parameters(pair.controller, vst3)
        self.remap = Remap(pair, self.parameters, bytes.fromhex(listed.id), warn)
        self.buses = Buses()
        self.units = Units()
        self.midi = MidiMap()
        self._expressions: list[NoteExpressionInfo] = []
        self._note_names: list[NoteName] = []
        self._files: list[PresetInfo] | None = None

    def read(self, *, with_buses: bool) -> None:
        """Ask for everything again; for the buses only while the plugin is inactive."""
        with phase(lib.IB_PHASE_DESCRIBE):
            if with_buses:
                self.read_buses()
            self.read_units()
            self.read_parameters()
            self.read_notes()

    def read_buses(self) -> None:
        """Ask for the buses, their names and speakers."""
        with phase(lib.IB_PHASE_DESCRIBE):
            self.buses = read_buses(self._pair.component, self._pair.processor, self._warn)

    def read_bus_names(self) -> None:
        """Names may change at any time (kIoTitlesChanged); nothing else is taken over."""
        with phase(lib.IB_PHASE_DESCRIBE):
            fresh = read_buses(self._pair.component, self._pair.processor, self._warn)
        if fresh.shape == self.buses.shape and len(fresh.events) == len(self.buses.events):
            for bus, named in zip(self.buses.audio, fresh.audio, strict=True):
                bus.name = named.name
            for port, renamed in zip(self.buses.events, fresh.events, strict=True):
                port.name = renamed.name

    def read_units(self) -> None:
        """Ask for units and programs. Parameters name their units, so they are to be read next."""
        with phase(lib.IB_PHASE_DESCRIBE):
            self.units = read_units(self._pair.of_controller("IUnitInfo"), self._warn)

    def read_parameters(self) -> None:
        """Ask for the parameters."""
        with phase(lib.IB_PHASE_DESCRIBE):
            self.parameters.read(self.units.paths(), self._warn)

    def read_notes(self) -> None:
        """Ask for note expressions, key switches and names of keys, and the map of MIDI controllers."""
        with phase(lib.IB_PHASE_DESCRIBE):
            pair, channels = self._pair, self.event_channels("input")
            self._expressions = read_expressions(pair.of_controller("INoteExpressionController"), channels)
            self._note_names = read_keyswitches(pair.of_controller("IKeyswitchController"), channels)
            self._note_names += pitch_names(pair.of_controller("IUnitInfo"), self.units, self._programs())
            self.read_midi_mapping()

    def read_midi_mapping(self) -> None:
        """Ask which parameters MIDI controllers and program changes drive."""
        pair, channels = self._pair, self.event_channels("input")
        found, numbered = read_midi_mapping(
            pair.of_controller("IMidiMapping"), pair.of_controller("IMidiMapping2"), channels, self._warn
        )
        self.midi = MidiMap(found + self._program_changes(channels), numbered, note_controllers(self._expressions))

    def _program_changes(self, channels: list[int]) -> list[Assignment]:
        """Program changes of a channel go to the parameter that changes the program of its unit."""
        changes = self.parameters.program_changes
        found: list[Assignment] = []
        info = self._pair.of_controller("IUnitInfo")
        for bus, count in enumerate(channels if changes else []):
            for channel in range(count):
                unit = unit_of_channel(info, bus, channel)
                only = next(iter(changes.values())) if len(changes) == 1 else None
                change = changes.get(unit, only)
                if change is not None:
                    found.append((bus, channel, lib.VST3_kCtrlProgramChange, change[0]))
        return found

    def _programs(self) -> dict[int, int]:
        """Which program each list is at, from the program change parameter of the first unit that plays it."""
        found: dict[int, int] = {}
        for programs in self.units.lists:
            change = self.parameters.program_changes.get(self.units.unit_of_list(programs.id))
            if change is not None and change[1]:
                normal = self.parameters.normalised().get(change[0], 0.0)
                found[programs.id] = min(int(min(max(normal, 0.0), 1.0) * (change[1] + 1)), change[1])
        return found

    def _lone_programs(self) -> list[PresetInfo]:
        """Programs that only their parameter names: the plugin has no list of them (DPF's have none)."""
        listed = {unit.id for unit in self.units.units.values() if unit.program_list >= 0 and self.units.lists}
        return [
            PresetInfo(id=f"parameter:{number}:{step}", name=named.label)
            for unit, (number, _) in self.parameters.program_changes.items()
            if unit not in listed
            for step, named in enumerate(self.parameters.find(number).values)
        ]

    def event_channels(self, direction: str) -> list[int]:
        """How many channels each event bus of one direction has."""
        return [bus.channels for bus in self.buses.events if bus.direction == direction]

    def preset_files(self) -> list[PresetInfo]:
        """Preset files of this plugin in the standard folders; looked for once."""
        if self._files is None:
            self._files = find_preset_files(self._listed)
        return self._files

    def descriptor(self, *, latency: int | None, has_state: bool) -> PluginDescriptor:
        """All of it."""
        listed = self._listed
        return PluginDescriptor(
            format=listed.format,
            path=listed.path,
            id=listed.id,
            name=listed.name,
            vendor=listed.vendor,
            version=listed.version,
            description=listed.description,
            url=listed.url,
            features=listed.features,
            index=listed.index,
            replaces=listed.replaces,
            buses=self.buses.infos(),
            note_ports=self.buses.note_ports(),
            parameters=self.parameters.infos,
            presets=[*self.units.presets(), *self._lone_programs(), *self.preset_files()],
            note_names=self._note_names,
            expressions=self._expressions,
            latency=latency,
            has_state=has_state,
        )
