"""Scanning WCLAP bundles by their manifests: what is believed, what is remarked, and what is found to be a lie.

A manifest whose hash fits the module is believed until the module has been looked into or loaded: its plugins are in
the catalogue with ``source="manifest"`` and ``verified=False``. In any other case the module is asked. Nothing here
needs a runtime of WebAssembly.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from isobooth.protocol.descriptors import PluginDescriptor, ScanProblem, ScanReport

from .cache import Entry
from .entries import PluginEntry
from .wclap_bundle import Packed, Unusable, digest_of, folder_of, is_archive, look_into, manifest_of, module_of
from .wclap_known import Known, Seen, state_of
from .wclap_manifest import Manifest, absent, difference, entries, parse

_log = logging.getLogger("isobooth.scan")


@dataclass(frozen=True)
class State:
    """What a bundle's manifest is worth."""

    kind: Literal["absent", "garbage", "stale", "mismatch", "good"]
    reason: str = ""
    """Empty for ``absent`` and ``good``."""
    manifest: Manifest | None = None
    """There for ``stale``, ``mismatch`` and ``good``."""

    def remarks(self, path: str) -> list[ScanProblem]:
        """Return what the catalogue says of it: nothing, or one line."""
        if not self.reason:
            return []
        return [ScanProblem(path=path, reason=f"manifest-{self.kind}: {self.reason}", phase="manifest")]


class Manifests:
    """The manifests of a scan, and what is remembered of earlier ones."""

    def __init__(self) -> None:
        self._known = Known()

    def state(self, path: str) -> State:
        """Return what the manifest of a bundle is worth now."""
        try:
            data, digest = self._read(path)
            if data is None:
                return State("absent")
            manifest = parse(data)
        except Unusable as error:
            return State("garbage", str(error))
        except OSError:  # the module cannot be read: the host says why
            return State("absent")
        if not digest:
            try:
                digest = self._digest(module_of(path))
            except OSError:
                return State("absent")
        if digest != manifest.module:
            reason = f"it is about a module with the SHA-256 {manifest.module}, and this one has {digest}"
            return State("stale", reason, manifest)
        lie = self._known.lie(manifest.digest)
        return State("mismatch", lie, manifest) if lie else State("good", manifest=manifest)

    def _read(self, path: str) -> tuple[bytes | None, str]:
        """Return the manifest, and the digest of the module where it came with it. Raises Unusable and OSError."""
        folder = folder_of(path)
        if folder:
            return manifest_of(folder), ""
        if not is_archive(path):
            return None, ""
        packed = self._packed(path)
        if packed.trouble:
            raise Unusable(packed.trouble)
        return (packed.manifest, packed.digest) if packed.digest else (None, "")

    def _packed(self, path: str) -> Packed:
        known = self._known.seen(path)
        if known is not None:
            return Packed(known.digest, known.manifest, known.trouble)
        before = state_of(path)
        found = look_into(path)
        self._known.learn(path, Seen(before, found.digest, "", found.manifest, found.trouble))
        return found

    def _digest(self, module: str) -> str:
        known = self._known.seen(module)
        if known is not None:
            return known.digest
        before = state_of(module)
        digest = digest_of(module)
        self._known.learn(module, Seen(before, digest))
        return digest

    def believe(self, path: str) -> list[PluginEntry]:
        """Return the plugins that a bundle's manifest lists, nothing where it is not believed."""
        state = self.state(path)
        if state.kind != "good" or state.manifest is None:
            return []
        module = module_of(path)
        seen = self._known.seen(module)
        if seen is not None and seen.believed != state.manifest.digest:
            seen.believed = state.manifest.digest
            self._known.learn(module, seen)
        return entries(state.manifest, path)

    def holds(self, entry: Entry) -> bool:
        """Whether a cached entry can be used: what rests on a manifest only while module and manifest are the same."""
        if entry.format != "wclap" or not rests_on_manifest(entry.plugins):
            return True
        try:
            seen = self._known.seen(module_of(entry.path))
        except OSError:
            return False
        return seen is not None and bool(seen.believed) and not self._known.lie(seen.believed)

    def judge(self, path: str, report: ScanReport) -> list[ScanProblem]:
        """Hold a manifest against what its module says; return the remarks. One that lies is never believed again."""
        state = self.state(path)
        died = {error.plugin_id for error in report.errors if error.ended}
        described = [one for one in report.plugins if one.id not in died]
        if state.kind == "good" and state.manifest is not None and described:
            state = self._compare(state.manifest, described, is_all=not report.errors)
        return state.remarks(path)

    def _compare(self, manifest: Manifest, plugins: Sequence[PluginDescriptor], *, is_all: bool) -> State:
        wrong = difference(manifest, plugins, is_all=is_all)
        if not wrong:
            return State("good", manifest=manifest)
        self._known.distrust(manifest.digest, wrong)
        return State("mismatch", wrong, manifest)

    def loaded(self, one: PluginDescriptor) -> None:
        """Hold a manifest against a plugin that was loaded."""
        state = self.state(one.path)
        if state.kind == "good" and state.manifest is not None:
            state = self._compare(state.manifest, [one], is_all=False)
            if state.kind == "mismatch":
                _log.warning("%s: manifest-mismatch: %s", one.path, state.reason)
        self.save()

    def not_found(self, path: str, plugin_id: str) -> None:
        """Hold a manifest against the news that a module does not hold a plugin."""
        state = self.state(path)
        if state.kind == "good" and state.manifest is not None:
            if any(one.id == plugin_id for one in state.manifest.plugins):
                self._known.distrust(state.manifest.digest, absent(plugin_id))
            self.save()

    def save(self) -> None:
        """Remember what was learnt."""
        self._known.save()


def rests_on_manifest(plugins: Sequence[PluginEntry]) -> bool:
    """Whether anything of these is known from a manifest alone."""
    return any(not one.verified for one in plugins)


def check_absent(path: str, plugin_id: str) -> None:
    """Hold the manifest of a WCLAP against the news that its module does not hold a plugin. Raises nothing."""
    if path and plugin_id:
        Manifests().not_found(path, plugin_id)


def check_loaded(one: PluginDescriptor) -> None:
    """Hold the manifest of a WCLAP that was loaded against its descriptor: the plugin is right, for good.

    A manifest that differs is never believed again, and the next scan looks into the module. Raises nothing: neither a
    bundle that has gone nor a cache that cannot be written is the concern of who loads a plugin.
    """
    if one.format == "wclap" and one.path:
        Manifests().loaded(one)
