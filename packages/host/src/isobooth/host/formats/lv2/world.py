"""The data files of LV2 bundles as one graph that can be asked questions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from isobooth.protocol.errors import PluginLoadError

from ..._core import ffi
from ...plugin import CData
from .lilv import lilv
from .uris import DYN_MANIFEST, RDF_TYPE

if TYPE_CHECKING:
    from typing_extensions import Self

_LANGUAGE_VARIABLE = "LANG"
_OPTION_DYN_MANIFEST = "http://drobilla.net/ns/lilv#dyn-manifest"
_TRUTHS = {"true": 1.0, "false": 0.0}
_NUMBERS = ("lilv_node_is_int", "lilv_node_is_float")


def number_of(text: str) -> float | None:
    """The number that a literal's text stands for, true and false included; None for any other text."""
    if text in _TRUTHS:
        return _TRUTHS[text]
    try:
        return float(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Term:
    """A node of the graph: what something is, or what is said of it."""

    text: str
    """The URI, the name of a nameless node, or the text of a literal as it is written."""
    kind: str = "uri"
    """``uri``, ``blank``, ``number``, ``bool`` or ``text``."""
    node: CData | None = field(default=None, compare=False, repr=False)
    """Of nameless nodes, which only lilv can find again."""

    @property
    def number(self) -> float | None:
        """As a number; None for what is none."""
        return None if self.kind in {"uri", "blank"} else number_of(self.text)


Subject = Term | str
"""A str is a URI."""


class World:
    """A graph, filled by loading bundles. Use it in a with-block.

    Texts in several languages count in the one without a language tag, whatever the user's: a parameter's name is the
    same on every machine. The variable that lilv takes the language from is set aside for as long as the world lives.
    """

    def __init__(self) -> None:
        self._lilv = lilv()
        self._language = os.environ.get(_LANGUAGE_VARIABLE)
        os.environ[_LANGUAGE_VARIABLE] = "C"
        self._asks = True
        self._owned: list[CData] = []
        self._uris: dict[str, CData] = {}
        self.pointer: CData = self._lilv.lilv_world_new()
        yes = self._own(self._lilv.lilv_new_bool(self.pointer, True))
        self._lilv.lilv_world_set_option(self.pointer, _OPTION_DYN_MANIFEST.encode(), yes)

    def _own(self, node: CData) -> CData:
        self._owned.append(node)
        return node

    def uri(self, uri: str) -> CData:
        """The node of a URI, valid as long as the world."""
        known = self._uris.get(uri)
        if known is None:
            known = self._uris[uri] = self._own(self._lilv.lilv_new_uri(self.pointer, os.fsencode(uri)))
        return known

    # -- load -------------------------------------------------------------------------------------------------------

    def load_bundle(self, folder: str) -> None:
        """Read a bundle's manifest; further files are read when they are needed."""
        path = os.fsencode(os.path.join(folder, ""))
        node = self._own(self._lilv.lilv_new_file_uri(self.pointer, ffi.NULL, path))
        self._lilv.lilv_world_load_bundle(self.pointer, node)

    def load_all(self) -> None:
        """Read the manifests of all bundles in LV2_PATH, or in the usual folders."""
        self._lilv.lilv_world_load_all(self.pointer)

    def load_resource(self, subject: str) -> None:
        """Read the files that a thing's rdfs:seeAlso names, for instance a preset's."""
        self._lilv.lilv_world_load_resource(self.pointer, self.uri(subject))

    # -- ask --------------------------------------------------------------------------------------------------------

    def plugins(self) -> dict[str, CData]:
        """The plugins that the loaded manifests list, by URI, in lilv's order. Reads none of their other files."""
        found = {}
        plugins = self._lilv.lilv_world_get_all_plugins(self.pointer)
        at = self._lilv.lilv_plugins_begin(plugins)
        while not self._lilv.lilv_plugins_is_end(plugins, at):
            plugin = self._lilv.lilv_plugins_get(plugins, at)
            found[self._text(self._lilv.lilv_plugin_get_uri(plugin))] = plugin
            at = self._lilv.lilv_plugins_next(plugins, at)
        return found

    def read_plugin(self, plugin: CData) -> str:
        """Read all files of a plugin into the graph. Returns its bundle's folder, with a slash at the end."""
        self._lilv.lilv_plugin_get_num_ports(plugin)
        return self.path(self._lilv.lilv_plugin_get_bundle_uri(plugin))

    def values(self, subject: Subject, predicate: str) -> list[Term]:
        """Everything that the graph says of a thing in one respect."""
        return [self._term(node) for node in self._find(subject, predicate)]

    def value(self, subject: Subject, predicate: str) -> Term | None:
        """The first of them, None if there is none."""
        return next((self._term(node) for node in self._find(subject, predicate)), None)

    def text(self, subject: Subject, *predicates: str) -> str:
        """The first of them as a text, in the first respect that has one; empty if there is none."""
        for predicate in predicates:
            for node in self._find(subject, predicate):
                if not self._lilv.lilv_node_is_blank(node):
                    return self._text(node).strip()
        return ""

    def number(self, subject: Subject, predicate: str) -> float | None:
        """The first of them as a number; None if there is none, or it is no number."""
        node = self._lilv.lilv_world_get(self.pointer, self._node(subject), self.uri(predicate), ffi.NULL)
        if node == ffi.NULL:
            return None
        text = self._text(node)
        self._lilv.lilv_node_free(node)
        return number_of(text)

    def texts(self, subject: Subject, predicate: str) -> frozenset[str]:
        """All of them as texts: the URIs of classes, properties and the like."""
        return frozenset(map(self._text, self._find(subject, predicate)))

    def instances(self, of: str) -> list[Term]:
        """Things of a class."""
        nodes = self._lilv.lilv_world_find_nodes(self.pointer, ffi.NULL, self.uri(RDF_TYPE), self.uri(of))
        return [] if nodes == ffi.NULL else [self._term(node) for node in self._each(nodes)]

    def _node(self, subject: Subject) -> CData:
        return self.uri(subject) if isinstance(subject, str) else subject.node or self.uri(subject.text)

    def _find(self, subject: Subject, predicate: str) -> Iterable[CData]:
        node, of = self._node(subject), self.uri(predicate)
        nodes = self._lilv.lilv_world_find_nodes(self.pointer, node, of, ffi.NULL)
        return () if nodes == ffi.NULL else self._each(nodes)

    def _each(self, nodes: CData) -> Iterator[CData]:
        """Every node of a collection, which is freed in the end."""
        try:
            at = self._lilv.lilv_nodes_begin(nodes)
            while not self._lilv.lilv_nodes_is_end(nodes, at):
                yield self._lilv.lilv_nodes_get(nodes, at)
                at = self._lilv.lilv_nodes_next(nodes, at)
        finally:
            self._lilv.lilv_nodes_free(nodes)

    def _term(self, node: CData) -> Term:
        text = self._text(node)
        if self._lilv.lilv_node_is_uri(node):
            return Term(text)
        if self._lilv.lilv_node_is_blank(node):
            return Term(text, "blank", self._own(self._lilv.lilv_node_duplicate(node)))
        if any(getattr(self._lilv, test)(node) for test in _NUMBERS):
            return Term(text, "number")
        return Term(text, "bool" if self._lilv.lilv_node_is_bool(node) else "text")

    def _text(self, node: CData) -> str:
        return str(ffi.string(self._lilv.lilv_node_as_string(node)).decode("utf-8", "replace"))

    def path(self, node: CData) -> str:
        """The path of a file URI. Raises PluginLoadError for a URI that is none."""
        path = self._lilv.lilv_node_get_path(node, ffi.NULL)
        if path == ffi.NULL:
            raise PluginLoadError(f"{self._text(node)!r} is not the URI of a file")
        try:
            return os.fsdecode(ffi.string(ffi.cast("char *", path)))
        finally:
            self._lilv.lilv_free(path)

    def path_of(self, uri: str) -> str:
        """The path of a file URI, empty for a URI that is none."""
        return self.path(self.uri(uri)) if uri.startswith("file:") else ""

    # -- end --------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Free everything. A second call does nothing."""
        if self.pointer == ffi.NULL:
            return
        for node in self._owned:
            self._lilv.lilv_node_free(node)
        self._owned.clear()
        self._uris.clear()
        self._lilv.lilv_world_free(self.pointer)
        self.pointer = ffi.NULL
        self.rest()

    @property
    def is_dynamic(self) -> bool:
        """Does a bundle's list come from its library (dman:DynManifest), which is open as long as the world?"""
        return bool(self.instances(f"{DYN_MANIFEST}DynManifest"))

    def rest(self) -> None:
        """Give the user's language back: nothing more will be asked."""
        if not self._asks:
            return
        self._asks = False
        if self._language is None:
            os.environ.pop(_LANGUAGE_VARIABLE, None)
        else:
            os.environ[_LANGUAGE_VARIABLE] = self._language

    def __enter__(self) -> Self:
        """The world itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Free it."""
        self.close()
