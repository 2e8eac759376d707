"""What a plugin asks for through the host's objects: restartComponent and notices (ivsteditcontroller.h)."""

from __future__ import annotations

from isobooth.protocol.abilities import DescriptionChanged
from isobooth.protocol.descriptors import PluginDescriptor
from isobooth.protocol.message import Message

from ..._core import ffi, lib
from ...plugin import CData, phase
from .description import Description
from .pair import Pair
from .transport import requests

_FLUSH_BYTES = 1 << 16
_MOST_NOTICES = 4096
"""Notices that are taken in one round."""


class Asks:
    """Takes what one plugin asks for and does what can be done at once; the instance does the rest.

    Restart flags without effect here: kRoutingInfoChanged and kPrefetchableSupportChanged, since neither is used.
    """

    def __init__(self, pair: Pair, vst3: CData, description: Description) -> None:
        self._pair, self._vst3, self._description = pair, vst3, description
        self._switches: list[tuple[tuple[int, int, int], bool]] = []
        self.needs_restart = False
        """The plugin is to be deactivated and activated again."""
        self.wants_reload = False
        self.wants_buses = False
        """Buses are to be read again once it is inactive."""
        self.is_new = False
        """The description has changed in what no IB_ASK bit tells."""
        self.new_midi = False
        """Other parameters are driven by MIDI controllers."""
        self.notices: list[Message] = []

    def serve(self, *, is_active: bool) -> int:
        """Do it. Returns IB_ASK_* bits for the session."""
        host, left = self._pair.host, 0
        with phase(lib.IB_PHASE_CALLBACK):
            lib.ib_vst3_host_deliver(host)
            wants = lib.ib_vst3_take_wants(self._vst3)
            if wants & lib.IB_VST3_WANT_FLUSH and not is_active and self._flush():
                left |= lib.IB_ASK_PARAM_VALUES
            self._description.parameters.hear()
            left |= self._restart(lib.ib_vst3_host_take_restart(host))
            left |= self._take(host)
        return left

    def _flush(self) -> bool:
        """Edits of an inactive plugin: has anything changed?"""
        area = ffi.new("uint64_t[]", _FLUSH_BYTES // 8)
        return bool(lib.ib_vst3_flush_inactive(self._vst3, ffi.cast("uint8_t *", area), _FLUSH_BYTES))

    def _restart(self, flags: int) -> int:
        left = 0
        if flags & lib.VST3_kReloadComponent:
            self.wants_reload = self.needs_restart = True
            left |= lib.IB_ASK_PARAM_INFO
        if flags & lib.VST3_kIoChanged:
            self.wants_buses = self.needs_restart = True
        if flags & lib.VST3_kLatencyChanged:
            self.needs_restart = True
        if flags & lib.VST3_kParamValuesChanged:
            lib.ib_vst3_forget_values(self._vst3)
            left |= lib.IB_ASK_PARAM_VALUES
        if flags & lib.VST3_kParamTitlesChanged:
            left |= lib.IB_ASK_PARAM_INFO  # the session asks for a new description
        if flags & lib.VST3_kParamIDMappingChanged:
            self._description.remap.again()
        if flags & lib.VST3_kMidiCCAssignmentChanged:
            self._description.read_midi_mapping()
            self.new_midi = True
        if flags & (lib.VST3_kNoteExpressionChanged | lib.VST3_kKeyswitchChanged):
            self._description.read_notes()
            self.is_new = self.new_midi = True
        if flags & lib.VST3_kIoTitlesChanged:
            self._description.read_bus_names()
            self.is_new = True
        return left

    def _take(self, host: CData) -> int:
        notice, left = ffi.new("struct ib_vst3_notice *"), 0
        for _ in range(_MOST_NOTICES):
            if not lib.ib_vst3_host_take_notice(host, notice):
                break
            kind, numbers = notice.kind, list(notice.numbers)
            if kind == lib.IB_VST3_NOTICE_BUS_ACTIVATION:
                self._switches.append(((numbers[0], numbers[1], numbers[2]), bool(numbers[3])))
                self.needs_restart = True
            elif kind == lib.IB_VST3_NOTICE_PROGRAMS:
                self._description.read_units()
                self._description.read_notes()
                self.is_new = self.new_midi = True
                left |= lib.IB_ASK_PARAM_VALUES
            elif kind == lib.IB_VST3_NOTICE_UNITS_BY_BUS:
                self._description.read_midi_mapping()
                self.new_midi = True
            elif kind == lib.IB_VST3_NOTICE_TRANSPORT:
                self.notices += requests(numbers[0], numbers[1], notice.value)
        return left

    def take_switches(self) -> list[tuple[tuple[int, int, int], bool]]:
        """Buses (media type, direction, index) that the plugin would like to be on or off."""
        switches, self._switches = self._switches, []
        return switches

    def take_notices(self, descriptor: PluginDescriptor) -> list[Message]:
        """For the client, once; ``descriptor`` is what the plugin is by now."""
        notices, self.notices = self.notices, []
        if self.is_new:
            self.is_new = False
            notices.append(DescriptionChanged(descriptor=descriptor))
        return notices
