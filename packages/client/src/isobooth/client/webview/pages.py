"""What is served: our frame, the script that pages find first, and the plugin's own resources with it."""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from importlib import resources
from typing import Any

from isobooth.protocol.descriptors import ParameterInfo, PluginDescriptor

FRAME_FILES = {
    "": ("frame.html", "text/html"),
    "frame.css": ("frame.css", "text/css"),
    "frame.js": ("frame.js", "text/javascript"),
}
"""By path below the frame's secret: file and media type."""
API_PATH = "-/api.js"
PAGE_PATH = "page"
"""Below the page's secret: the script, and where everything of the plugin's is."""
_FACTS = "/* facts */"
_HEAD = re.compile(rb"<head(\s[^>]*)?>|<html(\s[^>]*)?>|<!doctype[^>]*>", re.IGNORECASE)
_SEARCHED = 4096
"""Bytes of a page in which its head is looked for."""


@lru_cache(maxsize=8)
def asset(name: str) -> str:
    """A file of ours."""
    return resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


def finite(values: dict[int, float]) -> list[tuple[int, float]]:
    """Values as JSON can have them."""
    return [(number, value) for number, value in values.items() if math.isfinite(value)]


def plugin_info(descriptor: PluginDescriptor, infos: list[ParameterInfo]) -> dict[str, Any]:
    """What ``wclap.getPluginInfo()`` gives. Ranges without an end are as wide as a number can be."""
    return {
        "format": descriptor.format,
        "id": descriptor.id,
        "name": descriptor.name,
        "vendor": descriptor.vendor,
        "version": descriptor.version,
        "description": descriptor.description,
        "url": descriptor.url,
        "features": descriptor.features,
        "parameters": [_parameter(info) for info in infos],
    }


def _parameter(info: ParameterInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "name": info.name,
        "module": info.module,
        "unit": info.unit,
        "minimum": _bounded(info.minimum),
        "maximum": _bounded(info.maximum),
        "default": _bounded(info.default),
        "steps": info.steps,
        "isOutput": info.is_output,
        "isBypass": info.is_bypass,
    }


def _bounded(value: float) -> float:
    most = 1.7976931348623157e308
    return 0.0 if math.isnan(value) else min(max(value, -most), most)


def api_script(frame_origin: str, info: dict[str, Any], values: dict[int, float]) -> str:
    """The script with what it has to know at once, so that the page's first line can ask for a value."""
    facts = json.dumps({"frame": frame_origin, "plugin": info, "values": finite(values)}, allow_nan=False)
    before, mark, after = asset("api.js").rpartition(_FACTS)
    if not mark:
        raise ValueError("api.js lacks the place for its facts")
    return before + facts + after


def with_api(page: bytes, address: str) -> bytes:
    """A page of HTML with our script as its first one."""
    tag = f'<script src="{address}"></script>'.encode()
    found = list(_HEAD.finditer(page, 0, _SEARCHED))
    # Behind <head>, where there is one: before it the browser would make another.
    at = next((match.end() for match in found if match[0][:5].lower() == b"<head"), None)
    if at is None:
        at = found[-1].end() if found else len(page) - len(page.removeprefix(b"\xef\xbb\xbf"))
    return page[:at] + tag + page[at:]
