"""What the data files say of one plugin, read into plain structs. No code of the plugin runs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from isobooth.protocol.errors import PluginLoadError

from ...plugin import CData
from .uris import (
    ATOM,
    CORE,
    DOAP,
    EVENT,
    FOAF,
    GROUPS,
    OPTIONS,
    PATCH,
    RDF_TYPE,
    RDF_VALUE,
    RDFS,
    RESIZE,
    STATE,
    UI,
    UNITS,
)
from .world import Subject, Term, World

KINDS = {
    f"{CORE}AudioPort": "audio",
    f"{CORE}ControlPort": "control",
    f"{CORE}CVPort": "cv",
    f"{ATOM}AtomPort": "atom",
    f"{EVENT}EventPort": "event",
}
"""Classes of ports that are understood; a port of another kind can only be left unconnected."""
MOST_PORTS = 65536
_LSP_PORTS = "/ports#"
_LSP_WRONG = f"http://lsp-plug.in/{_LSP_PORTS}"


@dataclass(frozen=True)
class Scale:
    """What a number may be. None: the data files do not say."""

    minimum: float | None = None
    maximum: float | None = None
    default: float | None = None
    points: tuple[tuple[float, str], ...] = ()
    unit: str = ""
    """URI of a unit that everybody knows, or empty."""
    unit_symbol: str = ""
    """Of a unit that the plugin has brought along."""
    properties: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Group:
    """Ports that belong together: pg:Group."""

    key: str
    name: str
    classes: frozenset[str]
    symbol: str = ""
    side_chain_of: str = ""


@dataclass(frozen=True)
class Port:
    """One port."""

    index: int
    symbol: str
    name: str
    kind: str
    """A value of KINDS; empty for one of an unknown class."""
    classes: frozenset[str]
    is_input: bool
    scale: Scale = Scale()
    designation: str = ""
    supports: frozenset[str] = frozenset()
    """What the events of an event port are."""
    buffer_type: str = ""
    minimum_bytes: int = 0
    group: Group | None = None

    def has(self, *properties: str) -> bool:
        """Does it have one of these properties?"""
        return not self.scale.properties.isdisjoint(properties)

    @property
    def is_optional(self) -> bool:
        """May it be left unconnected?"""
        return self.has(f"{CORE}connectionOptional")


@dataclass(frozen=True)
class Property:
    """A parameter that is set and told by messages: patch:writable, patch:readable."""

    uri: str
    name: str
    range: str
    """URI of the type of its values."""
    is_writable: bool
    is_readable: bool
    scale: Scale = Scale()


@dataclass(frozen=True)
class Description:
    """Everything that the data files say of one plugin."""

    uri: str
    bundle: str
    """Absolute path of its folder, without a slash at the end."""
    binary: str
    """Absolute path of its library; empty where none is named."""
    name: str
    vendor: str = ""
    url: str = ""
    licence: str = ""
    comment: str = ""
    minor: int = 0
    micro: int = 0
    index: int = 0
    classes: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    required_options: frozenset[str] = frozenset()
    extension_data: frozenset[str] = frozenset()
    ports: tuple[Port, ...] = ()
    properties: tuple[Property, ...] = ()
    main_groups: frozenset[str] = frozenset()
    has_gui: bool = False
    has_default_state: bool = False
    replaces: tuple[str, ...] = ()
    warnings: list[str] = field(default_factory=list)


def read_plugin(world: World, uri: str, plugin: CData, index: int = 0) -> Description:
    """Read one plugin. Raises PluginLoadError for a description that no host can use."""
    bundle = world.read_plugin(plugin).rstrip("/") or "/"
    warnings: list[str] = []
    binary = world.value(uri, f"{CORE}binary")
    minor, micro = (world.number(uri, f"{CORE}{word}Version") for word in ("minor", "micro"))
    makers = [*world.values(uri, f"{DOAP}maintainer"), *world.values(uri, f"{DOAP}developer")]
    project = world.value(uri, f"{CORE}project")
    if not makers and project is not None:
        makers = [*world.values(project, f"{DOAP}maintainer"), *world.values(project, f"{DOAP}developer")]
    names = [world.text(maker, f"{FOAF}name") for maker in makers]
    name = world.text(uri, f"{DOAP}name", f"{RDFS}label")
    if not name:
        warnings.append("the plugin has no doap:name; its URI stands in for it")
    return Description(
        uri=uri,
        bundle=bundle,
        binary="" if binary is None else world.path_of(binary.text),
        name=name or uri,
        vendor=next(filter(None, names), ""),
        url=world.text(uri, f"{DOAP}homepage") or next((world.text(m, f"{FOAF}homepage") for m in makers), ""),
        licence=world.text(uri, f"{DOAP}license", f"{DOAP}licence"),
        comment=world.text(uri, f"{RDFS}comment", f"{DOAP}shortdesc", f"{DOAP}description"),
        minor=_whole(minor),
        micro=_whole(micro),
        index=index,
        classes=world.texts(uri, RDF_TYPE),
        required=world.texts(uri, f"{CORE}requiredFeature"),
        optional=world.texts(uri, f"{CORE}optionalFeature"),
        required_options=world.texts(uri, f"{OPTIONS}requiredOption"),
        extension_data=world.texts(uri, f"{CORE}extensionData"),
        ports=tuple(_ports(world, uri)),
        properties=tuple(_properties(world, uri)),
        main_groups=world.texts(uri, f"{GROUPS}mainInput") | world.texts(uri, f"{GROUPS}mainOutput"),
        has_gui=world.value(uri, f"{UI}ui") is not None,
        has_default_state=world.value(uri, f"{STATE}state") is not None,
        replaces=tuple(sorted(world.texts(uri, "http://purl.org/dc/terms/replaces"))),
        warnings=warnings,
    )


def _whole(number: float | None) -> int:
    return int(number) if number is not None and math.isfinite(number) else 0


def _bad(uri: str, what: str) -> PluginLoadError:
    return PluginLoadError(f"the description of {uri} cannot be used: {what}", plugin_id=uri, phase="describe")


def _ports(world: World, uri: str) -> list[Port]:
    found: dict[int, Port] = {}
    groups: dict[str, Group] = {}
    for term in world.values(uri, f"{CORE}port"):
        index = world.number(term, f"{CORE}index")
        if index is None or index != index // 1 or not 0 <= index < MOST_PORTS:
            raise _bad(uri, f"a port has the lv2:index {index}, which is no number of a port")
        if int(index) in found:
            raise _bad(uri, f"two ports have the lv2:index {int(index)}")
        found[int(index)] = _port(world, uri, term, int(index), groups)
    missing = next((number for number in range(len(found)) if number not in found), None)
    if missing is not None:
        raise _bad(uri, f"it has {len(found)} ports, but none with the lv2:index {missing}")
    return [found[number] for number in sorted(found)]


def _port(world: World, uri: str, term: Term, index: int, groups: dict[str, Group]) -> Port:
    classes = world.texts(term, RDF_TYPE)
    symbol = world.text(term, f"{CORE}symbol")
    if not symbol:
        raise _bad(uri, f"port {index} has no lv2:symbol")
    is_input = f"{CORE}InputPort" in classes
    if is_input == (f"{CORE}OutputPort" in classes):
        raise _bad(uri, f"port {index} ({symbol}) is {'both' if is_input else 'neither'} an input and an output")
    kind = next((known for name, known in KINDS.items() if name in classes), "")
    events = kind in {"atom", "event"}
    minimum = world.number(term, f"{RESIZE}minimumSize") if events else None
    return Port(
        index=index,
        symbol=symbol,
        name=world.text(term, f"{CORE}name", f"{RDFS}label") or symbol,
        kind=kind,
        classes=classes,
        is_input=is_input,
        scale=read_scale(world, term)
        if kind == "control"
        else Scale(properties=world.texts(term, f"{CORE}portProperty")),
        designation=world.text(term, f"{CORE}designation"),
        supports=world.texts(
            term, f"{ATOM if kind == 'atom' else EVENT}{'supports' if kind == 'atom' else 'supportsEvent'}"
        )
        if events
        else frozenset(),
        buffer_type=world.text(term, f"{ATOM}bufferType") if kind == "atom" else "",
        minimum_bytes=_whole(minimum),
        group=_group(world, term, groups),
    )


def _group(world: World, port: Term, groups: dict[str, Group]) -> Group | None:
    term = world.value(port, f"{GROUPS}group")
    if term is None:
        return None
    known = groups.get(term.text)
    if known is None:
        known = groups[term.text] = Group(
            key=term.text,
            name=world.text(term, f"{CORE}name", f"{RDFS}label"),
            classes=world.texts(term, RDF_TYPE),
            symbol=world.text(term, f"{CORE}symbol"),
            side_chain_of=world.text(term, f"{GROUPS}sideChainOf"),
        )
    return known


def read_scale(world: World, term: Subject) -> Scale:
    """Range, default, named values and unit of a control port or a parameter."""
    unit = world.value(term, f"{UNITS}unit")
    symbol = ""
    if unit is not None and not unit.text.startswith(UNITS):
        render = world.text(unit, f"{UNITS}render")
        symbol = world.text(unit, f"{UNITS}symbol") or render.rpartition("%f")[2].strip().replace("%%", "%")
    return Scale(
        minimum=world.number(term, f"{CORE}minimum"),
        maximum=world.number(term, f"{CORE}maximum"),
        default=world.number(term, f"{CORE}default"),
        points=tuple(_points(world, term)),
        unit=unit.text if unit is not None and unit.kind == "uri" else "",
        unit_symbol=symbol,
        properties=world.texts(term, f"{CORE}portProperty"),
    )


def _points(world: World, term: Subject) -> Iterator[tuple[float, str]]:
    found: dict[float, str] = {}
    for point in world.values(term, f"{CORE}scalePoint"):
        value = world.number(point, RDF_VALUE)
        if value is not None and math.isfinite(value):
            found.setdefault(value, world.text(point, f"{RDFS}label", f"{CORE}name") or f"{value:g}")
    yield from sorted(found.items())


def _meant(name: str, plugin: str) -> str:
    """The URI of a property as the plugin's library has it. LSP's data files (1.2.5) leave the plugin out of it."""
    return f"{plugin}{_LSP_PORTS}{name.removeprefix(_LSP_WRONG)}" if name.startswith(_LSP_WRONG) else name


def _properties(world: World, uri: str) -> list[Property]:
    writable, readable = (world.texts(uri, f"{PATCH}{word}") for word in ("writable", "readable"))
    default_state = world.value(uri, f"{STATE}state")
    found = []
    for one in sorted(writable | readable):
        scale = read_scale(world, one)
        if scale.default is None and default_state is not None:
            default = world.number(default_state, one)
            scale = Scale(**{**scale.__dict__, "default": default})
        found.append(
            Property(
                uri=_meant(one, uri),
                name=world.text(one, f"{RDFS}label", f"{CORE}name") or one,
                range=world.text(one, f"{RDFS}range"),
                is_writable=one in writable,
                is_readable=one in readable,
                scale=scale,
            )
        )
    return found
