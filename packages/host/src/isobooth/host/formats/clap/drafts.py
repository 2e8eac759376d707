"""Drafts of CLAP on the main thread: undo (draft/undo.h), resource directories, transport requests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

from isobooth.protocol.abilities import SetUndoContext, TransportRequested, UndoNotice
from isobooth.protocol.channel import MESSAGE_BYTES
from isobooth.protocol.errors import PluginError

from ..._core import ffi, lib
from ...plugin import CData, phase
from ...scratch import make_folder, remove_folder
from ..shared.warnings import Warn
from .call import extension, text
from .display import fitting
from .remarks import Remark

MOST_DELTA_BYTES = MESSAGE_BYTES - 65536
"""Longest delta of an undo step that is passed on."""
_ONE_BEAT = 1 << 31
_MOST_FILES = 100_000

UndoKind = Literal["begin", "cancel", "change", "undo", "redo"]
_UNDO: dict[int, UndoKind] = dict(
    zip(range(lib.IB_CLAP_UNDO_BEGIN, lib.IB_CLAP_REDO + 1), get_args(UndoKind), strict=True)
)


# -- undo -------------------------------------------------------------------------------------------------------------


class Undo:
    """The undo extensions of one plugin."""

    def __init__(self, plugin: CData, warn: Warn) -> None:
        self._plugin = plugin
        self._delta = extension(plugin, "clap.undo_delta/4", "clap_plugin_undo_delta", warn)
        self._context = extension(plugin, "clap.undo_context/4", "clap_plugin_undo_context", warn)
        self._is_subscribed = False
        self._now = SetUndoContext()

    def notice(self, remark: Remark) -> UndoNotice | None:
        """What the client is told. A delta that the plugin could not take back, or that is too long, is left out."""
        kind = _UNDO.get(remark.kind)
        if kind is None:
            return None
        if kind != "change":
            return UndoNotice(kind=kind)
        version, has_delta = self._properties()
        usable = has_delta and len(remark.data) <= MOST_DELTA_BYTES
        return UndoNotice(
            kind=kind,
            name=remark.text(0),
            delta=remark.data if usable else b"",
            can_undo=usable and bool(remark.data) and bool(remark.numbers[0]),
            version=version if usable else 0,
        )

    def _properties(self) -> tuple[int, bool]:
        """Format of the plugin's deltas, and whether it has any."""
        if self._delta is None:
            return 0, False
        found = ffi.new("struct clap_undo_delta_properties *", {"format_version": lib.CLAP_INVALID_ID})
        with phase(lib.IB_PHASE_CALLBACK):
            self._delta.get_delta_properties(self._plugin, found)
        return found.format_version, bool(found.has_delta)

    def apply(self, name: str, delta: bytes, version: int, *, redo: bool) -> None:
        """Undo or redo by a delta. Raises PluginError."""
        verb = "redo" if redo else "undo"
        if self._delta is None:
            raise PluginError(f"{name!r} cannot {verb} a change by its delta: it lacks CLAP's undo-delta extension")
        if not 0 <= version <= lib.CLAP_INVALID_ID:
            raise PluginError(f"{name!r} cannot {verb} a change: {version} is no version of a delta's form")
        with phase(lib.IB_PHASE_STATE_LOAD):
            # A plugin whose deltas are not for keeping has no versions to compare.
            if version != lib.CLAP_INVALID_ID and not self._delta.can_use_delta_format_version(self._plugin, version):
                raise PluginError(f"{name!r} cannot {verb} a change: it does not know deltas of form {version}")
            call = self._delta.redo if redo else self._delta.undo
            if not call(self._plugin, version, ffi.from_buffer(delta), len(delta)):
                raise PluginError(
                    f"{name!r} could not {verb} a change of {len(delta)} bytes: its {verb}() returned false"
                )

    def subscribe(self, remark: Remark) -> None:
        """set_wants_context_updates: from now on, and at once, or no longer."""
        self._is_subscribed = bool(remark.numbers[0])
        self.set_context(self._now)

    def set_context(self, context: SetUndoContext) -> None:
        """Tell the plugin, if it wants to know."""
        self._now = context
        if self._context is None or not self._is_subscribed:
            return
        plugin, functions = self._plugin, self._context
        with phase(lib.IB_PHASE_CALLBACK):
            functions.set_can_undo(plugin, context.can_undo)
            functions.set_can_redo(plugin, context.can_redo)
            functions.set_undo_name(plugin, ffi.new("char[]", fitting(context.undo_name)))
            functions.set_redo_name(plugin, ffi.new("char[]", fitting(context.redo_name)))


# -- transport --------------------------------------------------------------------------------------------------------

_PLAIN: dict[int, TransportRequested] = {
    lib.IB_CLAP_TRANSPORT_START: TransportRequested(action="start"),
    lib.IB_CLAP_TRANSPORT_STOP: TransportRequested(action="stop"),
    lib.IB_CLAP_TRANSPORT_CONTINUE: TransportRequested(action="continue"),
    lib.IB_CLAP_TRANSPORT_PAUSE: TransportRequested(action="pause"),
    lib.IB_CLAP_TRANSPORT_TOGGLE_PLAY: TransportRequested(action="toggle-play"),
    lib.IB_CLAP_TRANSPORT_TOGGLE_LOOP: TransportRequested(action="toggle-loop"),
    lib.IB_CLAP_TRANSPORT_TOGGLE_RECORD: TransportRequested(action="toggle-record"),
}


def transport_notice(remark: Remark) -> TransportRequested | str | None:
    """What the client is told; a line for the log where the protocol has no word for it; None for other remarks."""
    first, second = remark.numbers
    if remark.kind in _PLAIN:
        return _PLAIN[remark.kind]
    if remark.kind == lib.IB_CLAP_TRANSPORT_JUMP:
        return TransportRequested(action="jump", values=[first / _ONE_BEAT])
    if remark.kind == lib.IB_CLAP_TRANSPORT_LOOP_REGION:
        return TransportRequested(action="loop-region", values=[first / _ONE_BEAT, second / _ONE_BEAT])
    if remark.kind == lib.IB_CLAP_TRANSPORT_ENABLE_LOOP:
        return TransportRequested(action="enable-loop", values=[float(first)])
    if remark.kind == lib.IB_CLAP_TRANSPORT_RECORD:
        return TransportRequested(action="record", values=[float(first)])
    if remark.kind == lib.IB_CLAP_TRANSPORT_TEMPO:
        return f"it asked for a tempo of {first / _ONE_BEAT:g} beats per minute, which is not passed on"
    if remark.kind == lib.IB_CLAP_TRANSPORT_TIME_SIGNATURE:
        return f"it asked for a time signature of {first}/{second}, which is not passed on"
    return None


# -- resource directories ---------------------------------------------------------------------------------------------


def _home(variable: str, *otherwise: str) -> Path:
    """A folder of the XDG base directory specification; relative paths there count as unset."""
    named = os.environ.get(variable, "")
    return Path(named) if os.path.isabs(named) else Path.home().joinpath(*otherwise)


def resource_folders() -> tuple[Path, Path]:
    """The shared directory of native plugins, and where their exclusive ones are made. RuntimeError without a home."""
    shared, exclusive = _home("XDG_DATA_HOME", ".local", "share"), _home("XDG_CACHE_HOME", ".cache")
    return shared / "isobooth" / "clap-resources", exclusive / "isobooth" / "clap-resources"


class Resources:
    """The directories that one plugin has asked for (draft/resource-directory.h).

    The shared one is for all plugins of this user and stays. The exclusive one lasts as long as the instance: there is
    no project here that could keep it.
    """

    def __init__(self, plugin: CData, warn: Warn, folders: Callable[[], tuple[Path, Path]]) -> None:
        self._plugin = plugin
        self._folders = folders
        self._functions = extension(plugin, "clap.resource-directory/1", "clap_plugin_resource_directory", warn)
        self._shared: Path | None = None
        self._exclusive: Path | None = None

    def give(self, remark: Remark) -> str:
        """Make the directory that was asked for and hand it over. Returns a line for the log, empty for none."""
        if self._functions is None:
            return "it asked for a resource directory but lacks the extension to be given one"
        is_shared = bool(remark.numbers[0])
        try:
            path = self._make_shared() if is_shared else self._make_exclusive()
        except (OSError, RuntimeError) as error:  # RuntimeError: there is no home
            return f"it asked for a resource directory, which could not be made: {error}"
        with phase(lib.IB_PHASE_CALLBACK):
            self._functions.set_directory(self._plugin, os.fsencode(path), is_shared)
        return "" if is_shared else f"its own resource directory {path} lasts only as long as this instance"

    def _make_shared(self) -> Path:
        if self._shared is None:
            path, _ = self._folders()
            path.mkdir(parents=True, exist_ok=True)
            self._shared = path
        return self._shared

    def _make_exclusive(self) -> Path:
        if self._exclusive is None:
            _, above = self._folders()
            above.mkdir(parents=True, exist_ok=True)
            self._exclusive = Path(make_folder(str(above), "instance"))
        return self._exclusive

    def take_back(self, remark: Remark) -> None:
        """The plugin no longer needs it; what is in an exclusive one goes with it."""
        if remark.numbers[0]:
            self._shared = None
        else:
            self.close()

    def files(self) -> list[str]:
        """Files of the shared directory that the plugin says it uses, relative to it."""
        functions, found = self._functions, list[str]()
        if functions is None or self._shared is None:
            return found
        path = ffi.new("char[4096]")
        with phase(lib.IB_PHASE_CALLBACK):
            for at in range(min(functions.get_files_count(self._plugin), _MOST_FILES)):
                found += [text(path)] if functions.get_file_path(self._plugin, at, path, len(path)) >= 0 else []
        return found

    def close(self) -> None:
        """Delete the exclusive directory. After the plugin is destroyed, or when it has given it back."""
        path, self._exclusive = self._exclusive, None
        if path is not None:
            remove_folder(str(path))
