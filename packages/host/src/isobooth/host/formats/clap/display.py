"""What a plugin shows and is shown: note names, voices, pages of knobs, its track, indications.

ext/note-name.h, voice-info.h, remote-controls.h, track-info.h, param-indication.h, draft/project-location.h.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from isobooth.protocol.abilities import Indicate, TrackInfo
from isobooth.protocol.descriptors import ControlPage, NoteName, VoiceInfo

from ..._core import ffi, lib
from ...plugin import CData
from ..shared.warnings import Warn
from .call import extension, text
from .layouts import AMBISONIC, MONO, QUAD, STEREO, SURROUND

MOST_NOTE_NAMES = 65536
MOST_PAGES = 4096

_AUTOMATION = {
    "none": lib.CLAP_PARAM_INDICATION_AUTOMATION_NONE,
    "present": lib.CLAP_PARAM_INDICATION_AUTOMATION_PRESENT,
    "playing": lib.CLAP_PARAM_INDICATION_AUTOMATION_PLAYING,
    "recording": lib.CLAP_PARAM_INDICATION_AUTOMATION_RECORDING,
    "overriding": lib.CLAP_PARAM_INDICATION_AUTOMATION_OVERRIDING,
}
_TRACK_KINDS = {
    "return": lib.CLAP_TRACK_INFO_IS_FOR_RETURN_TRACK,
    "bus": lib.CLAP_TRACK_INFO_IS_FOR_BUS,
    "master": lib.CLAP_TRACK_INFO_IS_FOR_MASTER,
}
_PLACES = {
    "return": lib.CLAP_PROJECT_LOCATION_RETURN_TRACK,
    "master": lib.CLAP_PROJECT_LOCATION_MASTER_TRACK,
}
_NAME_BYTES = 255
_MOST_CHANNELS = (1 << 31) - 1
_WINDOW_SYSTEMS = (b"x11", b"wayland", b"webview")
"""CLAP_WINDOW_API_*, those of Linux, and that of draft/webview.h."""

Color = tuple[int, int, int, int]


def fitting(words: str, most: int = _NAME_BYTES) -> bytes:
    """A text for a field of ``most`` bytes and a NUL, cut between characters; a NUL within ends it."""
    return words.partition("\0")[0].encode("utf-8", "replace")[:most].decode("utf-8", "ignore").encode()


def _set_color(to: CData, color: Color) -> None:
    to.red, to.green, to.blue, to.alpha = (min(max(part, 0), 255) for part in color)


@dataclass
class Shown:
    """What a plugin shows that has no other place."""

    note_names: list[NoteName] = field(default_factory=list)
    pages: list[ControlPage] = field(default_factory=list)
    voices: VoiceInfo | None = None


class Display:
    """The display extensions of one plugin."""

    def __init__(self, plugin: CData, clap: CData, warn: Warn) -> None:
        self._plugin = plugin
        self._clap = clap
        self._warn = warn
        self.shown = Shown()
        self._note_names = extension(plugin, "clap.note-name", "clap_plugin_note_name", warn)
        self._voices = extension(plugin, "clap.voice-info", "clap_plugin_voice_info", warn)
        self._pages = extension(
            plugin, ("clap.remote-controls/2", "clap.remote-controls.draft/2"), "clap_plugin_remote_controls", warn
        )
        self._indication = extension(
            plugin, ("clap.param-indication/4", "clap.param-indication.draft/4"), "clap_plugin_param_indication", warn
        )
        self._track = extension(
            plugin, ("clap.track-info/1", "clap.track-info.draft/1"), "clap_plugin_track_info", warn
        )
        self._place = extension(plugin, "clap.project-location/2", "clap_plugin_project_location", warn)

    @property
    def has_voices(self) -> bool:
        """Does the plugin tell its voices (once it is active)?"""
        return self._voices is not None

    # -- what the plugin shows ------------------------------------------------------------------------------------

    def read_note_names(self) -> None:
        """Ask for the names of keys."""
        names: list[NoteName] = []
        for at in range(self._count(self._note_names, MOST_NOTE_NAMES, "note names")):
            found = ffi.new("struct clap_note_name *")
            if self._note_names is None or not self._note_names.get(self._plugin, at, found):
                self._warn(f"its note name {at} cannot be read and was left out")
                continue
            names.append(NoteName(name=text(found.name), port=found.port, channel=found.channel, key=found.key))
        self.shown.note_names = names

    def read_pages(self) -> None:
        """Ask for the pages of remote controls."""
        pages: list[ControlPage] = []
        for at in range(self._count(self._pages, MOST_PAGES, "pages of remote controls")):
            page = ffi.new("struct clap_remote_controls_page *")
            if self._pages is None or not self._pages.get(self._plugin, at, page):
                self._warn(f"its page {at} of remote controls cannot be read and was left out")
                continue
            pages.append(
                ControlPage(
                    id=page.page_id,
                    name=text(page.page_name),
                    section=text(page.section_name),
                    params=[None if number == lib.CLAP_INVALID_ID else number for number in page.param_ids],
                    is_for_preset=bool(page.is_for_preset),
                )
            )
        self.shown.pages = pages

    def _count(self, functions: CData | None, most: int, what: str) -> int:
        count = int(functions.count(self._plugin)) if functions is not None else 0
        if count > most:
            self._warn(f"it says it has {count} {what}; the first {most} are used")
        return min(count, most)

    def read_voices(self) -> bool:
        """Ask an active plugin for its voices (voice-info.h: main-thread & active). Are they other than before?"""
        if self._voices is None:
            return False
        before, info = self.shown.voices, ffi.new("struct clap_voice_info *")
        self.shown.voices = None
        if self._voices.get(self._plugin, info):
            if not 1 <= info.voice_count <= info.voice_capacity:
                self._warn(f"it says it can play {info.voice_count} of {info.voice_capacity} voices")
            self.shown.voices = VoiceInfo(
                count=info.voice_count,
                capacity=info.voice_capacity,
                can_overlap=bool(info.flags & lib.CLAP_VOICE_INFO_SUPPORTS_OVERLAPPING_NOTES),
            )
        return self.shown.voices != before

    # -- what the plugin is shown ---------------------------------------------------------------------------------

    def indicate(self, indication: Indicate) -> None:
        """Mapping and automation of a parameter."""
        functions = self._indication
        if functions is None:
            return
        color = ffi.NULL
        if indication.color is not None:
            color = ffi.new("struct clap_color *")
            _set_color(color, indication.color)
        words = [
            ffi.new("char[]", fitting(part, 4095)) if part else ffi.NULL
            for part in (indication.label, indication.description)
        ]
        functions.set_mapping(self._plugin, indication.param_id, indication.mapped, color, *words)
        functions.set_automation(self._plugin, indication.param_id, _AUTOMATION[indication.automation], color)

    def set_track(self, track: TrackInfo) -> None:
        """Keep it for host.get and tell the plugin."""
        extras = self._clap.extras
        extras.track = ffi.new("struct clap_track_info *")[0]
        info = extras.track
        if track.name:
            info.flags |= lib.CLAP_TRACK_INFO_HAS_TRACK_NAME
            info.name = fitting(track.name)
        if track.color is not None:
            info.flags |= lib.CLAP_TRACK_INFO_HAS_TRACK_COLOR
            _set_color(info.color, track.color)
        if 0 < track.channels <= _MOST_CHANNELS:
            info.flags |= lib.CLAP_TRACK_INFO_HAS_AUDIO_CHANNEL
            info.audio_channel_count = track.channels
            kind = port_type(track.layout, track.channels)
            extras.track_type = kind.encode()
            info.audio_port_type = extras.track_type if kind else ffi.NULL
        info.flags |= _TRACK_KINDS.get(track.kind, 0)
        extras.has_track = 1
        if self._track is not None:
            self._track.changed(self._plugin)
        if self._place is not None:
            self._set_place(track)

    def _set_place(self, track: TrackInfo) -> None:
        """The path from the project to the plugin, as far as it is known: project, track, device."""
        path = ffi.new("struct clap_project_location_element[3]")
        path[0].kind = lib.CLAP_PROJECT_LOCATION_PROJECT
        path[1].kind = lib.CLAP_PROJECT_LOCATION_TRACK
        path[1].track_kind = _PLACES.get(track.kind, 0)  # 0: nobody has said
        path[1].flags = lib.CLAP_PROJECT_LOCATION_HAS_INDEX
        path[1].index = min(max(track.index, 0), 0xFFFFFFFF)
        path[1].name = fitting(track.name)
        if track.color is not None:
            path[1].flags |= lib.CLAP_PROJECT_LOCATION_HAS_COLOR
            _set_color(path[1].color, track.color)
        path[2].kind = lib.CLAP_PROJECT_LOCATION_DEVICE
        if self._place is not None:
            self._place.set(self._plugin, path, len(path))


def port_type(layout: str, channels: int) -> str:
    """CLAP's word for a layout; empty where there is none."""
    if layout in (MONO, STEREO):
        return layout
    if layout.startswith(AMBISONIC):
        return AMBISONIC
    if layout:
        return SURROUND if layout[0].isdigit() or layout in (SURROUND, QUAD) else ""
    return {1: MONO, 2: STEREO}.get(channels, "")


def has_window(plugin: CData, warn: Warn) -> bool:
    """Does it say that it can have a window here, embedded or its own (ext/gui.h)? Asking makes none."""
    gui = extension(plugin, "clap.gui", "clap_plugin_gui", warn)
    return gui is not None and any(
        gui.is_api_supported(plugin, system, floats) for system in _WINDOW_SYSTEMS for floats in (False, True)
    )
