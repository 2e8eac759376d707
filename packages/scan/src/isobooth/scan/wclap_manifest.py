"""What a WCLAP's manifest says, and whether the module says the same.

Source: WCLAP upstream proposals, "Fast-Scan Manifest Sidecar". The file comes from anybody: whatever is not exactly
what it should be makes it garbage, and then the module itself is asked.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from isobooth.protocol.descriptors import CATEGORIES, PluginDescriptor
from isobooth.protocol.wclap import MOST_MANIFEST_BYTES, WclapManifest, WclapManifestPlugin

from .entries import PluginEntry
from .wclap_bundle import Unusable

MOST_TEXT_BYTES = 1024
"""Longer texts are cut; an id that long is refused."""

_MOST_DEPTH = 32
_MOST_DIGITS = 20
_MOST_FEATURES = 256  # as many as the host reads of a descriptor
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Said:
    """What a manifest says of one plugin, in the form in which it is compared and shown. None: it says nothing."""

    id: str
    name: str
    vendor: str
    version: str
    features: tuple[str, ...]
    url: str | None
    description: str | None


@dataclass(frozen=True)
class Manifest:
    """A manifest that is in order; not that it is true."""

    digest: str
    """SHA-256 of the manifest itself."""
    module: str
    """SHA-256 of the module that it is about, in lower case."""
    plugins: tuple[Said, ...]
    is_complete: bool
    """It lists all plugins of the module. Else it describes one, and how many there are is not known."""


def parse(data: bytes) -> Manifest:
    """Read a manifest. Raises Unusable, with what is wrong with it."""
    content = read_object(data)
    version = content.get("wclap_manifest_version")
    if isinstance(version, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)*", version) and int(version.split(".")[0][:9]) != 1:
        raise Unusable(f"it is of version {version}, and 1.x is known")
    try:
        found = msgspec.convert(content, WclapManifest)
    except msgspec.ValidationError as error:
        raise Unusable(f"it is not as it should be: {_CONTROL.sub(' ', str(error))}") from error
    first = _said(found)
    listed = found.plugins
    plugins = (first,) if isinstance(listed, msgspec.UnsetType) else tuple(_said(one, found) for one in listed)
    ids = [one.id for one in plugins]
    for word, exact in [("wclap_manifest_version", found.wclap_manifest_version), ("wasm_hash", found.wasm_hash)]:
        if _CONTROL.search(exact):  # Python's $ lets a line end through
            raise Unusable(f"its {word} ends with a control character")
    if any(map(_CONTROL.search, ids)):
        raise Unusable("an id in it holds a control character")
    if first.id not in ids:
        raise Unusable(f"its plugins are without the one that it is about, {first.id!r}")
    if len(set(ids)) != len(ids):
        raise Unusable("two of its plugins have the same id")
    again = plugins[ids.index(first.id)]
    if (again.name, again.vendor, again.version, again.features) != (
        first.name,
        first.vendor,
        first.version,
        first.features,
    ):
        raise Unusable(f"it contradicts itself about {first.id!r}")
    return Manifest(
        hashlib.sha256(data).hexdigest(),
        found.wasm_hash.partition(":")[2].lower(),
        plugins,
        not isinstance(listed, msgspec.UnsetType),
    )


def read_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object that bytes hold, strictly. Raises Unusable.

    Refused are, besides what is no JSON: a byte order mark, a key that is there twice, NaN and infinity, lone
    surrogates, numbers of more than 20 digits and lists in lists in lists.
    """
    if len(data) > MOST_MANIFEST_BYTES:
        raise Unusable(f"it is longer than {MOST_MANIFEST_BYTES >> 10} KiB")
    if data.startswith(_BOM):
        raise Unusable("it begins with a byte order mark; save it as UTF-8 without one")
    try:
        content = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=_float,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        raise Unusable(f"it is not UTF-8 (byte {error.start})") from error
    except RecursionError as error:
        raise Unusable("it is nested too deeply") from error
    except ValueError as error:
        raise Unusable(f"it is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise Unusable("it is JSON, but no object")
    _check_depth(content)
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Unusable(f"it has the key {clean(twice)!r} twice")
    return found


def _no_constant(word: str) -> float:
    raise Unusable(f"it holds {word}, which JSON has not")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Unusable("it holds a number that is too large")
    return number


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise Unusable(f"it holds a number of {len(text)} digits")
    return int(text)


def _check_depth(content: Any) -> None:
    """Raise Unusable where lists are in lists in lists, or where a text cannot be written down."""
    level = [content]
    for _ in range(_MOST_DEPTH):
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += [*one.keys(), *one.values()]
            elif isinstance(one, list):
                below += one
            elif isinstance(one, str) and not one.isascii():
                _check_text(one)
        level = below
        if not level:
            return
    raise Unusable(f"it is nested more than {_MOST_DEPTH} levels deep")


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Unusable("it holds a lone surrogate, which is no letter") from error


def clean(text: str) -> str:
    """Return a text without control characters, cut to MOST_TEXT_BYTES of UTF-8."""
    shown = _CONTROL.sub("", text)
    if len(shown) * 4 <= MOST_TEXT_BYTES:
        return shown
    return shown.encode("utf-8", "replace")[:MOST_TEXT_BYTES].decode("utf-8", "ignore")


def _features(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(clean(word).lower() for word in list(words)[:_MOST_FEATURES])


def _said(one: WclapManifest | WclapManifestPlugin, whole: WclapManifest | None = None) -> Said:
    def field(name: str) -> Any:
        value = getattr(one, name)
        return getattr(whole, name) if value is msgspec.UNSET and whole is not None else value

    def text(name: str) -> str | None:
        value = getattr(one, name)
        return None if value is msgspec.UNSET else clean(value)

    return Said(
        id=one.id,
        name=clean(one.name) or one.id,
        vendor=clean(field("vendor")),
        version=clean(field("version")),
        features=_features(field("features")),
        url=text("url"),
        description=text("description"),
    )


def entries(manifest: Manifest, path: str) -> list[PluginEntry]:
    """Return what a catalogue shows of the plugins until they have been looked into."""
    return [
        PluginEntry(
            format="wclap",
            path=path,
            id=one.id,
            name=one.name,
            vendor=one.vendor,
            version=one.version,
            category=next((word for word in one.features if word in CATEGORIES), ""),
            features=list(one.features),
            index=index,
            source="manifest",
            verified=False,
        )
        for index, one in enumerate(manifest.plugins)
    ]


def difference(manifest: Manifest, plugins: Iterable[PluginDescriptor], *, is_all: bool) -> str:
    """Return where a manifest differs from what a module says; empty where it does not.

    ``plugins`` are those of the module that are known; ``is_all``: it has no others. What a manifest leaves out (url,
    description, the number of plugins) is no difference, nor is the order of features.
    """
    real = {one.id: one for one in plugins}
    said = {one.id: one for one in manifest.plugins}
    if is_all:
        for identity in said:
            if identity not in real:
                return absent(identity)
    for identity, plugin in real.items():
        if identity not in said:
            if manifest.is_complete:
                return f"it does not list {clean(identity)!r}, which the module holds"
            continue
        if wrong := _differs(said[identity], plugin):
            return wrong
    return ""


def absent(plugin_id: str) -> str:
    """Return that a manifest lists a plugin that is not there."""
    return f"it lists {plugin_id!r}, which the module does not hold"


def _differs(said: Said, real: PluginDescriptor) -> str:
    for name in ("name", "vendor", "version", "url", "description"):
        claim, truth = getattr(said, name), clean(getattr(real, name))
        if claim is not None and claim != truth:
            return f"it gives {said.id!r} the {name} {claim!r}, the module {truth!r}"
    truths = _features(real.features)
    if sorted(set(said.features)) != sorted(set(truths)):
        return f"it gives {said.id!r} the features {', '.join(said.features)}, the module {', '.join(truths)}"
    return ""
