"""Files of WCLAPs: presets and resource directories lie where the plugin sees them, under the names that it knows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from isobooth.host.formats.wclap.plugin import load
from isobooth.protocol.descriptors import ScanReport
from isobooth.protocol.errors import PluginError

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth
from clap_rich import NAME, seen, tell
from wclap_modules import built, need_wclap


@pytest.fixture
def bundle_of(tmp_path_factory, tmp_path, monkeypatch):
    """A function that makes a bundle of the rich plugin, whose presets lie in a folder as the plugin names it."""
    need_wclap()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def make(folder):
        module = built(NAME, tmp_path_factory.getbasetemp(), "-Wno-error", f'-DRICH_PRESETS_AT="{folder}"')
        bundle = tmp_path / "Rich.wclap"
        bundle.mkdir()
        (bundle / "module.wasm").write_bytes(module.read_bytes())
        (bundle / "presets").mkdir()
        (bundle / "presets" / "warm.rich").write_text("preset Warm\nplugin test.rich\n")
        return bundle

    return make


def scanned(bundle):
    """As scans do it: in a process that has run nothing else, for presets are looked for in a fork of it."""
    command = [sys.executable, "-m", "isobooth.host", "--scan", "--format", "wclap", "--path", str(bundle)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    report = msgspec.json.decode(done.stdout, type=ScanReport)
    assert report.errors == []
    (described,) = report.plugins
    return {preset.name: preset for preset in described.presets}, [warning.reason for warning in report.warnings]


def test_presets_of_the_bundle_are_found_and_loaded(bundle_of, tmp_path, tmp_path_factory):
    bundle = bundle_of("/plugin.wclap/presets")
    found, _ = scanned(bundle)
    preset = found["Warm"]
    assert (preset.id, preset.path) == (f"file:{bundle}/presets/warm.rich", f"{bundle}/presets/warm.rich")
    outside = tmp_path / "outside.rich"
    outside.write_bytes(b"x")
    with Booth(bundle, tmp_path_factory.getbasetemp(), load=load) as booth:
        for one, path, guest in (
            (preset.id, "", "/plugin.wclap/presets/warm.rich"),
            ("", preset.path, "/plugin.wclap/presets/warm.rich"),
            ("", str(outside), "/opened/"),
        ):
            booth.plugin.load_preset("plugin:#loud", "")
            booth.plugin.load_preset(one, path)
            assert booth.plugin.values() == {1: 0.25}
            assert seen(booth)[-1].startswith(f"from_location 0 {guest}")
        for path, why in ((str(tmp_path), "is no file"), (f"{tmp_path}/none", "is no file"), ("rel.rich", "absolute")):
            with pytest.raises(PluginError, match=why):
                booth.plugin.load_preset("", path)


@pytest.mark.parametrize("folder", ["/home", "/", "/plugin.wclap/..", "/plugin.wclap/../../etc", "/plugin.wclapx"])
def test_a_folder_that_the_plugin_does_not_see_is_not_searched_for_it(bundle_of, folder):
    found, warnings = scanned(bundle_of(folder))
    assert "Warm" not in found
    assert "its preset provider 'Rich presets' could not be started: its init() returned false" in warnings


def test_resource_directories_are_the_plugins_own(bundle_of, tmp_path, tmp_path_factory):
    with Booth(bundle_of("/plugin.wclap/presets"), tmp_path_factory.getbasetemp(), load=load) as booth:
        tell(booth, "request 1")
        assert seen(booth) == ["request 1", "directory 1 /var/resources"]
        assert list((tmp_path / "data").glob("isobooth/wclap/*/var/resources"))
        (warning,) = tell(booth, "request 0")
        assert "lasts only as long as this instance" in warning.text
        guest = seen(booth)[1].split(" ", 2)[2]
        assert guest.startswith("/cache/resources/instance-")
        (own,) = (tmp_path / "cache").glob("isobooth/wclap/caches/*/resources/instance-*")
        assert own.name == Path(guest).name
        tell(booth, "release 0")
        assert not own.exists()
