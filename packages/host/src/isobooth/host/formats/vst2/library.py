"""The file of a VST2: its entry and what that makes. A shell holds several plugins; the host is asked which to make."""

from __future__ import annotations

import os
from dataclasses import dataclass

from isobooth.protocol.errors import PluginLoadError, PluginNotFound, did_you_mean
from isobooth.protocol.phases import phase_name

from ... import __version__
from ..._core import ffi, lib
from ...library import Library
from ...plugin import CData, LoadRequest, phase
from .effect import Effect, id_text, means

FORMAT = "vst2"
MOST_PLUGINS = 1024
"""Plugins of one shell that are used."""
MOST_CHANNELS = 1024
MOST_PARAMETERS = 100_000
MOST_PROGRAMS = 10_000
_MOST_FRAMES = 2**31 - 1
_MOST_LISTED = 20


@dataclass(frozen=True)
class Listed:
    """One plugin of a file."""

    unique_id: int
    name: str
    index: int


class Module:
    """A library with its entry. ``close`` unloads it."""

    def __init__(self, path: str) -> None:
        """Raises PluginNotFound or PluginLoadError."""
        self._library = Library(path)
        self.path = self._library.path
        try:
            entry = self._library.find("VSTPluginMain")
            if entry is None and "main" in self._library.exports():
                entry = self._library.find("main")  # what plugins exported before 2.4
            if entry is None:
                entry = self._library.entry("VSTPluginMain", "VST2")
        except PluginLoadError:
            self._library.close()
            raise
        self._entry = ffi.cast("struct vst2_effect *(*)(void *)", entry)

    def close(self) -> None:
        """Unload. A second call does nothing."""
        self._library.close()

    def error(self, message: str, *, cause: str = "", hint: str = "", number: int | None = None) -> PluginLoadError:
        """What is wrong with this file, or with one plugin of it."""
        return PluginLoadError(
            f"{self.path} {message}",
            path=self.path,
            plugin_id="" if number is None else id_text(number),
            phase=phase_name(lib.IB_PHASE_INSTANTIATE),
            tried=["VSTPluginMain()"],
            cause=cause,
            hint=hint or "what the plugin printed may say why",
        )

    def make(self, request: LoadRequest, unique_id: int = 0) -> tuple[CData, Effect]:
        """Call the entry and open what it makes: the C half and the effect, not yet looked at further.

        ``unique_id`` is what a shell is told to make; 0: the shell itself. Raises PluginLoadError.
        """
        vst2 = lib.ib_vst2_new(request.mailbox)
        if vst2 == ffi.NULL:
            raise self.error(
                "cannot be loaded: there is no memory for it, or there are too many of them in one process"
            )
        tell_host(vst2, request.sample_rate, request.block_size)
        vst2.current_id = unique_id - 2**32 if unique_id >= 2**31 else unique_id
        folder = os.fsencode(os.path.dirname(self.path))[: ffi.sizeof(vst2.directory) - 1]
        ffi.memmove(vst2.directory, folder, len(folder))
        try:
            effect = self._enter(unique_id)
        except PluginLoadError:
            lib.ib_vst2_free(vst2)
            raise
        lib.ib_vst2_set_effect(vst2, effect.pointer)
        with phase(lib.IB_PHASE_INSTANTIATE):
            effect.call(lib.VST2_OPEN)
            effect.call(lib.VST2_SET_SAMPLE_RATE, opt=request.sample_rate)
            effect.call(lib.VST2_SET_BLOCK_SIZE, value=int(vst2.block_size))
        return vst2, effect

    def _enter(self, unique_id: int) -> Effect:
        callback = ffi.addressof(lib, "ib_vst2_host")
        with phase(lib.IB_PHASE_ENTRY):
            pointer = self._entry(ffi.cast("void *", callback))
        number = unique_id or None
        if pointer == ffi.NULL:
            raise self.error("would not make its plugin: its entry returned NULL", number=number)
        if pointer.magic != lib.VST2_MAGIC:
            raise self.error(
                f"is no VST2 plugin: its entry returned something that begins with {pointer.magic & 0xFFFFFFFF:#010x},"
                " not with 'VstP'",
                number=number,
            )
        reason = _unusable(pointer)
        if reason:
            raise self.error(f"cannot be used: {reason}", number=number, hint="another version of the plugin may do")
        return Effect(pointer)

    @staticmethod
    def end(vst2: CData, effect: Effect) -> None:
        """Close the effect, which frees itself, and the C half."""
        lib.ib_vst2_set_state(vst2, lib.IB_VST2_CLOSING)
        with phase(lib.IB_PHASE_DESTROY):
            effect.call(lib.VST2_CLOSE)
        lib.ib_vst2_set_effect(vst2, ffi.NULL)
        lib.ib_vst2_free(vst2)


def tell_host(vst2: CData, sample_rate: float, block_size: int) -> None:
    """What the plugin is told when it asks for rate and block size; and who we are."""
    vst2.sample_rate, vst2.block_size = sample_rate, min(max(block_size, 1), _MOST_FRAMES)
    vst2.vendor_version = version_number(__version__)


def version_number(text: str) -> int:
    """``1.2.3`` as 1230, the way hosts tell it; words count as 0."""
    parts = [int(part) if part.isdecimal() else 0 for part in [*text.split("."), "0", "0", "0"][:3]]
    return min(parts[0], 99) * 1000 + min(parts[1], 9) * 100 + min(parts[2], 9) * 10


def _unusable(effect: CData) -> str:
    """Why an effect cannot be used, as a clause; empty if it can."""
    if effect.dispatcher == ffi.NULL:
        return "it has no dispatcher"
    if effect.param_count > 0 and ffi.NULL in (effect.set_parameter, effect.get_parameter):
        return "it has parameters, but no functions for them"
    for count, what in ((effect.inputs, "inputs"), (effect.outputs, "outputs")):
        if not 0 <= count <= MOST_CHANNELS:
            return f"it says that it has {count} {what}"
    replaces = effect.flags & lib.VST2_FLAG_CAN_REPLACE and effect.process_replacing != ffi.NULL
    if not replaces and effect.process == ffi.NULL:
        return "it has no function that processes"
    return ""


def is_shell(effect: Effect) -> bool:
    """Does it hold other plugins and none of its own?"""
    return effect.call(lib.VST2_GET_CATEGORY) == lib.VST2_CATEGORY_SHELL


def list_shell(effect: Effect, warn: list[str]) -> list[Listed]:
    """The plugins of a shell, each id once."""
    found: dict[int, Listed] = {}
    for index in range(MOST_PLUGINS):
        with phase(lib.IB_PHASE_DESCRIBE):
            number, name = effect.ask_text(lib.VST2_SHELL_NEXT)
        number &= 0xFFFFFFFF
        if number == 0:
            return list(found.values())
        if number in found:
            warn.append(f"its shell lists plugin {id_text(number)} twice; what follows is left out")
            return list(found.values())
        found[number] = Listed(number, name or id_text(number), index)
    warn.append(f"its shell lists more than {MOST_PLUGINS} plugins; the others are left out")
    return list(found.values())


def choose(path: str, listed: list[Listed], plugin_id: str) -> Listed:
    """The plugin that an id means, or its name if only one has it; an empty one means the only plugin.

    Raises PluginNotFound, which lists what there is.
    """
    by_id = [one for one in listed if plugin_id and means(plugin_id, one.unique_id)]
    by_name = [one for one in listed if plugin_id and one.name == plugin_id]
    for found in (by_id, by_name, [] if plugin_id else listed):
        if len(found) == 1:
            return found[0]
    names = [f"{id_text(one.unique_id)} {one.name!r}" for one in listed]
    shown = ", ".join(names[:_MOST_LISTED]) + (f" and {len(names) - _MOST_LISTED} more" if len(names) > 20 else "")
    known = [id_text(one.unique_id) for one in listed] + [one.name for one in listed]
    raise PluginNotFound(
        f"{path} " + (f"has no plugin {plugin_id!r}" if plugin_id else f"holds {len(listed)} plugins"),
        path=path,
        plugin_id=plugin_id,
        phase=phase_name(lib.IB_PHASE_LOAD),
        tried=[f"it has: {shown}"] if names else [],
        hint=did_you_mean(plugin_id, known) if plugin_id else "name one: path#id",
    )
