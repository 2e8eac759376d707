"""From inactive to active and back: the calls that ivstaudioprocessor.h and ivstcomponent.h allow, in their order."""

from __future__ import annotations

from isobooth.protocol.errors import PluginError

from ..._core import ffi, lib
from ...plugin import Activation, CData
from .buses import DIRECTIONS, NUMBERS, Buses
from .interface import OK, Warn, check, result_name
from .midi_mapping import MidiMap
from .pair import Pair

EVENT_BYTES = 4 << 20
"""Events of one block that can be translated, in bytes of an event area. Unused memory is not touched."""
BusKey = tuple[int, int, int]
"""Media type, direction, index: how VST3 counts buses."""


class Activity:
    """Makes one pair active and inactive. All methods run on the main thread, while the audio thread is elsewhere."""

    def __init__(self, pair: Pair, vst3: CData, name: str, warn: Warn) -> None:
        self._pair, self._vst3, self._name, self._warn = pair, vst3, name, warn
        self._on: dict[BusKey, bool] = {}
        self.switched_off: set[BusKey] = set()
        """Buses that nobody needs; all others are activated."""

    # -- before ---------------------------------------------------------------------------------------------------

    def prepare(self, activation: Activation, buses: Buses, *, offline: bool) -> None:
        """Activate buses and set up processing. Raises PluginError."""
        self._check(activation, buses)
        self._activate_buses(buses)
        self._tell_audio(buses)
        mode = lib.VST3_kOffline if offline else lib.VST3_kRealtime
        size = lib.VST3_kSample64 if activation.sample_bytes == 8 else lib.VST3_kSample32
        setup = ffi.new("struct vst3_ProcessSetup *")
        setup.processMode, setup.symbolicSampleSize = mode, size
        setup.maxSamplesPerBlock, setup.sampleRate = activation.max_frames, activation.sample_rate
        step = f"setupProcessing() for {activation.sample_rate:g} Hz and blocks of {activation.max_frames} frames"
        check(self._pair.processor.setupProcessing(setup), step, self._name)
        if lib.ib_vst3_prepare(
            self._vst3, mode, activation.sample_bytes, activation.max_frames, activation.sample_rate, EVENT_BYTES
        ):
            raise PluginError(f"there is no memory to run {self._name!r}")

    def _check(self, activation: Activation, buses: Buses) -> None:
        for direction in DIRECTIONS:
            channels = sum(bus.channels for bus in buses.of(direction))
            if channels > lib.IB_MAX_CHANNELS:
                raise PluginError(
                    f"{self._name!r} has {channels} {direction} channels; {lib.IB_MAX_CHANNELS} are possible"
                )
        if buses.refusals:
            raise PluginError(f"{self._name!r} {buses.refusals[0]}")
        size = lib.VST3_kSample64 if activation.sample_bytes == 8 else lib.VST3_kSample32
        if self._pair.processor.canProcessSampleSize(size) != OK:
            wide, narrow = ("float64", "float32") if activation.sample_bytes == 8 else ("float32", "float64")
            raise PluginError(f"{self._name!r} does not take {wide}: use {narrow}")

    def _activate_buses(self, buses: Buses) -> None:
        """Every bus but those that are switched off; each is told only what it does not know."""
        wanted: dict[BusKey, bool] = {}
        for bus in buses.audio:
            wanted[lib.VST3_kAudio, NUMBERS[bus.direction], bus.index] = bus.channels > 0
        for port in buses.events:
            wanted[lib.VST3_kEvent, NUMBERS[port.direction], port.index] = True
        self._on = {key: state for key, state in self._on.items() if key in wanted}
        for key, on in wanted.items():
            state = on and key not in self.switched_off
            if self._on.get(key, False) == state:
                continue
            result = self._pair.component.activateBus(*key, state)
            if result == OK:
                self._on[key] = state
            else:
                self._warn(f"it refused to switch a bus {'on' if state else 'off'}: {result_name(result)}")

    def _is_on(self, media: int, direction: int, index: int) -> bool:
        return self._on.get((media, direction, index), False)

    def _tell_audio(self, buses: Buses) -> None:
        failed = 0
        for direction in DIRECTIONS:
            is_input, audio, events = direction == "input", buses.of(direction), buses.events_of(direction)
            number = NUMBERS[direction]
            flags = [
                lib.IB_VST3_BUS_IN_BLOCK | lib.IB_VST3_BUS_ACTIVE * self._is_on(lib.VST3_kAudio, number, bus.index)
                for bus in audio
            ]
            channels = ffi.new("int32_t[]", [bus.channels for bus in audio])
            failed |= lib.ib_vst3_set_buses(self._vst3, is_input, len(audio), channels, ffi.new("uint8_t[]", flags))
            channels = ffi.new("int32_t[]", [port.channels for port in events])
            failed |= lib.ib_vst3_set_event_buses(self._vst3, is_input, len(events), channels)
        if failed:
            raise PluginError(f"there is no memory to run {self._name!r}, or it has too many buses or channels")

    def set_midi_mapping(self, midi: MidiMap, buses: Buses) -> None:
        """Tell the audio side which MIDI controllers drive which parameters, and which drive none any more."""
        midi.apply(self._vst3, [port.channels for port in buses.events_of("input")])

    # -- on and off -----------------------------------------------------------------------------------------------

    def start(self, buses: Buses) -> None:
        """setActive(true). Raises PluginError."""
        lib.ib_vst3_set_state(self._vst3, lib.IB_VST3_ACTIVATING)
        result = self._pair.component.setActive(1)
        # kNotImplemented comes from plugins that have nothing to do there
        done = result in (OK, lib.VST3_kNotImplemented)
        lib.ib_vst3_set_state(self._vst3, lib.IB_VST3_ACTIVE if done else lib.IB_VST3_INACTIVE)
        if not done:
            raise PluginError(f"{self._name!r}: setActive(true) failed with {result_name(result)}")
        presentation = self._pair.of_component("IAudioPresentationLatency")
        for bus in buses.audio if presentation is not None else []:
            direction = NUMBERS[bus.direction]
            if presentation is not None and self._is_on(lib.VST3_kAudio, direction, bus.index):
                presentation.setAudioPresentationLatencySamples(direction, bus.index, 0)

    def stop(self) -> None:
        """setActive(false)."""
        lib.ib_vst3_set_state(self._vst3, lib.IB_VST3_INACTIVE)
        self._pair.component.setActive(0)

    def latency(self) -> int:
        """Frames, as the plugin says now."""
        return int(self._pair.processor.getLatencySamples())

    def tail(self) -> int:
        """Frames, or IB_TAIL_INFINITE, which is VST3's kInfiniteTail."""
        return int(self._pair.processor.getTailSamples())
