"""What every format answers alike whose plugins are numbered ports: LADSPA, its first proposal, LV2."""

from __future__ import annotations

from isobooth.protocol.descriptors import ParameterInfo
from isobooth.protocol.errors import ParameterError

from ..abilities import Abilities
from ..plugin import LoadRequest
from .port_texts import text_value, value_text


class PortAnswers(Abilities):
    """The part of an instance that needs its descriptor alone."""

    def _mismatch(self, request: LoadRequest) -> list[str]:
        """What the user has wished for and cannot have: channels are what the plugin's ports are."""
        found = []
        for wish, direction in ((request.inputs, "input"), (request.outputs, "output")):
            have = sum(bus.channels for bus in self.descriptor.buses if bus.direction == direction)
            if wish and wish != have:
                found.append(
                    f"{wish} {direction} channels were wished for; the plugin has {have} and cannot have others"
                )
        return found

    # -- parameters -------------------------------------------------------------------------------------------------

    def _info(self, param_id: int) -> ParameterInfo:
        for info in self.descriptor.parameters:
            if info.id == param_id:
                return info
        known = ", ".join(f"{info.id} {info.name!r}" for info in self.descriptor.parameters[:20])
        raise ParameterError(f"{self.descriptor.name!r} has no parameter {param_id} - it has {known or 'none'}")

    def value_to_text(self, param_id: int, value: float) -> str:
        """The name of the value where it has one; on or off; else with its unit. Raises ParameterError."""
        return self._write(self._info(param_id), value)

    def text_to_value(self, param_id: int, text: str) -> float:
        """The other way round. Raises ParameterError."""
        return self._understand(self._info(param_id), text)

    def _write(self, info: ParameterInfo, value: float) -> str:
        return value_text(info, value)

    def _understand(self, info: ParameterInfo, text: str) -> float:
        return text_value(info, text)

    # -- what these formats do not have -----------------------------------------------------------------------------

    def tail(self) -> int:
        """They have no way to tell: 0."""
        return 0

    def poll_fds(self) -> list[tuple[int, int]]:
        """None."""
        return []

    def on_fd(self, fd: int, events: int) -> None:
        """There are none."""

    def next_timer(self) -> float | None:
        """None."""
        return None

    def on_timers(self) -> None:
        """There are none."""
