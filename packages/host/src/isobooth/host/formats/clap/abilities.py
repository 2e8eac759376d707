"""What a CLAP can do beyond playing: presets, states for a purpose, other buses, display, undo."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import cast

from isobooth.protocol.abilities import (
    BusRequest,
    DescriptionChanged,
    Indicate,
    PageSuggested,
    Purpose,
    SetUndoContext,
    TrackInfo,
)
from isobooth.protocol.descriptors import NotePortInfo, PluginDescriptor
from isobooth.protocol.errors import PluginError
from isobooth.protocol.message import Message
from isobooth.protocol.messages import Log
from isobooth.protocol.web import WebResource, WebView

from ..._core import lib
from ...abilities import Abilities
from ...plugin import Activation, CData, phase
from ..shared.warnings import Warnings
from . import state
from .buses import BusControl
from .call import extension
from .display import Display
from .drafts import Resources, Undo, resource_folders, transport_notice
from .params import Parameters
from .ports import AudioPorts, Direction, read_note_ports
from .preset_load import PresetLoader, failed_notice, loaded_notice
from .remarks import Remark, take
from .runtime import on_main_thread
from .webview import WebPage

_CONTEXTS: dict[Purpose, int] = {
    "preset": lib.CLAP_STATE_CONTEXT_FOR_PRESET,
    "duplicate": lib.CLAP_STATE_CONTEXT_FOR_DUPLICATE,
    "project": lib.CLAP_STATE_CONTEXT_FOR_PROJECT,
}


class _InContext:
    """state-context.h in the shape of state.h."""

    def __init__(self, functions: CData, context: int) -> None:
        self._functions = functions
        self._context = context

    def save(self, plugin: CData, stream: CData) -> bool:
        return bool(self._functions.save(plugin, stream, self._context))

    def load(self, plugin: CData, stream: CData) -> bool:
        return bool(self._functions.load(plugin, stream, self._context))


class ClapAbilities(Abilities):
    """The half of ClapInstance that answers for Abilities."""

    _clap: CData
    _plugin: CData
    _activation: Activation | None
    _ports: AudioPorts
    _warnings: Warnings
    _state_functions: CData | None
    _note_ports: list[NotePortInfo]
    _parameters: Parameters

    def _find_abilities(self) -> None:
        """Look for the extensions; once, after init()."""
        plugin, clap, warn = self._plugin, self._clap, self._warnings.add
        self._context = extension(plugin, "clap.state-context/2", "clap_plugin_state_context", warn)
        self._purpose: Purpose = "project"
        self._control = BusControl(plugin, self.complain)
        self._display = Display(plugin, clap, warn)
        self._presets = PresetLoader(plugin, clap, warn)
        self._undo = Undo(plugin, warn)
        self._resources = Resources(plugin, warn, self.resource_folders)
        self._page = WebPage(plugin, clap, warn)
        self._said: list[Remark] = []
        self._lines: list[Log] = []
        self._is_description_new = False

    def resource_folders(self) -> tuple[Path, Path]:
        """Where resource directories are: the shared one, and the folder of exclusive ones."""
        return resource_folders()

    def complain(self, sentence: str) -> None:
        """Something odd while the client listens already."""
        self._warnings.add(sentence)
        self._lines.append(Log(level="warning", text=sentence))

    # -- description ----------------------------------------------------------------------------------------------

    @abstractmethod
    def _describe_ports(self) -> None:
        """Read buses and note ports."""

    @abstractmethod
    def _rebuild(self) -> None:
        """Make the descriptor anew of what is known."""

    def _describe_abilities(self) -> None:
        """Ask for everything that the descriptor says of them; what only an inactive plugin may be asked, if it is."""
        extras = self._clap.extras
        extras.changed &= lib.IB_CLAP_CHANGED_CONFIGS | lib.IB_CLAP_CHANGED_VOICES
        self._display.read_note_names()
        self._display.read_pages()
        if self._activation is None:
            extras.changed &= ~lib.IB_CLAP_CHANGED_CONFIGS & 0xFFFFFFFF
            self._control.read_configs()
        else:
            extras.changed &= ~lib.IB_CLAP_CHANGED_VOICES & 0xFFFFFFFF
            self._display.read_voices()

    def _renew_note_ports(self) -> None:
        """Look at the note ports; of an active plugin at their names, all that may change then (ext/note-ports.h)."""
        before = [(port.direction, port.id, port.name, port.dialects) for port in self._note_ports]
        with phase(lib.IB_PHASE_DESCRIBE):
            if self._activation is None:
                self._describe_ports()
            else:
                fresh = {(p.direction, p.id): p.name for p in read_note_ports(self._plugin, self._warnings.add)[0]}
                for port in self._note_ports:
                    port.name = fresh.get((port.direction, port.id), port.name)
        self._rebuild()
        if before != [(port.direction, port.id, port.name, port.dialects) for port in self._note_ports]:
            self._announce()

    def _announce(self) -> None:
        """Let the client know the description, soon."""
        self._is_description_new = True
        lib.ib_clap_ask(self._clap, lib.IB_ASK_CALLBACK)

    def _on_activated(self) -> None:
        """Voices are known to active plugins only."""
        if self._display.read_voices():
            self._rebuild()
            self._announce()

    def _on_deactivated(self) -> None:
        """What had to wait for that is looked at now. Scratch memory goes with the activity."""
        lib.ib_clap_scratch_release(self._clap)
        if self._clap.extras.changed:
            lib.ib_clap_ask(self._clap, lib.IB_ASK_CALLBACK)

    def _close_abilities(self) -> None:
        """After destroy(), which may have come before there was anything to close."""
        resources = getattr(self, "_resources", None)
        if resources is not None:
            resources.close()

    @property
    def tells_voices(self) -> bool:
        """Has the plugin voices that only become known once it is active?"""
        return self._display.has_voices

    def _with_abilities(self, descriptor: PluginDescriptor) -> PluginDescriptor:
        """The descriptor with what the abilities add to it."""
        shown = self._display.shown
        descriptor.note_names, descriptor.pages, descriptor.voices = shown.note_names, shown.pages, shown.voices
        descriptor.layouts = self._control.names
        descriptor.has_web_view = self._page.is_there
        return descriptor

    # -- states, presets ------------------------------------------------------------------------------------------

    def set_purpose(self, purpose: Purpose) -> None:
        """What the next states are for (ext/state-context.h)."""
        self._purpose = purpose

    def _states(self) -> CData | None:
        if self._context is None or self._state_functions is None:
            return self._state_functions
        return cast(CData, _InContext(self._context, _CONTEXTS[self._purpose]))  # it has the two functions that count

    @on_main_thread
    def save_state(self) -> bytes:
        """The plugin's state."""
        return state.save(self._plugin, self._states(), self.descriptor.name)

    @on_main_thread
    def load_state(self, data: bytes) -> None:
        """Restore it."""
        state.load(self._plugin, self._states(), self.descriptor.name, data)

    @on_main_thread
    def load_preset(self, preset: str, path: str) -> None:
        """Load a preset by the id that descriptions list, or a file. Raises PluginError in the plugin's own words."""
        self._said += self._presets.load(self.descriptor.name, preset, path)

    # -- buses ----------------------------------------------------------------------------------------------------

    @on_main_thread
    def set_buses(self, inputs: list[BusRequest], outputs: list[BusRequest]) -> None:
        """Change buses of the inactive plugin. Raises PluginError; all is as it was then."""
        name = self.descriptor.name
        if self._activation is not None:
            raise PluginError(f"the buses of {name!r} cannot change while it is active")
        requests: dict[Direction, list[BusRequest]] = {"input": inputs, "output": outputs}
        with phase(lib.IB_PHASE_DESCRIBE):
            try:
                self._control.change(name, self._ports, requests, self._reread)
            finally:
                lib.ib_clap_buses_read(self._clap)
        self._rebuild()

    def _reread(self) -> AudioPorts:
        self._describe_ports()
        return self._ports

    def wish(self, inputs: int, outputs: int) -> None:
        """Main channels that the user would like, 0 for any. A plugin that cannot have them keeps its own."""
        requests: dict[Direction, list[BusRequest]] = {"input": [], "output": []}
        wished: dict[Direction, int] = {"input": inputs, "output": outputs}
        for bus in self._ports.buses:
            channels = wished[bus.direction] if bus.is_main else 0
            wished[bus.direction] -= channels  # the first main bus gets them
            requests[bus.direction].append(BusRequest(channels=channels))
        if not any(request.channels for side in requests.values() for request in side):
            return
        try:
            self.set_buses(requests["input"], requests["output"])
        except PluginError as error:
            self._warnings.add(f"it keeps its own channels: {error}")

    # -- display, undo --------------------------------------------------------------------------------------------

    @on_main_thread
    def set_track(self, track: TrackInfo) -> None:
        """On which track the plugin sits (ext/track-info.h)."""
        with phase(lib.IB_PHASE_CALLBACK):
            self._display.set_track(track)

    @on_main_thread
    def indicate(self, indication: Indicate) -> None:
        """What the DAW does with a parameter (ext/param-indication.h). Raises ParameterError for an unknown id."""
        self._parameters.find(indication.param_id)
        with phase(lib.IB_PHASE_CALLBACK):
            self._display.indicate(indication)

    @on_main_thread
    def apply_undo(self, delta: bytes, version: int, *, redo: bool) -> None:
        """Undo or redo by a delta that a change came with. Raises PluginError."""
        self._undo.apply(self.descriptor.name, delta, version, redo=redo)

    @on_main_thread
    def set_undo_context(self, context: SetUndoContext) -> None:
        """What undo and redo would do, for plugins that have asked to know."""
        self._undo.set_context(context)

    # -- web view -------------------------------------------------------------------------------------------------

    @property
    def bundle(self) -> tuple[str, str]:
        """The plugin's own folder, and what the plugin calls it; empty texts where it has none."""
        return "", ""

    @on_main_thread
    def open_web_view(self) -> WebView:
        """Where the page starts (ext/draft/webview.h). Raises PluginError."""
        return self._page.open(self.descriptor.name, *self.bundle)

    @on_main_thread
    def web_resource(self, path: str) -> WebResource:
        """What is at a path of the page."""
        return self._page.resource(path)

    @on_main_thread
    def web_receive(self, data: bytes) -> None:
        """A message of the page. Raises PluginError."""
        self._page.receive(self.descriptor.name, data)

    @on_main_thread
    def close_web_view(self) -> None:
        """Nobody looks any more."""
        self._page.close()

    # -- what the plugin says -------------------------------------------------------------------------------------

    @on_main_thread
    def take_notices(self) -> list[Message]:
        """Everything that the plugin has said since the last call."""
        found, lost = take(self._clap.extras.heard)
        remarks, self._said = [*self._said, *found], []
        if lost:
            self.complain(f"{lost} things that it said were lost: it says too much at once")
        notices = [notice for remark in remarks if (notice := self._notice(remark)) is not None]
        if self._is_news():
            notices.append(DescriptionChanged(descriptor=self.descriptor))
        lines, self._lines = self._lines, []
        return [*notices, *lines]

    def _notice(self, remark: Remark) -> Message | None:
        kind = remark.kind
        if kind == lib.IB_CLAP_PRESET_LOADED:
            return loaded_notice(remark)
        if kind == lib.IB_CLAP_PAGE:
            return PageSuggested(id=remark.numbers[0])
        if kind == lib.IB_CLAP_UNDO_CONTEXT:
            self._undo.subscribe(remark)
            return None
        if kind == lib.IB_CLAP_DIRECTORY_RELEASED:
            self._resources.take_back(remark)
            return None
        if kind == lib.IB_CLAP_DIRECTORY_REQUESTED:
            line = self._resources.give(remark)
            return Log(level="warning", text=line) if line else None
        if kind == lib.IB_CLAP_PRESET_ERROR:
            return Log(level="error", text=failed_notice(remark))
        request = transport_notice(remark)
        if isinstance(request, str):
            return Log(level="info", text=request)
        return request or self._page.notice(remark) or self._undo.notice(remark)

    def _is_news(self) -> bool:
        """Read again what the plugin says has changed. Is the description another one?"""
        due = lib.IB_CLAP_CHANGED_NOTE_NAMES | lib.IB_CLAP_CHANGED_PAGES
        due |= lib.IB_CLAP_CHANGED_CONFIGS if self._activation is None else lib.IB_CLAP_CHANGED_VOICES
        if self._clap.extras.changed & due:
            with phase(lib.IB_PHASE_DESCRIBE):
                self._describe_abilities()
            self._rebuild()
            self._is_description_new = True
        is_new, self._is_description_new = self._is_description_new, False
        return is_new
