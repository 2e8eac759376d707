"""JSON Schemas (draft 2020-12) of everything that the command lines print or write as JSON.

They are derived from the structs and committed in the folder ``schema`` beside this file, for readers without Python.
``python -m isobooth.protocol.schema`` writes them again; a test sees to it that they are not stale.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import msgspec

from .descriptors import PluginDescriptor, ScanReport
from .reports import (
    BenchReport,
    BlocklistReport,
    CatalogueReport,
    DetailedCatalogueReport,
    DoctorReport,
    WclapCacheReport,
)
from .wclap import WclapManifest

SCHEMAS: dict[str, type[msgspec.Struct]] = {
    "bench": BenchReport,
    "blocklist": BlocklistReport,
    "catalogue": CatalogueReport,
    "catalogue-details": DetailedCatalogueReport,
    "doctor": DoctorReport,
    "plugin-descriptor": PluginDescriptor,
    "scan-report": ScanReport,
    "wclap-cache": WclapCacheReport,
    "wclap-manifest": WclapManifest,
}
"""Name of a schema, and the struct that it describes."""

FOLDER = Path(__file__).parent / "schema"


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of that name, one of SCHEMAS. Raises KeyError for another."""
    found = msgspec.json.schema(SCHEMAS[name])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def schema_path(name: str) -> Path:
    """Return where the committed file of a schema is."""
    return FOLDER / f"{name}.schema.json"


def schema_text(name: str) -> str:
    """Return what the committed file of a schema must hold."""
    return json.dumps(schema(name), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def to_json(report: msgspec.Struct) -> str:
    """Return a struct as indented JSON that keeps to its schema.

    JSON knows no infinity and no NaN: fields with such a value are left out, as if the plugin had not given them.
    """
    return json.dumps(_finite(msgspec.to_builtins(report)), indent=2, ensure_ascii=False)


def from_json(data: bytes, kind: type[msgspec.Struct]) -> Any:
    """Read a struct from JSON in which a field without a usable value may be null instead of absent.

    Raises msgspec.DecodeError for anything that is not JSON or does not fit.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError:
        # an encoder that writes NaN as null has spoilt a number; its default is as good
        return msgspec.convert(_without_null(msgspec.json.decode(data)), kind)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items() if not _is_wild(item)}
    if isinstance(value, list):
        return [_finite(item) for item in value if not _is_wild(item)]
    return value


def _is_wild(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_null(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_null(item) for item in value]
    return value


def main() -> None:
    """Write all files again."""
    FOLDER.mkdir(exist_ok=True)
    for name in SCHEMAS:
        schema_path(name).write_text(schema_text(name), encoding="utf-8")


if __name__ == "__main__":
    main()
