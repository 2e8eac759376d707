"""The null format: a plugin that passes everything through. For tests, benchmarks and measuring a machine."""

from __future__ import annotations

from isobooth.protocol.descriptors import BusInfo, NotePortInfo, PluginDescriptor, ScanReport
from isobooth.protocol.errors import ParameterError, PluginNotFound, StateError

from ..._core import ffi, lib
from ...abilities import Abilities
from ...plugin import Activation, LoadRequest, Operations

_DIALECTS = ["clap", "midi", "midi2", "mpe"]
_NAMES = {1: "mono", 2: "stereo"}


def describe(inputs: int, outputs: int) -> PluginDescriptor:
    """The descriptor of a pass-through of so many channels."""
    buses = []
    if inputs:
        buses.append(BusInfo(index=0, name="in", channels=inputs, direction="input", layout=_NAMES.get(inputs, "")))
    if outputs:
        buses.append(BusInfo(index=0, name="out", channels=outputs, direction="output", layout=_NAMES.get(outputs, "")))
    for bus in buses:
        bus.supports_float64 = True
    return PluginDescriptor(
        format="null",
        path="",
        id="pass",
        name="Pass Through",
        vendor="isobooth",
        description="Passes audio and events through unchanged.",
        features=["utility"],
        buses=buses,
        note_ports=[
            NotePortInfo(index=0, name="in", direction="input", dialects=_DIALECTS),
            NotePortInfo(index=0, name="out", direction="output", dialects=_DIALECTS),
        ],
        has_state=True,
    )


class NullPlugin(Abilities):
    """See PluginInstance. Its state is any bytes."""

    def __init__(self, request: LoadRequest) -> None:
        self.descriptor = describe(request.inputs or 2, request.outputs or 2)
        self.warnings: list[str] = []
        self._state = b""
        self._plugin = ffi.new("struct ib_null *")

    def activate(self, activation: Activation) -> None:
        self._plugin.inputs = self.descriptor.channels("input")
        self._plugin.outputs = self.descriptor.channels("output")
        self._plugin.sample_bytes = activation.sample_bytes

    def operations(self) -> Operations:
        return Operations(ffi.addressof(lib.ib_null_operations), ffi.cast("void *", self._plugin))

    def deactivate(self) -> None:
        """Nothing to undo."""

    def latency(self) -> int:
        return 0

    def tail(self) -> int:
        return 0

    def describe(self) -> PluginDescriptor:
        return self.descriptor

    def values(self) -> dict[int, float]:
        return {}

    def value_to_text(self, param_id: int, value: float) -> str:
        raise ParameterError(f"the null plugin has no parameter {param_id} (asked for the text of {value!r})")

    def text_to_value(self, param_id: int, text: str) -> float:
        raise ParameterError(f"the null plugin has no parameter {param_id} (asked for the value of {text!r})")

    def save_state(self) -> bytes:
        return self._state

    def load_state(self, data: bytes) -> None:
        if not isinstance(data, bytes):
            raise StateError("a state is bytes")
        self._state = data

    def set_offline(self, offline: bool) -> None:
        """The null plugin does the same either way."""

    def buses(self) -> list[BusInfo]:
        return self.descriptor.buses

    def poll_fds(self) -> list[tuple[int, int]]:
        return []

    def on_fd(self, fd: int, events: int) -> None:
        """There are none."""

    def next_timer(self) -> float | None:
        return None

    def on_timers(self) -> None:
        """There are none."""

    def on_asked(self, asked: int) -> int:
        return asked

    def close(self) -> None:
        """Nothing to free."""


def scan(path: str, report: ScanReport) -> None:
    """The null format has one plugin, whatever the path."""
    del path
    report.plugins.append(describe(2, 2))


def load(request: LoadRequest) -> NullPlugin:
    """A pass-through with the wished numbers of channels (2 where none is wished)."""
    if request.plugin_id not in {"", "pass"}:
        raise PluginNotFound(
            f"the null format has no plugin {request.plugin_id!r}",
            plugin_id=request.plugin_id,
            hint="it has 'pass' alone",
        )
    return NullPlugin(request)
