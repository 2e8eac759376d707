"""What is known of a plugin's parameters, and how they are changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from isobooth.protocol import messages as m
from isobooth.protocol.descriptors import ParameterInfo
from isobooth.protocol.events import ParamValue, encode_events

from .parameters import Parameter, Parameters

if TYPE_CHECKING:
    from .connection import Connection
    from .player import Player


class ParameterValues:
    """The owner of a plugin's ``Parameters``. Stays while booths come and go.

    ``check_open`` raises where the plugin is closed.
    """

    connection: Connection
    """The present booth; set before anything is asked."""
    player: Player
    """What carries changes to the present booth; set before anything is changed."""
    infos: list[ParameterInfo]
    bypass_parameter: Parameter | None
    """What the plugin has of its own to be bypassed."""

    def __init__(self, check_open: Callable[[], None]) -> None:
        self._check_open = check_open
        self.parameters = Parameters(self, [])
        self._known: dict[int, float] = {}
        self.hear: Callable[[], None] = lambda: None
        """Called before known values are looked at: meters may have said something that nobody has heard yet."""
        self.journal: dict[int, float] = {}
        """Values set since the last snapshot of the state: what a restart has to set again."""
        self.on_change: Callable[[], None] = lambda: None
        """Called, on any thread, when the plugin has changed parameters itself: its state is another then."""

    @property
    def known(self) -> dict[int, float]:
        """Values by parameter id, as far as they are known."""
        self.hear()
        return self._known

    @property
    def name(self) -> str:
        """The plugin's own name."""
        return self.connection.descriptor.name

    def describe(self, infos: list[ParameterInfo], values: dict[int, float]) -> None:
        """These are the parameters now, and this is what they are."""
        self.infos = infos
        self.parameters = Parameters(self, infos)
        own = next((info for info in infos if info.is_bypass and not info.is_output), None)
        self.bypass_parameter = None if own is None else self.parameters.with_id(own.id)
        self.known.update(values)

    def learn(self, values: dict[int, float], *, by_plugin: bool) -> None:
        """Parameters have these values now; what the plugin computes itself is nothing to restore."""
        self._known.update(values)
        if by_plugin:
            values = {number: value for number, value in values.items() if not self._is_output(number)}
            if values:
                self.on_change()
        self.journal.update(values)

    def _is_output(self, number: int) -> bool:
        parameter = self.parameters.with_id(number)
        return parameter is not None and parameter.is_output

    def forget(self, saved: dict[int, float]) -> None:
        """These have been saved with the state: no need to set them again, unless they are others by now."""
        for number, value in saved.items():
            if self.journal.get(number) == value:
                del self.journal[number]

    def repeat(self, journal: dict[int, float]) -> int:
        """Set again what was set, as far as the parameters still exist. How many."""
        count = 0
        for number, value in journal.items():
            parameter = self.parameters.with_id(number)
            if parameter is not None:
                self.set_parameter(parameter.info, value)
                count += 1
        return count

    # -- for the parameters: see ParameterOwner -----------------------------------------------------------------------

    def parameter_value(self, number: int) -> float:
        """What a parameter is, as far as is known here; its default if nothing is."""
        value = self.known.get(number)
        return self.parameters[number].default if value is None else value

    def set_parameter(self, info: ParameterInfo, value: float) -> None:
        """Change a parameter with the next block, or before the next request."""
        self._check_open()
        _, encoded = encode_events([ParamValue(info.id, value)], int)
        self.player.outgoing.pending.extend(encoded)
        self.known[info.id] = value
        self.journal[info.id] = value

    def parameter_text(self, number: int, value: float) -> str:
        """As the plugin writes it."""
        self._check_open()
        reply = self.connection.ask(m.ValuesToText(values=[(number, value)]), m.Texts, "parameter")
        return reply.texts[0] if reply.texts else ""

    def parameter_from_text(self, number: int, text: str) -> float:
        """As the plugin reads it. Raises ParameterError where it does not."""
        self._check_open()
        return self.connection.ask(m.TextToValue(param_id=number, text=text), m.Value, "parameter").value
