"""What RDF files say of LADSPA plugins beyond what the plugins themselves can: categories, named values, defaults.

The files lie in the folders of LADSPA_RDF_PATH, by default /usr/local/share/ladspa/rdf and /usr/share/ladspa/rdf, as
for liblrdf. They know a plugin by its unique id and a port by the plugin's and its own number (``1407.2``), in the
vocabulary of ladspa.rdfs. Those of CAPS name the plugin itself by its label; there the numbers of the ports tell which
one it is, or, in a file called like the library, the label.

Some files count ports from 0 as ladspa.h does (CAPS, TAP), some from 1 (most of SWH, BLOP). A file that never says port
0 counts from 1, unless the kinds of ports that it tells are right more often from 0. A port whose kind is wrong does
not count, which is a warning.

Files are read when a plugin is asked for that they mention. What cannot be read is a warning to those plugins only.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from .rdf import MOST_BYTES, RDF, TYPE, RdfError, Statement, read_rdf
from .read import Description, Notes, Port, PortNotes

VARIABLE = "LADSPA_RDF_PATH"
FOLDERS = ("/usr/local/share/ladspa/rdf", "/usr/share/ladspa/rdf")
SUFFIXES = (".rdf", ".rdfs", ".n3", ".ttl")
"""What liblrdf's hosts read. Of those only RDF/XML is understood, whatever the file is called."""

_LADSPA = "http://ladspa.org/ontology#"
_DC = "http://purl.org/dc/elements/1.1/"
_SUBCLASS = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
_PORT = re.compile(re.escape(_LADSPA) + r"([0-9]{1,10})\.([0-9]{1,5})")
_NUMBERS = re.compile(rb"[;#:]([0-9]{1,10})(?![0-9])")
_PORT_0 = re.compile(rb"[;#:][0-9]+\.0(?![0-9])")
_WORDS = re.compile(rb"#([A-Za-z]\w{0,63})")
_MOST_CLASSES = 100


@dataclass(frozen=True)
class _Contents:
    """What a look at a file's bytes tells, without reading it as RDF."""

    numbers: frozenset[bytes]
    words: frozenset[bytes]
    has_port_0: bool
    has_classes: bool


@lru_cache(maxsize=64)
def _contents(path: Path, size: int, changed: int) -> _Contents:  # noqa: ARG001  (a changed file is another one)
    data = path.read_bytes() if size <= MOST_BYTES else b""
    return _Contents(
        frozenset(_NUMBERS.findall(data)),
        frozenset(_WORDS.findall(data)),
        _PORT_0.search(data) is not None,
        b"subClassOf" in data,
    )


def _files(warnings: list[str]) -> dict[Path, _Contents]:
    """The files of all folders. What cannot be opened is a warning; a folder that is not there is none."""
    found = {}
    for folder in os.environ.get(VARIABLE, "").split(":") if os.environ.get(VARIABLE) else FOLDERS:
        try:
            paths = sorted(Path(folder).iterdir()) if folder else []
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            warnings.append(f"{folder} cannot be read: {error.strerror or error}")
            continue
        for path in paths:
            if path.suffix.lower() in SUFFIXES:
                try:
                    status = path.stat()
                    found[path] = _contents(path, status.st_size, status.st_mtime_ns)
                except OSError as error:
                    warnings.append(f"{path} cannot be read: {error.strerror or error}")
    return found


@dataclass
class _Graph:
    """The statements of one file, found by what they are about."""

    about: dict[str, list[Statement]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, pattern: str, warnings: list[str]) -> _Graph:
        """What the outermost elements say in which something fits ``pattern``; nothing of a file that is wrong."""
        graph = cls()
        try:
            statements = read_rdf(path.read_bytes(), re.compile(pattern).search)
        except RdfError as error:
            warnings.append(f"{path} {error}")
            return graph
        except OSError as error:
            warnings.append(f"{path} cannot be read: {error.strerror or error}")
            return graph
        for one in statements:
            graph.about.setdefault(one.subject, []).append(one)
        return graph

    def values(self, subject: str, predicate: str) -> list[str]:
        return [one.object for one in self.about.get(subject, ()) if one.predicate == predicate]

    def first(self, subject: str, predicate: str) -> str:
        return next(iter(self.values(subject, predicate)), "").strip()


def look_up(description: Description, library: str, warnings: list[str]) -> Notes:
    """What the files say of a plugin. Nothing here raises: what is wrong with a file is added to ``warnings``."""
    number, label = description.unique_id, description.label
    files = _files(warnings)
    result = Notes()
    for path, contents in files.items():
        is_named = path.stem == Path(library).stem and label.encode() in contents.words
        if not ((number and str(number).encode() in contents.numbers) or is_named):
            continue
        graph = _Graph.read(path, rf"#(?:{number or label}(?:\.|$)|{re.escape(label)}$)", warnings)
        subject = _subject(graph, number, label if is_named else "")
        result.categories += [one for one in graph.values(subject, TYPE) if one.startswith(_LADSPA)]
        result.title = result.title or graph.first(subject, _DC + "title")
        result.maker = result.maker or graph.first(subject, _DC + "creator")
        result.licence = result.licence or graph.first(subject, _DC + "rights")
        said = _ports(graph, number, warnings)
        ports = _shifted(said, description.ports, warnings, has_port_0=contents.has_port_0)
        for index, notes in ports.items():
            result.ports[index] = result.ports[index].or_else(notes) if index in result.ports else notes
    result.categories = _categories(result.categories, files, warnings)
    return result


def _subject(graph: _Graph, unique_id: int | None, label: str) -> str:
    """The address by which a file calls the plugin, empty if it does not. A label counts if it is not empty."""
    own = f"{_LADSPA}{unique_id}"
    if unique_id and own in graph.about:
        return own
    for about in graph.about:
        if about.startswith(_LADSPA) or not any(kind.endswith("Plugin") for kind in graph.values(about, TYPE)):
            continue
        ports = [found for found in map(_PORT.fullmatch, graph.values(about, _LADSPA + "hasPort")) if found]
        if any(int(port[1]) == unique_id for port in ports):
            return about
        if label and not ports and about.rpartition("#")[2] == label:
            return about
    return ""


def _ports(graph: _Graph, unique_id: int | None, warnings: list[str]) -> dict[int, PortNotes]:
    """By number as the file counts."""
    found = {}
    for about in graph.about:
        port = _PORT.fullmatch(about)
        if unique_id and port and int(port[1]) == unique_id:
            found[int(port[2])] = _port(graph, about, warnings)
    return found


def _shifted(
    found: dict[int, PortNotes], ports: list[Port], warnings: list[str], *, has_port_0: bool
) -> dict[int, PortNotes]:
    """By number as the plugin counts, without those that the plugin does not have."""
    ways = [
        {index - first: notes for index, notes in found.items() if _is_there(index - first, notes, ports)}
        for first in ((0,) if has_port_0 else (1, 0))
    ]
    fitting = max(ways, key=len)  # the first of equals
    if len(fitting) < len(found):
        warnings.append(f"{len(found) - len(fitting)} of the {len(found)} ports in an RDF file are not the plugin's")
    return fitting


def _is_there(index: int, notes: PortNotes, ports: list[Port]) -> bool:
    return 0 <= index < len(ports) and notes.fits(ports[index])


def _port(graph: _Graph, about: str, warnings: list[str]) -> PortNotes:
    points: dict[float, str] = {}
    for scale in graph.values(about, _LADSPA + "hasScale"):
        for point in graph.values(scale, _LADSPA + "hasPoint"):
            value = _number(graph.first(point, RDF + "value"), about, warnings)
            name = graph.first(point, _LADSPA + "hasLabel")
            if value is not None and name:
                points.setdefault(value, name)
    return PortNotes(
        label=graph.first(about, _LADSPA + "hasLabel"),
        unit=graph.first(about, _LADSPA + "hasUnits").removeprefix(_LADSPA),
        kind=graph.first(about, TYPE).removeprefix(_LADSPA),
        default=_default(graph, about, warnings),
        points=points,
    )


def _default(graph: _Graph, about: str, warnings: list[str]) -> float | None:
    """The value that the default setting has for a port. Presets are settings too, and do not count."""
    for setting in graph.about:
        if _LADSPA + "Default" in graph.values(setting, TYPE):
            for given in graph.values(setting, _LADSPA + "hasPortValue"):
                if about in graph.values(given, _LADSPA + "forPort"):
                    return _number(graph.first(given, RDF + "value"), about, warnings)
    return None


def _number(text: str, about: str, warnings: list[str]) -> float | None:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    warnings.append(f"RDF has {text!r} where a number is due, for port {about.removeprefix(_LADSPA)}")
    return None


def _categories(own: list[str], files: dict[Path, _Contents], warnings: list[str]) -> list[str]:
    """The plugin's classes, and those that they are part of according to all files, without ``Plugin`` itself."""
    found = dict.fromkeys(own)
    taxonomy = [_Graph.read(path, "", warnings) for path, known in files.items() if own and known.has_classes]
    todo = list(found)
    while todo and len(found) < _MOST_CLASSES:
        below = todo.pop(0)
        for above in [one for graph in taxonomy for one in graph.values(below, _SUBCLASS)]:
            if above not in found:
                found[above] = None
                todo.append(above)
    return [kind.removeprefix(_LADSPA) for kind in found if kind not in {_LADSPA + "Plugin", ""}]
