"""What only some plugins can do: presets, other buses, display on a track, undo."""

from __future__ import annotations

import contextlib
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Literal

from isobooth.protocol import abilities as a
from isobooth.protocol import messages as m
from isobooth.protocol.descriptors import PresetInfo
from isobooth.protocol.errors import ArgumentError, ArgumentTypeError, PluginError, StateError

from .facts import Facts
from .keeper import Keeper
from .memory import Memory
from .notices import LicenseAsked, UndoNotice
from .parameters import Parameter
from .presets import FOUND_BY_SCAN, find_preset, presets_by_scan, write_file
from .wishes import bus_requests, check_color, checked

PURPOSES = ("project", "duplicate", "preset")


class Abilities(Facts, ABC):
    """The part of Plugin that not every plugin answers to. A Plugin sets the attributes."""

    _memory: Memory
    _keeper: Keeper
    _lock: threading.RLock

    @abstractmethod
    def _check_open(self) -> None:
        """Raise PluginClosed if the plugin is."""

    @abstractmethod
    def flush(self) -> None:
        """Hand parameter changes that wait for the next block to the plugin now."""

    # -- state --------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> bytes:
        """Everything the plugin wants remembered, as bytes of any size. Assign what was read to restore it."""
        return self.save_state()

    @state.setter
    def state(self, data: bytes) -> None:
        self.load_state(data)

    def save_state(self, purpose: a.Purpose = "project") -> bytes:
        """The state for a purpose that the plugin may know of.

        ``project``: all of it, to go on later (the same as ``state``). ``duplicate``: for a copy of this plugin in the
        same song. ``preset``: to use elsewhere; the plugin may leave out what belongs to this song. Formats without
        purposes give the same for all. Raises StateError.
        """
        _check_purpose(purpose)
        with self._lock:
            self.flush()
            data = self._connection.ask(m.SaveState(purpose=purpose), m.State, "state save").data
            if purpose == "project":
                self._remember_state(data)
            return data

    def load_state(self, data: bytes, purpose: a.Purpose = "project") -> None:
        """Restore what ``save_state`` gave for the same purpose. Raises StateError."""
        _check_purpose(purpose)
        with self._lock:
            self.flush()
            self._load_state(data, purpose)
            if purpose == "project":
                self._remember_state(bytes(data))
            else:
                self._remember()

    def _load_state(self, data: bytes, purpose: a.Purpose = "project") -> None:
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise StateError(f"a state is bytes, not {type(data).__name__}")
        request = m.LoadState(data=bytes(data), purpose=purpose)
        self._values.known.update(self._connection.ask(request, m.Values, "state load").values)

    def _remember_state(self, data: bytes | None, preset: a.LoadPreset | None = None) -> None:
        self._memory.remember(data, preset)
        self._values.journal.clear()
        self._keeper.clean()

    def _remember(self, preset: a.LoadPreset | None = None) -> None:
        """The plugin is in a state that nobody has seen: have a look, so that a restart can bring it back."""
        data = None
        if self.descriptor.has_state:
            with contextlib.suppress(StateError, PluginError):  # it has one and cannot tell it now: as if it had none
                data = self._connection.ask(m.SaveState(), m.State, "state save").data
        if data is not None:
            self._remember_state(data)
        elif preset is not None:
            self._remember_state(None, preset)
        else:
            outputs = {one.id for one in self.descriptor.parameters if one.is_output}
            self._values.journal.update({key: v for key, v in self._values.known.items() if key not in outputs})

    # -- presets ------------------------------------------------------------------------------------------------------

    @property
    def presets(self) -> list[PresetInfo]:
        """Presets and programs, where the format lists them.

        CLAP finds presets through the plugin's file: the first look at them takes as long as a scan of it, and raises
        PluginError if that fails.
        """
        descriptor = self.descriptor
        if descriptor.format in FOUND_BY_SCAN and descriptor is not self._memory.scanned:
            with self._lock:
                self._check_open()
                descriptor.presets = presets_by_scan(descriptor, self._options.load_timeout)
                self._memory.scanned = descriptor
        return descriptor.presets

    def load_preset(self, preset: str | os.PathLike[str] | PresetInfo) -> None:
        """Load one of ``presets``, or a preset file of the plugin's format; parameters then have its values.

        ``preset`` is a PresetInfo, a name (``"Drums"``, or ``"Bank/Drums"`` where several banks have one; other letters
        fit where nothing fits exactly), an id, or the path of a file: a text without a slash is a path only where no
        preset has that name. A PresetInfo that is not of the list, with an id and a path, is the preset with that id in
        that file: one of several in an LV2 bundle, a program of an .fxb bank, a load key of CLAP.

        Raises ArgumentError where there is no such preset (with the nearest names), or several; PluginError where the
        plugin cannot load it: then nothing has changed.
        """
        with self._lock:
            self._check_open()
            request = checked(find_preset(preset, self.presets, self.name))
            self.flush()
            values = self._connection.ask(request, m.Values, "state load", self._options.load_timeout).values
            self._values.known.update(values)
            self._remember(request)

    def save_preset(self, path: str | os.PathLike[str], *, name: str = "") -> None:
        """Write a preset file of the plugin's format with the present settings.

        VST3 has ``.vstpreset``; VST2 has ``.fxp`` for one program and, where ``path`` ends so, ``.fxb`` for all.

        The file is there whole or not at all; one that was there before is replaced. ``name`` is what the preset is
        called where the format keeps names inside; without it, the file's. Raises PluginError where the format has no
        preset files, and OSError where the file cannot be written.
        """
        target = Path(path).expanduser()
        bank = target.suffix if target.suffix.lower() == ".fxb" else ""
        with self._lock:
            self.flush()
            request = checked(a.SavePreset(name=(name or target.stem) + bank))
            data = self._connection.ask(request, m.State, "state save", self._options.load_timeout).data
        write_file(target, data)

    # -- buses --------------------------------------------------------------------------------------------------------

    def set_buses(
        self,
        inputs: Iterable[int | str | a.BusRequest | None] = (),
        outputs: Iterable[int | str | a.BusRequest | None] = (),
    ) -> None:
        """Wish for other channels: ``set_buses(inputs=["stereo", 1], outputs=["5.1"])``.

        Each list has a wish for each bus, in the order of ``buses``: a number of channels, a layout (``mono``,
        ``stereo``, ``quad``, ``5.1``, ``7.1.4`` …), a BusRequest (which also says whether the bus is active), or None
        to leave it as it is, as buses beyond the end of the list are. Afterwards ``buses`` tells what there is, and
        ``input`` and ``output`` have other shapes; what the plugin held inside (its tail) is lost.

        Raises PluginError where the plugin refuses: its buses are then what they were, or what the plugin made of
        them. Raises ArgumentError for too many buses, and BlockingIOError while blocks are in flight.
        """
        request = a.SetBuses(inputs=bus_requests("inputs", inputs), outputs=bus_requests("outputs", outputs))
        self._check_bus_count("input", request.inputs)
        self._check_bus_count("output", request.outputs)
        with self._lock:
            self._check_open()
            self._player.check_idle()
            self.flush()
            self._set_buses(checked(request))
            self._memory.buses = request

    def _check_bus_count(self, direction: Literal["input", "output"], wishes: list[a.BusRequest]) -> None:
        there = sum(bus.direction == direction for bus in self.buses)
        if len(wishes) > there:
            raise ArgumentError(f"{self.name} has {there} {direction} buses; {len(wishes)} were wished for")

    def _set_buses(self, request: a.SetBuses) -> None:
        try:
            reply = self._connection.ask(request, m.Described, "describe", self._options.load_timeout)
            if reply.descriptor.parameters != self.descriptor.parameters:
                self._values.describe(reply.descriptor.parameters, {})
            self._connection.loaded.descriptor = self.descriptor = reply.descriptor
            self._values.known.update(reply.values)
        finally:
            self._player.rebuild = True  # it is inactive now, also if it refused
            if not self._player.is_dead:
                self._player.reactivate()

    @property
    def is_active(self) -> bool:
        """False between the moment when the plugin got other buses by itself and ``reactivate``."""
        return self.is_alive and not self._player.rebuild

    def reactivate(self) -> None:
        """Take in the buses that the plugin got by itself (see BusesChanged), for a loop of ``submit`` and ``wait``.

        Makes another segment and activates the plugin, which takes memory and milliseconds: not for an audio callback.
        Blocks in flight are given up; ``input`` and ``output`` have other shapes afterwards. Does nothing to an active
        plugin. ``process``, ``render``, ``flush`` and ``state`` do this by themselves.
        """
        with self._lock:
            self._check_open()
            self._player.reactivate()

    # -- where the plugin sits ----------------------------------------------------------------------------------------

    @property
    def track(self) -> a.TrackInfo | None:
        """The mixer track that the plugin was told it sits on; assign another. Some plugins show it."""
        told = self._memory.told.get("track")
        return told.track if isinstance(told, a.SetTrack) else None

    @track.setter
    def track(self, track: a.TrackInfo) -> None:
        if not isinstance(track, a.TrackInfo):
            raise ArgumentTypeError(f"track is {type(track).__name__} and must be a TrackInfo")
        check_color(track.color)
        self._tell("track", a.SetTrack(track=track))

    def indicate(
        self,
        parameter: str | int | Parameter,
        *,
        mapped: bool = False,
        label: str = "",
        description: str = "",
        automation: Literal["none", "present", "playing", "recording", "overriding"] = "none",
        color: tuple[int, int, int, int] | None = None,
    ) -> None:
        """Tell the plugin what is done with a parameter, so that its window can show it.

        mapped: a hardware control moves it; ``label`` and ``description`` are that control's.
        automation: the song has automation for it, plays it, records it, or the user overrides it.
        color: red, green, blue and alpha of 0 to 255 each, as the mapping is shown in the DAW.
        """
        number = parameter.id if isinstance(parameter, Parameter) else self._values.parameters.id_of(parameter)
        check_color(color)
        request = a.Indicate(
            param_id=number, mapped=mapped, label=label, description=description, automation=automation, color=color
        )
        self._tell(("indicate", number), request)

    def _tell(self, key: Hashable, request: m.Request) -> None:
        request = checked(request)
        with self._lock:
            self._check_open()
            self._connection.ask(request, m.Done, "callback")
            self._memory.told[key] = request

    # -- undo ---------------------------------------------------------------------------------------------------------

    def apply_undo(self, notice: UndoNotice, *, redo: bool = False) -> None:
        """Undo, or redo, what a notice of the kind ``change`` told; parameters then have other values.

        Raises ArgumentError for a notice that has no delta, or one that only works forwards: the whole ``state`` of
        before can undo that. Raises PluginError where the plugin refuses.
        """
        if not isinstance(notice, UndoNotice):
            raise ArgumentTypeError(f"apply_undo takes an UndoNotice, not {type(notice).__name__}")
        if not notice.delta or not (redo or notice.can_undo):
            way = "redone" if redo else "undone"
            raise ArgumentError(f"{notice.name or 'this change'!r} cannot be {way} by itself: restore a state instead")
        with self._lock:
            self.flush()
            request = a.ApplyUndo(delta=notice.delta, version=notice.version, redo=redo)
            self._values.known.update(self._connection.ask(request, m.Values, "state load").values)
            self._remember()

    def set_undo_context(
        self, *, can_undo: bool = False, can_redo: bool = False, undo_name: str = "", redo_name: str = ""
    ) -> None:
        """Tell the plugin what undo and redo would do in the DAW now; some plugins show it."""
        self._tell(
            "undo",
            a.SetUndoContext(can_undo=can_undo, can_redo=can_redo, undo_name=undo_name, redo_name=redo_name),
        )

    # -- licences -----------------------------------------------------------------------------------------------------

    def answer_license(self, notice: LicenseAsked, *, allow: bool, remember: bool = False) -> None:
        """May a licence key be validated by the server that a notice names? If so, ``load``'s validator is called now.

        ``remember`` keeps the decision for this plugin and server, also for other programs that use isobooth. Returns
        at once. Raises ArgumentError for a question that was answered, or whose plugin is gone.
        """
        if not isinstance(notice, LicenseAsked):
            raise ArgumentTypeError(f"answer_license takes a LicenseAsked, not {type(notice).__name__}")
        self._check_open()
        self._connection.booth.clerk.decide(notice.number, allow=bool(allow), remember=bool(remember))


def _check_purpose(purpose: object) -> None:
    if purpose not in PURPOSES:
        raise ArgumentError(f"purpose is {purpose!r} and must be one of {', '.join(map(repr, PURPOSES))}")
