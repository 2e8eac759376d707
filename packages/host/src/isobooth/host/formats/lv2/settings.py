"""What can be kept of an instance and given back to it: its state, and presets."""

from __future__ import annotations

import math
import os

from isobooth.protocol.errors import PluginError, StateError

from ..._core import ffi, lib
from ...abilities import Abilities
from ...plugin import CData, phase
from . import messages, presets
from .container import TAG, Saved, pack, unpack
from .describe import Model
from .host import Features
from .parameters import is_freewheel, numeric
from .paths import Job, Paths
from .presets import Preset, Target
from .read import Description, Port
from .state import State, claimed, held
from .uris import ATOM, STATE

_LOG_WARNING = 2


class Settings(Abilities):
    """The part of an instance that saves and restores it."""

    _lv2: CData
    """``struct ib_lv2 *``"""
    _mailbox: CData
    _description: Description
    _model: Model
    _listed: list[Preset]
    _features: Features | None
    _paths: Paths
    _state: State | None
    """None: the plugin has no state of its own."""

    def _set_symbol(self, symbol: str, value: float) -> None:
        found = next((one for one in self._description.ports if one.symbol == symbol), None)
        if found is not None and found.kind == "control" and found.is_input:
            if math.isfinite(value) and not is_freewheel(found):  # that one is the host's own to set
                lib.ib_lv2_set(self._lv2, found.index, value)
            return
        self._warn(f"a preset has a value for {symbol!r}, which is no control input")

    def _warn(self, text: str) -> None:
        if self._mailbox != ffi.NULL:
            lib.ib_log_push(self._mailbox, _LOG_WARNING, text.encode())

    # -- state ------------------------------------------------------------------------------------------------------

    @property
    def _is_safe(self) -> bool:
        """May restore() be called beside run()? A plugin without one has nothing to be kept out of."""
        features = self._description.required | self._description.optional
        has_own = f"{STATE}interface" in self._description.extension_data
        return not has_own or f"{STATE}threadSafeRestore" in features

    def _inputs(self) -> dict[str, float]:
        """Values of the control inputs, by symbol."""
        return {port.symbol: float(lib.ib_lv2_get(self._lv2, port.index)) for port in self._settable()}

    def _settable(self) -> list[Port]:
        """Control inputs that are the user's."""
        ports = self._description.ports
        return [one for one in ports if one.kind == "control" and one.is_input and not is_freewheel(one)]

    def _read(self) -> tuple[Saved, Job]:
        first = len(self._description.ports)
        properties = {
            one.uri: float(lib.ib_lv2_get(self._lv2, first + place))
            for place, one in enumerate(numeric(self._description))
            if one.is_writable
        }
        saved = Saved(tag=TAG, uri=self._description.uri, values=self._inputs(), properties=properties)
        job = Job()
        if self._state is not None:
            with phase(lib.IB_PHASE_STATE_SAVE):
                saved.stored = self._state.save(saved.uris, job)
            for refusal in self._state.refused:
                self._warn(f"a part of the state is left out: {refusal}")
        return saved, job

    def save_state(self) -> bytes:
        """Values, what the plugin stores, and the contents of the files that it refers to. Raises StateError."""
        saved, job = self._read()
        saved.files = self._paths.read(job)
        return pack(saved)

    def load_state(self, data: bytes) -> None:
        """Restore all of it; inputs without a value in the state go to their default.

        Raises StateError. A plugin that refuses what it is given gets back what it had.
        """
        saved = unpack(data, self._description.uri)
        before = self._read()
        job = self._paths.write(saved.files)
        try:
            self._give_back(saved, job)
        except StateError:
            self._give_back(*before)
            raise

    def _give_back(self, saved: Saved, job: Job) -> None:
        if self._state is not None and saved.stored is not None:
            with phase(lib.IB_PHASE_STATE_LOAD):
                complaint = self._state.restore(saved.stored, saved.uris, job)
            if complaint:
                self._warn(f"the plugin says of the state that it was given: {complaint}")
        for port in self._settable():
            value = saved.values.get(port.symbol, self._model.ranges[port.index].default)
            lib.ib_lv2_set(self._lv2, port.index, value)
        self._after_restore(saved)

    def _after_restore(self, saved: Saved | None) -> None:
        """Properties: ask the plugin, which has them in its state; one that stores nothing is told."""
        first = len(self._description.ports)
        for place, one in enumerate(numeric(self._description)):
            if saved is not None and one.is_writable and (saved.stored is None or one.uri in _keys(saved)):
                value = saved.properties.get(one.uri)
                if value is not None:
                    lib.ib_lv2_set(self._lv2, first + place, value)
        if self._description.properties:
            messages.send_get(self._lv2)

    # -- presets ----------------------------------------------------------------------------------------------------

    def _target(self) -> Target:
        lv2 = self._lv2
        if self._features is None:
            raise PluginError(f"{self.descriptor.name!r} is not instantiated")
        self._as_lilv = ffi.new(
            "void *[3]", [ffi.cast("void *", lv2.descriptor), ffi.cast("void *", lv2.handle), ffi.NULL]
        )
        return Target(
            uri=self._description.uri,
            instance=self._as_lilv,
            urid_map=ffi.addressof(lv2, "urid_map"),
            urid_unmap=ffi.addressof(lv2, "urid_unmap"),
            features=self._features.of_preset,
        )

    def load_preset(self, preset: str, path: str) -> None:
        """Load a preset of the list by its URI, or from a bundle, a Turtle file or an archive, or that of both.

        Any other file is given to the plugin as the value of its one property that takes a path, or of the one whose
        URI is ``preset``: so a sampler gets its sample and a convolver its impulse. A plugin may take paths of which
        its data files say nothing (LSP's samplers do); it gets those by their URI alone. Raises PluginError.
        """
        with phase(lib.IB_PHASE_STATE_LOAD):
            if path and not presets.is_preset_file(path):
                self._set_path(preset, path)
                return
            if path:
                with held(self._lv2, is_safe=self._is_safe):
                    presets.load_file(path, preset, self._target(), self._set_symbol, self._paths.folder)
            else:
                found = next((one for one in self._listed if one.info.id == preset), None)
                if found is None:
                    raise PluginError(
                        f"{self.descriptor.name!r} has no preset {preset!r} - its descriptor lists {len(self._listed)}"
                    )
                with held(self._lv2, is_safe=self._is_safe):
                    presets.load_listed(found, self._target(), self._set_symbol)
        self._after_restore(None)

    def _set_path(self, uri: str, path: str) -> None:
        if not os.path.isfile(path):
            raise PluginError(f"there is no file {path!r}")
        takes = [one for one in self._description.properties if one.is_writable and one.range == f"{ATOM}Path"]
        chosen = [one for one in takes if not uri or one.uri == uri]
        is_undeclared = not takes and ":" in uri and self._lv2.patch_port != lib.IB_PORT_NONE
        if is_undeclared:
            self._warn(f"{path!r} is sent as {uri}; the plugin's data files do not tell whether it takes that")
        elif len(chosen) != 1:
            raise PluginError(f"{path!r} is no LV2 preset, and {self._refusal([one.uri for one in takes])}")
        if not messages.send_path(self._lv2, uri if is_undeclared else chosen[0].uri, path):
            raise PluginError(
                f"{self.descriptor.name!r} cannot be told of {path!r}: there is no room for the message now"
            )

    def _refusal(self, takes: list[str]) -> str:
        name = self.descriptor.name
        if takes:
            return (
                f"it is not said what {name!r} should take it for - give one of these as the preset: {', '.join(takes)}"
            )
        if self._lv2.patch_port == lib.IB_PORT_NONE:
            return f"{name!r} takes no such file: it has no port for messages"
        return (
            f"the data files of {name!r} name no property that takes a file - give the property's URI as the preset if"
            " you know that there is one"
        )

    def save_preset(self, name: str) -> bytes:
        """A zip archive with a preset bundle (see presets.py). Raises PluginError."""
        made = os.path.join(self._paths.folder, "made")
        with phase(lib.IB_PHASE_STATE_SAVE), claimed(self._lv2):
            return presets.save(name, self._description.bundle, self._target(), self._inputs(), made)


def _keys(saved: Saved) -> frozenset[str]:
    return frozenset(one.key for one in saved.stored or ())
