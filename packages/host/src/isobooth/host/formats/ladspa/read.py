"""Reading what a plugin's descriptor points to: bounded, and with a word about what is not as it should be."""

from __future__ import annotations

from dataclasses import dataclass, field

from isobooth.protocol.errors import PluginLoadError

from ..._core import ffi, lib
from ...plugin import CData
from .hints import Hint

MOST_TEXT = 4096
"""Longest name, maker or copyright that is read, in bytes; more is no text that a person wrote for such a field."""
MOST_PORTS = 16384
"""More ports than this is taken for a damaged descriptor."""


@dataclass(frozen=True)
class Port:
    """One port as the plugin describes it."""

    index: int
    name: str
    is_input: bool
    is_control: bool
    hint: Hint = field(default_factory=Hint)
    is_named: bool = True
    """False: the plugin gives it no name, ``name`` is ours."""


@dataclass(frozen=True)
class PortNotes:
    """What RDF files say of one port (see notes.py)."""

    label: str = ""
    unit: str = ""
    """As they abbreviate it: ``Hz``, ``dB``, ``seconds``, ``coef``."""
    kind: str = ""
    """``InputControlPort``, ``OutputAudioPort`` and so on."""
    default: float | None = None
    points: dict[float, str] = field(default_factory=dict)
    """Values that have names, in the order of the file."""

    def fits(self, port: Port) -> bool:
        """Can this be about that port?"""
        said = {word for word in ("Input", "Output", "Control", "Audio") if word in self.kind}
        return said <= {"Input" if port.is_input else "Output", "Control" if port.is_control else "Audio"}

    def or_else(self, other: PortNotes) -> PortNotes:
        """With what only another file says."""
        return PortNotes(
            self.label or other.label,
            self.unit or other.unit,
            self.kind or other.kind,
            other.default if self.default is None else self.default,
            self.points or other.points,
        )


@dataclass
class Notes:
    """What RDF files say of one plugin; empty where none mentions it."""

    categories: list[str] = field(default_factory=list)
    """Names of classes, ``DelayPlugin``, the plugin's own before those above them."""
    title: str = ""
    maker: str = ""
    licence: str = ""
    ports: dict[int, PortNotes] = field(default_factory=dict)


@dataclass(frozen=True)
class Description:
    """One plugin of a file as its descriptor has it, in Python's terms."""

    index: int
    """Place in its file, from 0."""
    label: str
    name: str
    ports: list[Port]
    unique_id: int | None = None
    maker: str = ""
    copyright: str = ""
    is_realtime: bool = False
    is_in_place_broken: bool = False
    is_hard_realtime: bool = False
    notes: Notes = field(default_factory=Notes)


class BadDescriptor(Exception):
    """A descriptor says things that cannot be. The text is a clause: ``has no label``."""

    def __init__(self, reason: str, label: str = "") -> None:
        self.label = label
        super().__init__(reason)

    def as_load_error(self, path: str) -> PluginLoadError:
        """The same for somebody who wanted to load that plugin."""
        name = f"plugin {self.label!r} of {path}" if self.label else f"a plugin of {path}"
        return PluginLoadError(
            f"{name} {self}",
            path=path,
            plugin_id=self.label,
            phase="describe",
            hint="the plugin itself is broken: report this to its author",
        )


def read_text(pointer: CData, what: str, warnings: list[str]) -> str:
    """A C string as text; a null pointer is an empty one. Bytes that are not UTF-8 are replaced."""
    if pointer == ffi.NULL:
        return ""
    raw = ffi.string(pointer, MOST_TEXT)
    if len(raw) == MOST_TEXT:
        warnings.append(f"the {what} is longer than {MOST_TEXT} bytes and was cut")
    return str(raw.decode("utf-8", "replace"))


def read_ladspa(abi: CData, index: int, warnings: list[str]) -> Description:
    """What a ``struct ib_ladspa_abi *`` says. Raises BadDescriptor if the plugin cannot be used."""
    label = read_text(abi.label, "label", warnings)
    if not label:
        raise BadDescriptor(f"(number {index}, name {read_text(abi.name, 'name', [])!r}) has no label")
    if any(c.isspace() for c in label):
        warnings.append(f"the label {label!r} contains white space")
    _check_functions(abi, label)
    properties = abi.properties
    name = read_text(abi.name, "name", warnings)
    holder = read_text(abi.copyright, "copyright", warnings)
    return Description(
        index=index,
        label=label,
        name=name.strip() or label,
        ports=_read_ports(abi, label, warnings),
        unique_id=int(abi.unique_id),
        maker=read_text(abi.maker, "maker", warnings),
        copyright="" if holder.casefold() == "none" else holder,
        is_realtime=bool(properties & lib.IB_LADSPA_REALTIME),
        is_in_place_broken=bool(properties & lib.IB_LADSPA_INPLACE_BROKEN),
        is_hard_realtime=bool(properties & lib.IB_LADSPA_HARD_RT_CAPABLE),
    )


def _check_functions(abi: CData, label: str) -> None:
    needed = {"instantiate": abi.instantiate, "connect_port": abi.connect_port, "run": abi.run, "cleanup": abi.cleanup}
    missing = [name for name, function in needed.items() if function == ffi.NULL]
    if missing:
        raise BadDescriptor(f"has no {' and no '.join(name + '()' for name in missing)}", label)


def _read_ports(abi: CData, label: str, warnings: list[str]) -> list[Port]:
    count = int(abi.port_count)
    if count > MOST_PORTS:
        raise BadDescriptor(f"says that it has {count} ports, which cannot be", label)
    if count and abi.ports == ffi.NULL:
        raise BadDescriptor(f"has {count} ports and does not say what kind they are", label)
    if count and abi.port_names == ffi.NULL:
        warnings.append("the ports have no names")
    if count and abi.hints == ffi.NULL:
        warnings.append("the ports have no range hints")
    return [_read_port(abi, index, label, warnings) for index in range(count)]


def _read_port(abi: CData, index: int, label: str, warnings: list[str]) -> Port:
    pointer = ffi.NULL if abi.port_names == ffi.NULL else abi.port_names[index]
    name = read_text(pointer, f"name of port {index}", warnings).strip()
    called = name or f"Port {index}"
    kind = abi.ports[index]
    direction = kind & (lib.IB_LADSPA_INPUT | lib.IB_LADSPA_OUTPUT)
    rate = kind & (lib.IB_LADSPA_CONTROL | lib.IB_LADSPA_AUDIO)
    if direction not in {lib.IB_LADSPA_INPUT, lib.IB_LADSPA_OUTPUT}:
        raise BadDescriptor(f"has a port ({index}, {called!r}) that is not either input or output", label)
    if rate not in {lib.IB_LADSPA_CONTROL, lib.IB_LADSPA_AUDIO}:
        raise BadDescriptor(f"has a port ({index}, {called!r}) that is not either control or audio", label)
    hint = Hint()
    if abi.hints != ffi.NULL:
        found = abi.hints[index]
        hint = Hint(int(found.bits), float(found.lower), float(found.upper))
    return Port(index, called, direction == lib.IB_LADSPA_INPUT, rate == lib.IB_LADSPA_CONTROL, hint, bool(name))
