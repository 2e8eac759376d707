"""Writing a WCLAP's manifest from what its module says, and checking one against it.

The module is described by the host in a process of its own, as in a scan.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from isobooth.protocol.descriptors import PluginDescriptor
from isobooth.protocol.errors import ArgumentError, PluginLoadError
from isobooth.protocol.wclap import MANIFEST, MANIFEST_VERSION, WclapManifest, WclapManifestPlugin

from .scanner import existing, scan
from .wclap_bundle import MODULE, Unusable, digest_of, folder_of, manifest_of, module_of, why_no_wclap
from .wclap_manifest import clean, difference, parse, read_object
from .wclap_scan import Manifests, State


def write_manifest(bundle: str | os.PathLike[str]) -> int:
    """Write the manifest of a bundle's module as it is now; return how many plugins it lists.

    ``bundle`` is a folder: an archive is packed from a folder that has its manifest already. Fields of an earlier
    manifest that are not known here are kept, for each plugin too. The file is replaced as a whole.

    Raises PluginNotFound, ArgumentError for what is no folder, PluginLoadError where the module cannot be described,
    and OSError where nothing can be written.
    """
    path = str(existing(os.fspath(bundle)))
    folder = folder_of(path)
    if not folder:
        raise ArgumentError(f"{path} has no place for a manifest - give the folder with {MODULE}, pack it later")
    _check_bundle(path)
    module = module_of(path)
    digest = digest_of(module)
    plugins = _describe(path)
    if digest_of(module) != digest:
        raise PluginLoadError(f"{module} changed while it was described", path=path, hint="try it once more")
    data = _encode(plugins, digest, _earlier(folder))
    try:
        parse(data)
    except Unusable as error:
        raise PluginLoadError(
            f"{path} gets no manifest, for none that is true would be believed",
            path=path,
            cause=str(error),
            hint="its descriptors are at fault",
        ) from error
    _replace(Path(folder, MANIFEST), data)
    return len(plugins)


def check_manifest(bundle: str | os.PathLike[str], *, run: bool = True) -> State:
    """Return what the manifest of a bundle is worth: of a folder, an archive, or a module by itself (which has none).

    Unless ``run`` is False, a manifest whose hash fits is held against what the module says.

    Raises PluginNotFound, and PluginLoadError where the bundle is none or its module cannot be described.
    """
    path = str(existing(os.fspath(bundle)))
    _check_bundle(path)
    manifests = Manifests()
    state = manifests.state(path)
    manifests.save()
    if not run or state.manifest is None or state.kind == "stale":
        return state
    wrong = difference(state.manifest, _describe(path), is_all=True)
    return State("mismatch", wrong, state.manifest) if wrong else State("good", manifest=state.manifest)


def _check_bundle(path: str) -> None:
    reason = why_no_wclap(path)
    if reason is not None:
        raise PluginLoadError(f"{path} is no WCLAP bundle", path=path, cause=reason)


def _describe(path: str) -> list[PluginDescriptor]:
    """Return the plugins of a module in its own words. Raises PluginLoadError."""
    is_plain_folder = os.path.isdir(path) and not path.endswith(".wclap")  # noqa: PTH112  (a scan would search it)
    found = scan([module_of(path) if is_plain_folder else path], ["wclap"], rescan=True)
    plugins = [one.describe() for one in found if one.verified]
    if not plugins:
        reasons = [problem.reason for problem in found.problems if problem.phase != "manifest"]
        raise PluginLoadError(
            f"{path} cannot be described", path=path, cause="; ".join(reasons) or "its module lists no plugins"
        )
    return plugins


def _earlier(folder: str) -> dict[str, Any]:
    """Return the manifest that is there, as far as it is JSON."""
    try:
        data = manifest_of(folder)
        return read_object(data) if data else {}
    except Unusable:
        return {}


def _encode(plugins: list[PluginDescriptor], digest: str, earlier: dict[str, Any]) -> bytes:
    listed = earlier.get("plugins")
    before = {one["id"]: one for one in listed if _has_id(one)} if isinstance(listed, list) else {}
    content = {
        "wclap_manifest_version": MANIFEST_VERSION,
        **_fields(plugins[0]),
        "wasm_hash": f"sha256:{digest}",
        **{key: value for key, value in earlier.items() if key not in WclapManifest.__struct_fields__},
        "plugins": [
            _fields(one)
            | {
                key: value
                for key, value in before.get(one.id, {}).items()
                if key not in WclapManifestPlugin.__struct_fields__
            }
            for one in plugins
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _has_id(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("id"), str)


def _fields(one: PluginDescriptor) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": one.id,
        "name": clean(one.name),
        "vendor": clean(one.vendor),
        "version": clean(one.version),
        "url": clean(one.url),
        "features": [clean(word) for word in one.features],
        "description": clean(one.description),
        "clap_version": one.format_version,
    }
    return {key: value for key, value in fields.items() if value or key not in {"url", "description"}}


def _replace(path: Path, data: bytes) -> None:
    """Write a file so that a reader meets the old one or the new one, whatever happens. Raises OSError."""
    scratch = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with scratch.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
