"""RDF/XML: from a file to its statements, as far as descriptions of LADSPA plugins use it.

Source: W3C, RDF 1.1 XML Syntax, sections 2 and 7. Containers, reification, languages and XML literals are passed over.

A file is not trusted: one that is very large, that nests deeply, or that declares entities which refer to others (with
which a kilobyte can stand for a gigabyte) or to files is refused before anything in it is expanded.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TYPE = RDF + "type"
MOST_BYTES = 4 << 20
"""A larger file is refused: those of whole plugin collections have some 200 KB."""
MOST_DEPTH = 40
MOST_ENTITY = 256
"""Characters that one entity may stand for. They abbreviate the addresses of vocabularies."""

_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_PLAIN = {"about", "resource", "ID", "nodeID", "parseType", "datatype"}
"""Attributes of the syntax itself; old files write them without a namespace."""


class RdfError(Exception):
    """A file is not what this reader takes. The text is a clause: ``is larger than …``."""


class _Enough(Exception):
    """The prologue is over."""


class Statement(NamedTuple):
    """``subject`` has the property ``predicate`` with the value ``object``."""

    subject: str
    """An address, or ``_:`` and a word for a thing without one."""
    predicate: str
    object: str
    is_literal: bool
    """``object`` is a text, not an address."""


def read_rdf(data: bytes, mentions: Callable[[str], object] | None = None) -> list[Statement]:
    """The statements of a file, in its order. Raises RdfError.

    ``mentions`` saves time: of the outermost elements only those count in which some attribute's text fits it.
    """
    import xml.etree.ElementTree as ET  # what takes long to import is only imported where there is a file to read
    from xml.parsers import expat

    if len(data) > MOST_BYTES:
        raise RdfError(f"has {len(data)} bytes; no more than {MOST_BYTES} are read")
    try:
        _check_prologue(data)
        root = ET.fromstring(data)  # noqa: S314  (what makes XML dangerous was refused before)
    except (ET.ParseError, expat.ExpatError, LookupError, ValueError) as error:
        raise RdfError(f"is not RDF/XML: {error}") from error
    things = list(root) if root.tag == f"{{{RDF}}}RDF" else [root]
    if mentions is not None:
        things = [thing for thing in things if any(map(mentions, _values(thing)))]
    return list(_Reader(root.get(_XML_BASE, "")).document(things))


def _values(thing: ET.Element) -> Iterator[str]:
    for element in thing.iter():
        yield from element.attrib.values()


def _check_prologue(data: bytes) -> None:
    """Raise RdfError for entities that stand for more than a short text of their own."""
    from xml.parsers import expat

    parser = expat.ParserCreate()

    def declared(name: str, is_parameter: int, value: str | None, *_: object) -> None:
        if is_parameter or value is None:
            raise RdfError(f"declares the entity {name!r} with text from elsewhere, which is not fetched")
        if "&" in value or "%" in value or len(value) > MOST_ENTITY:
            raise RdfError(f"declares the entity {name!r}, which is more than a short text")

    def started(*_: object) -> None:
        raise _Enough

    parser.EntityDeclHandler = declared
    parser.StartElementHandler = started
    try:
        parser.Parse(data, True)
    except _Enough:
        return


class _Reader:
    """Walks the elements: those of odd depth are things, those between them are properties of the thing around."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._blank = itertools.count()

    def document(self, things: list[ET.Element]) -> Iterator[Statement]:
        for thing in things:
            yield from self._thing(thing, self._name(thing), 0)

    def _name(self, element: ET.Element) -> str:
        """The subject that an element stands for."""
        about, inner, node = (_syntax(element, word) for word in ("about", "ID", "nodeID"))
        if about is not None:
            return self._absolute(about)
        if inner is not None:
            return f"{self._base}#{inner}"
        return f"_:{node}" if node is not None else f"_: {next(self._blank)}"

    def _absolute(self, address: str) -> str:
        if not self._base:
            return address
        from urllib.parse import urljoin

        return urljoin(self._base, address)

    def _thing(self, element: ET.Element, name: str, depth: int) -> Iterator[Statement]:
        if depth > MOST_DEPTH:
            raise RdfError(f"nests more than {MOST_DEPTH} things")
        kind = _address(element.tag)
        if kind != RDF + "Description":
            yield Statement(name, TYPE, kind, is_literal=False)
        yield from self._attributes(element, name)
        for child in element:
            yield from self._property(child, name, depth)

    def _attributes(self, element: ET.Element, name: str) -> Iterator[Statement]:
        for key, value in element.attrib.items():
            address = _address(key)
            if "{" in key and address.removeprefix(RDF) not in _PLAIN and not key.startswith("{http://www.w3.org/XML/"):
                yield Statement(name, address, value, is_literal=address != TYPE)

    def _property(self, element: ET.Element, subject: str, depth: int) -> Iterator[Statement]:
        predicate = _address(element.tag)
        resource, node, form = (_syntax(element, word) for word in ("resource", "nodeID", "parseType"))
        if resource is not None or node is not None:
            target = f"_:{node}" if resource is None else self._absolute(resource)
            yield Statement(subject, predicate, target, is_literal=False)
            yield from self._attributes(element, target)
        elif form == "Resource":
            target = f"_: {next(self._blank)}"
            yield Statement(subject, predicate, target, is_literal=False)
            for child in element:
                yield from self._property(child, target, depth + 1)
        elif len(element) and form != "Literal":
            for child in element:
                target = self._name(child)
                yield Statement(subject, predicate, target, is_literal=False)
                yield from self._thing(child, target, depth + 1)
        else:
            yield Statement(subject, predicate, (element.text or "").strip(), is_literal=True)


def _address(tag: str) -> str:
    """``{namespace}name`` put together, as RDF does it."""
    return tag[1:].replace("}", "", 1) if tag.startswith("{") else tag


def _syntax(element: ET.Element, word: str) -> str | None:
    """An attribute of RDF's syntax, None without."""
    found = element.get(f"{{{RDF}}}{word}")
    return element.get(word) if found is None else found
