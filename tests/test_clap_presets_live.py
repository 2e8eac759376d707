"""Presets of a CLAP, from the plugin's file to the running plugin."""

from __future__ import annotations

import pytest

from isobooth.client import load
from isobooth.protocol import get_include
from isobooth.protocol.errors import ArgumentError
from tests.support import ROOT, compile_plugin

SOURCES = ROOT / "packages" / "host" / "tests" / "plugins"
HOST = ROOT / "packages" / "host" / "src" / "isobooth" / "host"


def rich(folder):
    """The test plugin that has every extension."""
    flags = ["-D_GNU_SOURCE", *(f"-I{path}" for path in (SOURCES, HOST, get_include()))]
    return compile_plugin((SOURCES / "clap_rich.c").read_text(encoding="utf-8"), folder / "rich.clap", *flags)


def test_a_preset_that_the_file_declares_is_loaded_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setenv("RICH_PRESETS", str(tmp_path))
    (tmp_path / "one.rich").write_text("preset Warm|k1\nplugin test.rich\npreset Cold|k2\nplugin test.rich\n")
    with load(f"clap:{rich(tmp_path)}#test.rich") as plugin:
        assert {"Warm", "Cold"} <= {preset.name for preset in plugin.presets}
        (only,) = plugin.parameters.values()
        before = only.value
        plugin.load_preset("cold")
        assert (before, only.value) == (0.5, 0.25)
        with pytest.raises(ArgumentError, match="no preset 'Hot'"):
            plugin.load_preset("Hot")
