"""What a plugin stores of itself: LV2_State_Interface (lv2 state.h), with both callbacks on the main thread."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from isobooth.protocol.errors import StateError

from ..._core import ffi, lib
from ...plugin import CData
from .atoms import translate
from .container import Stored
from .memory import uri_of, urid
from .paths import Job, Paths

MOST_STORED_BYTES = 1 << 30
"""Of everything that a plugin stores at once."""
_RESULTS = {
    lib.IB_LV2_STATE_UNKNOWN: "an unknown error",
    lib.IB_LV2_STATE_BAD_TYPE: "a value of a type that it does not take",
    lib.IB_LV2_STATE_BAD_FLAGS: "flags that it does not take",
    lib.IB_LV2_STATE_NO_FEATURE: "a feature that it lacks",
    lib.IB_LV2_STATE_NO_PROPERTY: "a property that is missing",
    lib.IB_LV2_STATE_NO_SPACE: "too little space",
}
_SERIOUS = frozenset({lib.IB_LV2_STATE_BAD_TYPE, lib.IB_LV2_STATE_NO_SPACE})
"""Results after which a state counts as refused. Others come of states that the plugin itself has saved."""


def result_text(result: int) -> str:
    """What a plugin's answer means."""
    return _RESULTS.get(result, f"the number {result}, which means nothing")


class Numbering:
    """The texts that numbers in stored data stand for, counted from 1."""

    def __init__(self, uris: list[str]) -> None:
        self.uris = uris
        self._places = {uri: place for place, uri in enumerate(uris, 1)}

    def place(self, number: int) -> int:
        """From a number of this process to a place."""
        uri = uri_of(number) if number else ""
        if not uri:
            return 0
        if uri not in self._places:
            self.uris.append(uri)
            self._places[uri] = len(self.uris)
        return self._places[uri]

    def uri(self, place: int) -> str:
        """The text of a place, empty for none."""
        return self.uris[place - 1] if 0 < place <= len(self.uris) else ""

    def number(self, place: int) -> int:
        """From a place to a number of this process."""
        uri = self.uri(place)
        return urid(uri) if uri else 0


@contextlib.contextmanager
def claimed(lv2: CData) -> Iterator[None]:
    """Keep the worker out of the plugin, in a with-block."""
    lib.ib_lv2_claim(lv2)
    try:
        yield
    finally:
        lib.ib_lv2_release(lv2)


@contextlib.contextmanager
def held(lv2: CData, *, is_safe: bool) -> Iterator[None]:
    """Keep the worker out of the plugin and, where a restore is not safe beside run(), the audio thread too."""
    if is_safe:
        with claimed(lv2):
            yield
        return
    lib.ib_lv2_hold(lv2)
    try:
        yield
    finally:
        lib.ib_lv2_resume(lv2)


class State:
    """The state interface of one instance. ``is_safe``: it may be restored while the audio thread runs the plugin."""

    def __init__(
        self, lv2: CData, interface: CData, paths: Paths, features: CData, name: str, *, is_safe: bool
    ) -> None:
        self.is_safe = is_safe
        self.refused: list[str] = []
        """What the last save left out, since the host cannot keep it."""
        self._lv2, self._interface, self._paths, self._features, self._name = lv2, interface, paths, features, name

    @contextlib.contextmanager
    def _about(self, job: Job) -> Iterator[None]:
        self._paths.job = job
        try:
            yield
        finally:
            self._paths.job = None

    def save(self, uris: list[str], job: Job) -> list[Stored]:
        """Everything that the plugin stores. Raises StateError.

        A plugin is told of a value that the host cannot keep, and may store another instead; if it has none and calls
        its state whole all the same, the value is left out: see ``refused``.
        """
        self.refused = []
        if self._interface.save == ffi.NULL:
            return []
        found: dict[int, Stored] = {}
        numbering = Numbering(uris)
        refused: dict[int, str] = {}
        too_much = ""
        total = 0

        def store(_: CData, key: int, value: CData, size: int, kind: int, flags: int) -> int:
            nonlocal total, too_much
            key_uri, kind_uri = uri_of(key), uri_of(kind)
            if not key_uri or not kind_uri:
                refused[key] = f"it stores a value under the numbers {key} and {kind}, which stand for no URI"
                return int(lib.IB_LV2_STATE_BAD_TYPE)
            if not flags & lib.IB_LV2_STATE_IS_POD:
                refused[key] = f"its value of {key_uri} is no plain data, so that it cannot be kept"
                return int(lib.IB_LV2_STATE_BAD_FLAGS)
            total += size
            if total > MOST_STORED_BYTES:
                too_much = f"it stores more than {MOST_STORED_BYTES >> 20} MiB"
                return int(lib.IB_LV2_STATE_NO_SPACE)
            body = bytes(ffi.buffer(ffi.cast("char *", value), size)) if size and value != ffi.NULL else b""
            data = translate(kind_uri, body, uri_of, numbering.place)
            refused.pop(key, None)
            found[key] = Stored(key=key_uri, type=kind_uri, flags=flags, data=data)
            return 0

        kind = "int(void *, uint32_t, void const *, size_t, uint32_t, uint32_t)"
        callback = ffi.callback(kind, store, error=lib.IB_LV2_STATE_UNKNOWN)
        flags = lib.IB_LV2_STATE_IS_POD | lib.IB_LV2_STATE_IS_PORTABLE
        with self._about(job), claimed(self._lv2):
            result = self._interface.save(
                self._lv2.handle, callback, self._lv2, flags, self._features
            )  # some want a handle
        self.refused = list(refused.values())
        is_whole = result in {0, lib.IB_LV2_STATE_NO_PROPERTY, lib.IB_LV2_STATE_UNKNOWN} and not too_much
        if not is_whole or (refused and result):
            reason = (*filter(None, [too_much]), *self.refused, result_text(result))[0]
            raise StateError(f"{self._name!r} could not be saved: {reason}")
        return list(found.values())

    def restore(self, stored: list[Stored], uris: list[str], job: Job) -> str:
        """Give it all back. Empty, or what the plugin complained of. Raises StateError where it refused it."""
        if self._interface.restore == ffi.NULL:
            return ""
        numbering = Numbering(uris)
        by_key = {urid(one.key): one for one in stored}
        given: list[CData] = []

        def retrieve(_: CData, key: int, size: CData, kind: CData, flags: CData) -> CData:
            one = by_key.get(key)
            body = b"" if one is None else translate(one.type, one.data, numbering.uri, numbering.number)
            for target, value in (
                (size, len(body)),
                (kind, 0 if one is None else urid(one.type)),
                (flags, 0 if one is None else one.flags),
            ):
                if target != ffi.NULL:
                    target[0] = value
            if one is None:
                return ffi.NULL
            given.append(ffi.new("uint64_t[]", len(body) // 8 + 1))
            memoryview(ffi.buffer(given[-1]))[0 : len(body)] = body
            return ffi.cast("void *", given[-1])

        kind = "void *(void *, uint32_t, size_t *, uint32_t *, uint32_t *)"
        callback = ffi.callback(kind, retrieve, error=ffi.NULL)
        typed = ffi.cast("void const *(*)(void *, uint32_t, size_t *, uint32_t *, uint32_t *)", callback)
        with self._about(job), held(self._lv2, is_safe=self.is_safe):
            result = self._interface.restore(self._lv2.handle, typed, self._lv2, 0, self._features)
        if result in _SERIOUS:
            raise StateError(f"{self._name!r} refused the state: {result_text(result)}")
        return result_text(result) if result else ""
