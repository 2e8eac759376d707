"""A plugin in a catalogue: a summary at once, everything else when it is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

import msgspec

from isobooth.protocol.descriptors import (
    BusInfo,
    ControlPage,
    NoteExpressionInfo,
    NoteName,
    NotePortInfo,
    ParameterInfo,
    PluginDescriptor,
    PluginSummary,
    PresetInfo,
    VoiceInfo,
    summarize,
)

from .store import Damaged, Place, Store

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")

_decoder = msgspec.msgpack.Decoder(PluginDescriptor)
_encoder = msgspec.msgpack.Encoder()


class _Detail(Generic[T]):
    """A field of the descriptor, read through its summary."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, one: None, owner: type) -> Self: ...
    @overload
    def __get__(self, one: PluginEntry, owner: type) -> T: ...
    def __get__(self, one: PluginEntry | None, owner: type) -> T | Self:
        if one is None:
            return self
        found: T = getattr(one.describe(), self.name)
        return found


class PluginEntry(PluginSummary, kw_only=True, omit_defaults=True, dict=True):
    """One plugin of a catalogue.

    What PluginSummary has is there at once (and is what JSON and msgpack hold of it); the other fields of
    PluginDescriptor are read from the cache when one of them is asked for first, which takes the longer the more
    parameters there are.
    """

    description = _Detail[str]()
    url = _Detail[str]()
    licence = _Detail[str]()
    buses = _Detail[list[BusInfo]]()
    note_ports = _Detail[list[NotePortInfo]]()
    parameters = _Detail[list[ParameterInfo]]()
    presets = _Detail[list[PresetInfo]]()
    note_names = _Detail[list[NoteName]]()
    expressions = _Detail[list[NoteExpressionInfo]]()
    pages = _Detail[list[ControlPage]]()
    voices = _Detail[VoiceInfo | None]()
    layouts = _Detail[list[str]]()
    latency = _Detail[int | None]()
    is_in_place_broken = _Detail[bool]()
    is_hard_realtime = _Detail[bool]()
    format_version = _Detail[str]()

    @classmethod
    def of(cls, descriptor: PluginDescriptor) -> PluginEntry:
        """Return the entry of a plugin that is described already."""
        entry = msgspec.convert(summarize(descriptor), cls, from_attributes=True)
        entry.__dict__["descriptor"] = descriptor
        return entry

    def attach(self, store: Store, place: Place) -> None:
        """Say where the details are: what ``pack`` returned."""
        self.__dict__["store"], self.__dict__["place"] = store, place

    def pack(self) -> bytes:
        """Return the details as bytes, none where they are not known yet.

        Raises OSError or Damaged where the cache has lost them.
        """
        if not self.verified:
            return b""
        known = self.__dict__.get("descriptor")
        return self._piece() if known is None else _encoder.encode(known)

    def _piece(self) -> bytes:
        if "store" not in self.__dict__:
            raise Damaged("nothing is known of it")
        store: Store = self.__dict__["store"]
        return store.piece(self.__dict__["place"])

    def describe(self) -> PluginDescriptor:
        """Return all that is known of the plugin. It is looked into again where the cache turns out to be damaged.

        It is looked into for the first time, and its summary corrected, where a manifest was all that was known.

        Raises PluginLoadError where that does not work either, HostNotFound and HostFailed.
        """
        known: PluginDescriptor | None = self.__dict__.get("descriptor")
        if known is None:
            known = self.__dict__["descriptor"] = self._decoded()
            if not self.verified:
                self._correct(summarize(known))
        return known

    def _correct(self, real: PluginSummary) -> None:
        """Let the plugin's own words take the place of a manifest's."""
        for name in PluginSummary.__struct_fields__:
            setattr(self, name, getattr(real, name))

    def _decoded(self) -> PluginDescriptor:
        try:
            found = _decoder.decode(self._piece())
            if (found.format, found.path, found.id, found.index) == (self.format, self.path, self.id, self.index):
                return found
        except (OSError, Damaged, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        from .lookup import look_again  # which imports this module

        return look_again(self)

    def channels(self, direction: Literal["input", "output"]) -> int:
        """Channels of all buses of one direction together."""
        return self.input_channels if direction == "input" else self.output_channels

    @property
    def locator(self) -> str:
        """The text that means this plugin and no other."""
        return f"{self.format}:{self.path}#{self.id}"

    def __copy__(self) -> PluginEntry:
        """Return another entry with the same details."""
        twin = msgspec.structs.replace(self)
        twin.__dict__.update(self.__dict__)
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        """A pickle holds the descriptor, since the cache may be another one where it is read."""
        return PluginEntry.of, (self.describe(),)
