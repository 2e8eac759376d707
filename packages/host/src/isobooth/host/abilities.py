"""What only some plugins can do. A format's instance inherits Abilities and overrides what it has."""

from __future__ import annotations

from typing import Protocol

from isobooth.protocol.abilities import BusRequest, Indicate, Purpose, SetUndoContext, TrackInfo
from isobooth.protocol.descriptors import PluginDescriptor
from isobooth.protocol.errors import PluginError
from isobooth.protocol.message import Message
from isobooth.protocol.web import WebResource, WebView


class Abilities(Protocol):
    """The answers of a plugin that can do none of it. All methods run on the main thread."""

    descriptor: PluginDescriptor

    def _cannot(self, what: str) -> PluginError:
        return PluginError(f"{self.descriptor.name!r} ({self.descriptor.format}) cannot {what}")

    def death(self) -> str:
        """Why the plugin runs no more though its process does (a sandbox has ended it); empty while it runs."""
        return ""

    # -- presets and purposes of a state --------------------------------------------------------------------------

    def load_preset(self, preset: str, path: str) -> None:
        """Load one of the descriptor's presets by id, a preset file, or the preset with that id in that file.

        Raises PluginError; nothing changed then.
        """
        raise self._cannot(f"load preset {preset or path!r}")

    def save_preset(self, name: str) -> bytes:
        """What a preset file of the format is to hold. Raises PluginError."""
        raise self._cannot(f"save its settings as preset file {name!r}")

    def set_purpose(self, purpose: Purpose) -> None:
        """What the next save_state or load_state is for. Formats that make no difference do nothing."""
        del purpose

    # -- buses ----------------------------------------------------------------------------------------------------

    def set_buses(self, inputs: list[BusRequest], outputs: list[BusRequest]) -> None:
        """Change buses; called while inactive. Raises PluginError where it refuses; then all is as it was."""
        wished = ", ".join(str(bus.channels or "as it is") for bus in [*inputs, *outputs])
        raise self._cannot(f"change the channels of its buses (wished: {wished or 'nothing'})")

    # -- display --------------------------------------------------------------------------------------------------

    def set_track(self, track: TrackInfo) -> None:
        """On which track the plugin sits. Formats and plugins that do not show it do nothing."""
        del track

    def indicate(self, indication: Indicate) -> None:
        """What the DAW does with a parameter. Formats and plugins that do not show it do nothing."""
        del indication

    # -- undo -----------------------------------------------------------------------------------------------------

    def apply_undo(self, delta: bytes, version: int, *, redo: bool) -> None:
        """Undo or redo a change of the plugin's own. Raises PluginError."""
        raise self._cannot(f"{'redo' if redo else 'undo'} a change of {len(delta)} bytes in form {version}")

    def set_undo_context(self, context: SetUndoContext) -> None:
        """What undo and redo would do. Plugins that do not show it do nothing."""
        del context

    # -- web view -------------------------------------------------------------------------------------------------

    def open_web_view(self) -> WebView:
        """Where the plugin's page starts. Raises PluginError."""
        raise self._cannot("show a page in a browser: it has none")

    def web_resource(self, path: str) -> WebResource:
        """What is at a path of the page."""
        del path
        return WebResource(found=False)

    def web_receive(self, data: bytes) -> None:
        """A message of the page. Raises PluginError where the plugin does not take it."""
        raise self._cannot(f"take a message of {len(data)} bytes from a page: it has none")

    def close_web_view(self) -> None:
        """Nobody looks at the page any more."""
        return

    # -- notifications --------------------------------------------------------------------------------------------

    def take_notices(self) -> list[Message]:
        """What the plugin has to say to the client beyond IB_ASK_*, once; asked for after every on_asked."""
        return []
