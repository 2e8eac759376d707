"""The file manifest.json of a WCLAP bundle: what a scan may believe of a module without running it.

Source: WCLAP upstream proposals, "Fast-Scan Manifest Sidecar"; ``plugins`` is an addition, since one module may hold
several plugins. docs/wclap.md says what becomes of files that do not keep to this.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

MANIFEST = "manifest.json"
"""Name of the file, beside module.wasm."""

MANIFEST_VERSION = "1.0"
"""What is written. Read is every 1.x."""

MOST_MANIFEST_BYTES = 256 << 10
"""A longer file is not read."""

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]+$")]


class WclapManifestPlugin(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One plugin of a module, in the words of its descriptor.

    Vendor, version, features and clap_version are those of the whole where they are left out; of url and description
    nothing is said then.
    """

    id: _Id
    name: str
    vendor: str | msgspec.UnsetType = msgspec.UNSET
    version: str | msgspec.UnsetType = msgspec.UNSET
    features: list[str] | msgspec.UnsetType = msgspec.UNSET
    url: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    clap_version: str | msgspec.UnsetType = msgspec.UNSET


class WclapManifest(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The whole file. Unknown fields are allowed."""

    wclap_manifest_version: Annotated[str, msgspec.Meta(pattern=r"^1(\.[0-9]+)*$")]
    id: _Id
    """Of the plugin that the other fields describe: the first, where there are several."""
    name: str
    vendor: str
    version: str
    features: list[str]
    """As in the descriptor: ``instrument``, ``audio-effect``, ``stereo`` …"""
    clap_version: str
    """Of the interface that the plugin was built for: ``1.2.0``."""
    wasm_hash: Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-fA-F]{64}$")]
    """SHA-256 of module.wasm. For any other module the rest means nothing."""
    url: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    plugins: list[WclapManifestPlugin] | msgspec.UnsetType = msgspec.UNSET
    """All plugins of the module. Without it one is known, and not how many there are."""
