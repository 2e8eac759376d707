"""The engine and its segments, from the main thread's side."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass

import msgspec

from isobooth.protocol.descriptors import BusInfo
from isobooth.protocol.errors import PluginError, SegmentError
from isobooth.protocol.messages import Activate

from ._core import ffi, lib
from .plugin import Activation, CData, PluginInstance, phase


def _text(pointer: CData) -> str:
    return str(ffi.string(pointer).decode("utf-8", "replace"))


@dataclass(frozen=True)
class Mapping:
    """One mapped segment."""

    base: CData
    size: int

    def geometry(self) -> CData:
        """``struct ib_geometry *`` in its header; not checked."""
        return ffi.addressof(ffi.cast("struct ib_header *", self.base).geometry)


class Audio:
    """Owns the engine, the mapped segments and the knowledge of whether the plugin is active."""

    def __init__(self, segment: str) -> None:
        self._mapping = self._map(segment, unlink=False)
        self._retired: Mapping | None = None
        wrong = ffi.new("const char **")
        engine = lib.ib_engine_new(self._mapping.base, self._mapping.size, wrong)
        if engine == ffi.NULL:
            raise SegmentError(f"shared memory {segment!r} cannot be used: {_text(wrong[0])}")
        self._engine = engine
        with contextlib.suppress(SegmentError):  # now that it is known to be ours: no death of anyone leaves it behind
            again = self._map(segment, unlink=True)
            lib.ib_segment_unmap(again.base, again.size)
        self.mailbox: CData = lib.ib_engine_mailbox(engine)
        self._activation: Activation | None = None
        self._buses = b""
        self._blocks_before = 0
        self._flush_denormals = True
        self._guard = False

    @staticmethod
    def _map(name: str, *, unlink: bool) -> Mapping:
        size = ffi.new("uint64_t *")
        wrong = ffi.new("const char **")
        base = lib.ib_segment_map(os.fsencode(name), unlink, size, wrong)
        if base == ffi.NULL:
            raise SegmentError(f"shared memory {name!r} could not be mapped: {_text(wrong[0])}")
        return Mapping(base, int(size[0]))

    def map(self, name: str) -> Mapping:
        """Map a segment and take its name away. Raises SegmentError."""
        return self._map(name, unlink=True)

    @property
    def is_active(self) -> bool:
        """Is the plugin active?"""
        return self._activation is not None

    def realtime(self) -> str:
        """What the audio thread could not get, as text."""
        return _text(lib.ib_engine_realtime(self._engine))

    def start(self, plugin: PluginInstance, message: Activate, mapping: Mapping) -> None:
        """Change over to ``mapping`` and activate the plugin for it. Raises SegmentError or PluginError."""
        self._check_channels(plugin, mapping)
        self._change_over(mapping)
        geometry = lib.ib_engine_geometry(self._engine)
        if geometry.slots and geometry.max_frames < message.max_frames:
            raise SegmentError(
                f"a slot holds {geometry.max_frames} frames; blocks of {message.max_frames} were announced"
            )
        self._flush_denormals = message.flush_denormals
        self._guard = message.guard
        self.begin(
            plugin,
            Activation(
                sample_rate=message.sample_rate,
                min_frames=message.min_frames,
                max_frames=message.max_frames,
                sample_bytes=int(geometry.sample_bytes),
                offline=message.offline,
                in_place=message.in_place,
            ),
        )

    def begin(self, plugin: PluginInstance, activation: Activation) -> None:
        """Activate the plugin and let the audio thread have it. Raises PluginError.

        Restarts that were asked for before are done herewith; one that is asked for meanwhile comes before the first
        block.
        """
        self.mailbox.restart = 0
        with phase(lib.IB_PHASE_ACTIVATE):
            plugin.activate(activation)
        self._activation = activation
        self._buses = msgspec.msgpack.encode(plugin.buses())
        self._blocks_before = self._blocks()
        operations = plugin.operations()
        run = ffi.new("struct ib_activation *")
        run.table, run.plugin = operations.table, operations.plugin
        run.latency, run.tail = plugin.latency(), plugin.tail()
        run.most_frames = activation.max_frames
        run.flush_denormals = self._flush_denormals
        run.guard = self._guard
        run.realtime = not activation.offline
        run.sample_rate = activation.sample_rate
        with phase(lib.IB_PHASE_START_PROCESSING):
            wrong = lib.ib_engine_run(self._engine, run)
        if wrong != ffi.NULL:
            raise PluginError(_text(wrong))
        if lib.ib_engine_refused(self._engine):
            raise PluginError(f"{plugin.descriptor.name!r} refused to start processing")
        lib.ib_host_state_set(lib.IB_HOST_PROCESSING)

    def stop(self, plugin: PluginInstance) -> None:
        """Park the audio thread and deactivate the plugin, if it is active."""
        if self._activation is None:
            return
        with phase(lib.IB_PHASE_STOP_PROCESSING):
            lib.ib_engine_park(self._engine)
        self._activation = None
        lib.ib_host_state_set(lib.IB_HOST_READY)
        with phase(lib.IB_PHASE_DEACTIVATE):
            plugin.deactivate()

    @property
    def activation(self) -> Activation | None:
        """How the plugin is active, None if it is not."""
        return self._activation

    def has_buses(self, buses: list[BusInfo]) -> bool:
        """Are these the buses that the plugin was activated with last?"""
        return msgspec.msgpack.encode(buses) == self._buses

    def has_played(self) -> bool:
        """Has there been a block since the plugin was activated?"""
        return self._blocks() != self._blocks_before

    def _blocks(self) -> int:
        return int(ffi.cast("struct ib_header *", self._mapping.base).statistics.blocks)

    def release(self) -> None:
        """Go on with the blocks that were held back for a restart: there will be none."""
        lib.ib_engine_release(self._engine)

    def attach(self, name: str, plugin: PluginInstance) -> None:
        """Change over to another segment between two blocks; the plugin stays active. Raises SegmentError."""
        mapping = self.map(name)
        self._check_channels(plugin, mapping)
        activation = self._activation
        if activation is not None:
            found = mapping.geometry()
            if found.sample_bytes != activation.sample_bytes:
                lib.ib_segment_unmap(mapping.base, mapping.size)
                raise SegmentError("the new segment has another sample format than the plugin is active for")
        self._change_over(mapping)

    def _check_channels(self, plugin: PluginInstance, mapping: Mapping) -> None:
        buses = plugin.buses()
        inputs = sum(bus.channels for bus in buses if bus.direction == "input")
        outputs = sum(bus.channels for bus in buses if bus.direction == "output")
        geometry = mapping.geometry()
        found = (int(geometry.inputs), int(geometry.outputs))
        if found != (inputs, outputs):
            lib.ib_segment_unmap(mapping.base, mapping.size)
            raise SegmentError(
                f"the segment has {found[0]} input and {found[1]} output channels;"
                f" {plugin.descriptor.name!r} has {inputs} and {outputs}"
            )

    def _change_over(self, mapping: Mapping) -> None:
        wrong = lib.ib_engine_attach(self._engine, mapping.base, mapping.size)
        if wrong != ffi.NULL:
            lib.ib_segment_unmap(mapping.base, mapping.size)
            raise SegmentError(f"the new segment cannot be used: {_text(wrong)}")
        # A callback on another thread of the plugin may still hold the bell of the segment before: it stays mapped
        # until the next change.
        if self._retired is not None:
            lib.ib_segment_unmap(self._retired.base, self._retired.size)
        self._retired, self._mapping = self._mapping, mapping

    def idle_events(self) -> bytes:
        """Events that the plugin gave in idle flushes since the last call."""
        area = ffi.new("uint8_t[65536]")
        used = lib.ib_engine_idle_events(self._engine, area, 65536)
        return bytes(ffi.buffer(area, used))
